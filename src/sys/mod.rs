//! What the program needs of the operating system: the only room with unsafe code, raw system calls and `/proc`.
//!
//! The files here are written for POSIX, those in `linux/` for what only Linux has. `portable/` has the same functions
//! for other systems; `--cfg portable_sys` chooses it on Linux, so that it can be tested there. Nothing here uses
//! another room.
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
mod launch;
#[cfg(not(portable_sys))]
mod linux;
pub(crate) mod lock;
pub(crate) mod pipe;
pub(crate) mod poll;
#[cfg(portable_sys)]
mod portable;
pub mod process;
#[cfg(feature = "browse")]
pub mod screen;
pub mod signal;
#[cfg(feature = "shared")]
pub(crate) mod socket;
pub(crate) mod sqlite;
pub mod terminal;
pub mod trust;

#[cfg(not(portable_sys))]
use linux as system;
#[cfg(portable_sys)]
use portable as system;

pub use system::proc;
pub(crate) use system::{clock, inbox, ordered};

use std::io;

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
