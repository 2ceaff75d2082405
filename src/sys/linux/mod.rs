//! What only Linux has. Another system offers the same functions in other ways, or says that it cannot.

pub(crate) mod clock;
pub(super) mod file;
pub(super) mod handlers;
pub(crate) mod inbox;
pub(super) mod lock;
#[cfg(target_arch = "x86_64")]
mod memory;
pub(crate) mod ordered;
pub(super) mod pages;
pub mod proc;
pub(super) mod process;
pub(super) mod socket;
pub(super) mod spawn;
mod start;
