//! Files: how they are opened and made, and what may be done with them.

use std::io;
use std::path::Path;

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat};

pub(crate) use super::linux::file::{in_memory, make_without_opening, nameless, set_mode_if};

/// For `custom_flags`: a symbolic link is not followed.
pub const NO_LINK: i32 = libc::O_NOFOLLOW;
/// The same: opening a named pipe does not wait for its other end, and neither do reads and writes.
pub const NO_WAIT: i32 = libc::O_NONBLOCK;
/// The same: a terminal does not become the controlling terminal of this process.
pub const NO_TERMINAL: i32 = libc::O_NOCTTY;

/// The bits of a mode that say what kind of file it is, and two of the kinds.
pub(crate) const KIND: u32 = libc::S_IFMT;
pub(crate) const REGULAR: u32 = libc::S_IFREG;
pub(crate) const DIRECTORY: u32 = libc::S_IFDIR;

/// Fails if the user that this process acts for lacks one of these rights to the file.
pub fn may_use(path: &Path, read: bool, write: bool, execute: bool) -> io::Result<()> {
    let mut rights = AccessFlags::F_OK;
    rights.set(AccessFlags::R_OK, read);
    rights.set(AccessFlags::W_OK, write);
    rights.set(AccessFlags::X_OK, execute);
    Ok(faccessat(AT_FDCWD, path, rights, AtFlags::AT_EACCESS)?)
}

/// Makes a named pipe, for tests.
#[cfg(test)]
pub(crate) fn make_pipe(path: &Path) {
    nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
}
