//! Files: how they are opened and made, and what may be done with them.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat};

pub(crate) use super::system::file::{in_memory, make, nameless, opened_again, opened_again_for_writing, set_mode_if};

/// For `custom_flags`: a symbolic link is not followed.
pub const NO_LINK: i32 = libc::O_NOFOLLOW;
/// The same: opening a named pipe does not wait for its other end, and neither do reads and writes.
pub const NO_WAIT: i32 = libc::O_NONBLOCK;
/// The same: a terminal does not become the controlling terminal of this process.
pub const NO_TERMINAL: i32 = libc::O_NOCTTY;

/// The bits of a mode that say what kind of file it is, and two of the kinds.
pub(crate) const KIND: u32 = libc::S_IFMT as _;
pub(crate) const REGULAR: u32 = libc::S_IFREG as _;
pub(crate) const DIRECTORY: u32 = libc::S_IFDIR as _;

/// Fails if the user that this process acts for lacks one of these rights to the file.
pub fn may_use(path: &Path, read: bool, write: bool, execute: bool) -> io::Result<()> {
    let mut rights = AccessFlags::F_OK;
    rights.set(AccessFlags::R_OK, read);
    rights.set(AccessFlags::W_OK, write);
    rights.set(AccessFlags::X_OK, execute);
    Ok(faccessat(AT_FDCWD, path, rights, AtFlags::AT_EACCESS)?)
}

/// An empty file in `directory` whose name is removed at once.
///
/// If this process is killed in between, the file stays. Among the files of flights a sweep removes it.
pub(super) fn made_and_removed(directory: &Path) -> io::Result<File> {
    let path = directory.join(unused_name());
    let file =
        OpenOptions::new().read(true).write(true).mode(0o600).custom_flags(NO_LINK).create_new(true).open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}

/// A random name as long as that of a flight's file.
fn unused_name() -> String {
    let process = std::process::id();
    let part = || RandomState::new().hash_one(process);
    format!("{:016x}{:016x}{:016x}{process:016x}", part(), part(), part())
}

/// The same open file once more, at its beginning; both share one position.
pub(super) fn duplicate(file: &File) -> io::Result<File> {
    let mut duplicate = file.try_clone()?;
    duplicate.rewind()?;
    Ok(duplicate)
}

/// Makes a named pipe, for tests.
#[cfg(test)]
pub(crate) fn make_pipe(path: &Path) {
    nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
}
