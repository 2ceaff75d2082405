//! Files: how they are opened, made without a name, and asked for rights.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::{Mode, SFlag, mknod};
use nix::unistd::{AccessFlags, access, faccessat};

use super::proc::path_of;

/// For `custom_flags`: a symbolic link is not followed.
pub const NO_LINK: i32 = libc::O_NOFOLLOW;
/// The same: a pipe, whose other end nobody has open, is not waited for.
pub const NO_WAIT: i32 = libc::O_NONBLOCK;
/// The same: a terminal does not become this process's own.
pub const NO_TERMINAL: i32 = libc::O_NOCTTY;

/// The bits of a mode that say what kind of file it is, and two of the kinds.
pub(crate) const KIND: u32 = libc::S_IFMT;
pub(crate) const REGULAR: u32 = libc::S_IFREG;
pub(crate) const DIRECTORY: u32 = libc::S_IFDIR;

/// An empty file in `directory` that has no name there, and goes with its last descriptor.
pub(crate) fn nameless(directory: &Path) -> io::Result<File> {
    let flags = OFlag::O_TMPFILE | OFlag::O_RDWR | OFlag::O_CLOEXEC;
    Ok(open(directory, flags, Mode::S_IRUSR | Mode::S_IWUSR)?.into())
}

/// An empty file in memory.
pub(crate) fn in_memory() -> io::Result<File> {
    Ok(memfd_create(c"cacheback-stdin", MFdFlags::MFD_CLOEXEC)?.into())
}

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

/// Gives what is at `path` the permission bits `mode` if it `is_it`, and is still so when it has been opened.
pub(crate) fn set_mode_if(path: &Path, mode: u32, is_it: impl FnOnce(&Metadata) -> bool) -> bool {
    // Not by way of std, which takes `O_PATH` for an access mode where musl does, and leaves it out.
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let Ok(file) = open(path, flags, Mode::empty()).map(File::from) else { return false };
    // A descriptor that needs no rights cannot be changed by itself, but its path leads to what it is open on.
    file.metadata().is_ok_and(|metadata| is_it(&metadata))
        && std::fs::set_permissions(path_of(&file), Permissions::from_mode(mode)).is_ok()
}

/// Fails if the user that this process acts for may not do that with the file: read it, write it, and execute it.
pub(crate) fn may_use(path: &Path, read: bool, write: bool, execute: bool) -> io::Result<()> {
    let mut rights = AccessFlags::F_OK;
    rights.set(AccessFlags::R_OK, read);
    rights.set(AccessFlags::W_OK, write);
    rights.set(AccessFlags::X_OK, execute);
    Ok(faccessat(AT_FDCWD, path, rights, AtFlags::AT_EACCESS)?)
}

/// A pipe with a name, for tests.
#[cfg(test)]
pub(crate) fn make_pipe(path: &Path) {
    nix::unistd::mkfifo(path, Mode::S_IRWXU).unwrap();
}

/// Whether the user who has started this process may execute the file.
pub(crate) fn is_executable(path: &Path) -> bool {
    access(path, AccessFlags::X_OK).is_ok()
}
