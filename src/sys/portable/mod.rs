//! For systems that have POSIX and little else: the functions of `linux/` in other ways. Where there is no other way, a
//! function says that it cannot, or does nothing; its documentation tells what the program lacks then.

pub(crate) mod clock;
pub(super) mod file;
pub(super) mod handlers;
pub(crate) mod inbox;
pub(super) mod lock;
#[cfg(target_os = "macos")]
mod macos;
pub(crate) mod ordered;
pub(super) mod pages;
pub mod proc;
pub(super) mod process;
pub(super) mod socket;
pub(super) mod spawn;
#[cfg(not(target_os = "macos"))]
mod untold;

use std::io;

use nix::errno::Errno;

/// What a function returns that this system does not have.
fn unsupported<T>() -> io::Result<T> {
    Err(Errno::ENOTSUP.into())
}
