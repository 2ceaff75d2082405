//! Files without a name, and files that are made or changed without opening them.

use std::ffi::CStr;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::{OFlag, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::{Mode, SFlag, mknod};

use super::proc::path_of;
use crate::sys::file::{duplicate, made_and_removed};

/// An empty file in `directory` that has no name there, and goes with its last descriptor.
pub(crate) fn nameless(directory: &Path) -> io::Result<File> {
    let flags = OFlag::O_TMPFILE | OFlag::O_RDWR | OFlag::O_CLOEXEC;
    match open(directory, flags, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(file) => Ok(file.into()),
        // File systems without such files are rare.
        Err(_) => made_and_removed(directory),
    }
}

/// An empty file in memory; lists of open files show `label`.
pub(crate) fn in_memory(label: &CStr) -> io::Result<File> {
    Ok(memfd_create(label, MFdFlags::MFD_CLOEXEC)?.into())
}

/// Makes an empty file with `mode`, whatever the umask, unless there is one.
///
/// Returns the file if it had to be opened, which is never here: closing it would drop the locks that this process may
/// have on it by then.
pub(crate) fn make(path: &Path, mode: u32) -> io::Result<Option<File>> {
    match mknod(path, SFlag::S_IFREG, Mode::from_bits_truncate(mode), 0) {
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(mode)).map(|()| None),
        Err(nix::Error::EEXIST) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Gives the file at `path` the permission bits `mode` if `is_it` accepts the opened file. Returns whether it did.
pub(crate) fn set_mode_if(path: &Path, mode: u32, is_it: impl FnOnce(&Metadata) -> bool) -> bool {
    // Not through std: with musl it takes `O_PATH` for an access mode, and leaves it out.
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let Ok(file) = open(path, flags, Mode::empty()).map(File::from) else { return false };
    // fchmod(2) refuses a descriptor that was opened without rights. The path of the descriptor leads to the same file.
    file.metadata().is_ok_and(|metadata| is_it(&metadata))
        && std::fs::set_permissions(path_of(&file), Permissions::from_mode(mode)).is_ok()
}

/// The bytes of `file` from their beginning, for a reader of their own.
pub(crate) fn opened_again(file: &File) -> io::Result<File> {
    // Without /proc the position is shared.
    File::open(path_of(file)).or_else(|_| duplicate(file))
}

/// What is open as `fd`, opened once more for writing; `flags` as for `custom_flags`.
///
/// # Errors
///
/// The system's: sockets, and pipes of other users, cannot be opened.
pub(crate) fn opened_again_for_writing(fd: impl AsFd, flags: i32) -> io::Result<File> {
    OpenOptions::new().write(true).custom_flags(flags).open(path_of(fd))
}
