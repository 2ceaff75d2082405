//! The kernel's side of a fetch. The only unsafe code of the crate.

#![allow(unsafe_code)]

mod alarm;
pub(crate) mod clock;
mod descriptor;
pub mod directory;
pub mod errno;
pub mod error;
pub mod file;
pub mod home;
mod launch;
pub(crate) mod lock;
pub mod proc;
mod process;
mod signal;
pub(crate) mod sqlite;
pub mod trust;

use std::io;

pub(crate) use alarm::continue_from;
pub use alarm::within;
pub(crate) use descriptor::*;
pub use descriptor::{null, occupy_standard_descriptors, write_to};
pub(crate) use launch::spawn;
pub(crate) use process::*;
pub use process::{ends_with_us, like_a_command};
pub(crate) use signal::*;
pub use signal::{die_by, ignores_sigpipe, restore_dispositions, survive_file_size_limit, without_sigpipe};

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
