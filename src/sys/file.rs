//! Files: how they are opened and made, and what may be done with them.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::sys::stat::{Mode, SFlag, mknod};
use nix::unistd::{AccessFlags, faccessat};

pub(crate) use super::linux::file::{in_memory, nameless, set_mode_if};

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

/// Makes an empty file with `mode`, whatever the umask, unless there is one.
///
/// It is not opened: closing the descriptor would drop the locks that another connection of this process may have on the
/// file by then.
pub(crate) fn make_without_opening(path: &Path, mode: u32) -> io::Result<()> {
    match mknod(path, SFlag::S_IFREG, Mode::from_bits_truncate(mode), 0) {
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(mode)),
        Err(nix::Error::EEXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

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
    nix::unistd::mkfifo(path, Mode::S_IRWXU).unwrap();
}
