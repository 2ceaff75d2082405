//! Values: a command, its key, its output and its end. Only standard input and the files of a key are read.

pub mod difference;
pub mod digest;
pub mod exit;
pub mod function;
pub mod glob;
pub mod input;
pub mod invocation;
pub mod key;
pub mod key_file;
pub mod nearest;
pub mod status;
pub mod time;
pub mod transcript;
pub mod units;
