//! What the program needs of the operating system: the only room with unsafe code, raw system calls and `/proc`.
//!
//! The files here are written for POSIX, those in `linux/` for what only Linux has. Nothing here uses a room above.
//!
//! Calls go through nix where nix has them. A call through libc says why.

#![allow(unsafe_code)]

pub mod allocator;
pub(crate) mod background;
pub mod deadline;
pub mod descriptor;
pub mod directory;
pub mod errno;
pub mod error;
pub mod file;
pub mod home;
mod linux;
pub(crate) mod lock;
pub(crate) mod pipe;
pub(crate) mod poll;
pub mod process;
#[cfg(feature = "browse")]
pub mod screen;
pub mod signal;
#[cfg(feature = "shared")]
pub(crate) mod socket;
pub(crate) mod sqlite;
pub mod terminal;
pub mod trust;

pub use linux::proc;
pub(crate) use linux::{clock, inbox, ordered};

use std::io;

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
