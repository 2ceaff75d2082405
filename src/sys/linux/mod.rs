//! What only Linux has. Another system offers the same functions in other ways, or says that it cannot.

pub(crate) mod clock;
pub(super) mod file;
pub(crate) mod inbox;
pub(super) mod lock;
#[cfg(target_arch = "x86_64")]
mod memory;
pub(crate) mod ordered;
pub mod proc;
pub(super) mod process;
pub(super) mod spawn;
mod start;
