//! Files without a name, and files that are made or changed without opening them.

use std::ffi::CStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::fcntl::{OFlag, open};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::stat::{Mode, SFlag, mknod};

use super::proc::path_of;

/// An empty file in `directory` that has no name there, and goes with its last descriptor.
pub(crate) fn nameless(directory: &Path) -> io::Result<File> {
    let flags = OFlag::O_TMPFILE | OFlag::O_RDWR | OFlag::O_CLOEXEC;
    Ok(open(directory, flags, Mode::S_IRUSR | Mode::S_IWUSR)?.into())
}

/// An empty file in memory; lists of open files show `label`.
pub(crate) fn in_memory(label: &CStr) -> io::Result<File> {
    Ok(memfd_create(label, MFdFlags::MFD_CLOEXEC)?.into())
}

/// Makes an empty file with `mode`, whatever the umask, unless there is one.
///
/// It is not opened: closing the descriptor would drop the locks that this process may have on the file by then.
pub(crate) fn make_without_opening(path: &Path, mode: u32) -> io::Result<()> {
    match mknod(path, SFlag::S_IFREG, Mode::from_bits_truncate(mode), 0) {
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(mode)),
        Err(nix::Error::EEXIST) => Ok(()),
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
