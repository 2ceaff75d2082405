//! The names in a directory.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::dir::{Dir, Type};
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;

/// The names in the directory at `path`, except `.` and `..`, in no order.
///
/// Not by std, whose iterator panics if the directory cannot be closed.
///
/// # Errors
///
/// The directory cannot be read, or not to its end.
///
/// ```
/// let home = tempfile::tempdir()?;
/// std::fs::write(home.path().join("a"), "")?;
/// assert_eq!(cacheback::program::sys::directory::names(home.path())?, ["a"]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn names(path: &Path) -> io::Result<Vec<OsString>> {
    Ok(list(path)?.into_iter().map(|entry| entry.name).collect())
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub name: OsString,
    /// Whether it is a directory, and not a link to one, if the file system says so with the name.
    pub is_directory: Option<bool>,
}

/// The same as [`names`], each with its kind.
///
/// # Errors
///
/// The directory cannot be read, or not to its end.
pub fn list(path: &Path) -> io::Result<Vec<Listed>> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut listed = Vec::new();
    for entry in Dir::open(path, flags, Mode::empty())?.iter() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            let is_directory = entry.file_type().map(|kind| kind == Type::Directory);
            listed.push(Listed { name: OsStr::from_bytes(name).to_owned(), is_directory });
        }
    }
    Ok(listed)
}
