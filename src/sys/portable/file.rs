//! Files without a name, and files that are made or changed without opening them.

use std::ffi::CStr;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat};
use nix::unistd::ttyname;

use crate::sys::file::{duplicate, made_and_removed};

/// An empty file in `directory` that has no name there, and goes with its last descriptor.
pub(crate) fn nameless(directory: &Path) -> io::Result<File> {
    made_and_removed(directory)
}

/// An empty file that fills no disk of the user's, if a directory of the system can be written.
pub(crate) fn in_memory(_label: &CStr) -> io::Result<File> {
    made_and_removed("/tmp".as_ref()).or_else(|_| made_and_removed("/var/tmp".as_ref()))
}

/// Makes an empty file with `mode`, whatever the umask, unless there is one.
///
/// Returns the file if it had to be opened: closing it drops the locks that this process may have on it by then.
pub(crate) fn make(path: &Path, mode: u32) -> io::Result<Option<File>> {
    match OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
        // It is returned whatever comes of this: an error would close it.
        Ok(made) => {
            let _ = made.set_permissions(Permissions::from_mode(mode));
            Ok(Some(made))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives the file at `path` the permission bits `mode` if `is_it` accepts it. Returns whether it did.
///
/// Somebody who may write to the directory can replace the file in between. A link is not followed.
pub(crate) fn set_mode_if(path: &Path, mode: u32, is_it: impl FnOnce(&Metadata) -> bool) -> bool {
    let mode = Mode::from_bits_truncate(mode as libc::mode_t);
    path.symlink_metadata().is_ok_and(|metadata| !metadata.is_symlink() && is_it(&metadata))
        && fchmodat(AT_FDCWD, path, mode, FchmodatFlags::NoFollowSymlink).is_ok()
}

/// The bytes of `file` from their beginning. All readers share one position.
pub(crate) fn opened_again(file: &File) -> io::Result<File> {
    duplicate(file)
}

/// The terminal that is open as `fd`, opened once more for writing; `flags` as for `custom_flags`.
///
/// # Errors
///
/// The system's: only what has a name can be opened again.
pub(crate) fn opened_again_for_writing(fd: impl AsFd, flags: i32) -> io::Result<File> {
    OpenOptions::new().write(true).custom_flags(flags).open(ttyname(fd)?)
}
