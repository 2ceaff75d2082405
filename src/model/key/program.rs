//! The program as a part of the key: a relative path becomes an absolute one.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::model::invocation::Invocation;

/// The words of a command with the absolute path of its program. The same relative path names another program in
/// another directory, or behind another link.
pub(super) fn keyed_argv(invocation: &Invocation, cwd: &Path) -> Vec<OsString> {
    let mut argv = invocation.argv.clone();
    if let Some(program) = argv.first_mut()
        && !invocation.shell
        && program.as_bytes().contains(&b'/')
        && !program.as_bytes().starts_with(b"/")
    {
        let path: PathBuf = cwd.join(&*program).components().collect();
        let path = if Path::new(&*program).components().count() > 1 { resolved(path) } else { path };
        *program = path.into_os_string();
    }
    argv
}

/// `path` with the links of its directory resolved. The last name stays, since a program may decide by its own name
/// what to do. A path without a link stays as it is, `..` included.
fn resolved(path: PathBuf) -> PathBuf {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return path };
    let mut without_links = PathBuf::new();
    for part in directory.components() {
        match part {
            Component::ParentDir => drop(without_links.pop()),
            part => without_links.push(part),
        }
    }
    match directory.canonicalize() {
        Ok(resolved) if resolved != without_links => resolved.join(name),
        _ => path,
    }
}
