//! Values: what is run, what its result is called, what it wrote, when and how it ended. No I/O.

pub mod difference;
pub mod digest;
pub mod exit;
pub mod function;
pub mod glob;
pub mod input;
pub mod invocation;
pub mod key;
pub mod key_file;
pub mod status;
pub mod time;
pub mod transcript;
pub mod units;
