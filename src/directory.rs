//! The names in a directory.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::dir::Dir;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;

/// All of them but `.` and `..`, in no order.
///
/// The iterator of the standard library panics where a directory cannot be closed.
///
/// # Errors
///
/// The directory cannot be read, or not to its end.
///
/// ```
/// let home = tempfile::tempdir()?;
/// std::fs::write(home.path().join("a"), "")?;
/// assert_eq!(cacheback::directory::names(home.path())?, ["a"]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn names(path: &Path) -> io::Result<Vec<OsString>> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut names = Vec::new();
    for entry in Dir::open(path, flags, Mode::empty())?.iter() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(OsStr::from_bytes(name).to_owned());
        }
    }
    Ok(names)
}
