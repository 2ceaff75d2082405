//! The directories on the way to the database. A user who may replace one of them decides what is found below it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::error::unreachable;
use super::{Distrust, PlaceError, existing};
use crate::sys::{errno, trust};

/// How many symbolic links are followed; the kernel follows as many.
const LINKS: usize = 40;

/// The directory that was trusted last. Only trusted users can have changed the way to it since.
static TRUSTED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Fails if another user could replace a directory, or a link, on the way to `directory`, as far as that exists.
///
/// Each step is safe because the step before it is safe. In a directory that only this user and root may change, an
/// entry stays what it is until its name is used. In a sticky directory that holds for an entry that belongs to this
/// user or root. So files may be opened by their paths from here on.
///
/// A fresh hit needs no such check: it opens a file, finds it to be this user's, and then prints its content.
pub(crate) fn refuse_ancestors(directory: &Path) -> Result<(), PlaceError> {
    let mut trusted = TRUSTED.lock().unwrap_or_else(PoisonError::into_inner);
    if trusted.as_deref() == Some(directory) {
        return Ok(());
    }
    if walk(directory)? {
        *trusted = Some(directory.to_owned());
    }
    Ok(())
}

/// Whether all of the way exists.
fn walk(directory: &Path) -> Result<bool, PlaceError> {
    let root = Path::new("/");
    // Where root is not mapped into our user namespace, root's files show another owner, and so does `/`.
    let roots_owner = fs::metadata(root).map_err(unreachable(root))?.uid();
    let us = trust::us();
    let mut at = root.to_owned();
    let mut rest = steps(directory);
    let mut links = 0;
    while let Some(step) = rest.pop_front() {
        if step == ".." {
            at.pop();
            continue;
        }
        let path = at.join(&step);
        let Some(metadata) = existing(fs::symlink_metadata(&path)).map_err(unreachable(&path))? else {
            return Ok(false);
        };
        if ![us, 0, roots_owner].contains(&metadata.uid()) {
            return Err(PlaceError::Refused { path, reason: Distrust::Owner(metadata.uid()) });
        }
        if metadata.is_symlink() {
            links += 1;
            if links > LINKS {
                let source = io::Error::from_raw_os_error(errno::ELOOP);
                return Err(PlaceError::Unreachable { path, source });
            }
            let target = match fs::read_link(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                target => target.map_err(unreachable(&path))?,
            };
            if target.is_absolute() {
                at = root.to_owned();
            }
            let mut steps = steps(&target);
            steps.append(&mut rest);
            rest = steps;
            continue;
        }
        if metadata.is_dir() && trust::is_open_to_others(&metadata) {
            return Err(PlaceError::Refused { path, reason: Distrust::Mode(metadata.mode() & 0o7777) });
        }
        at = path;
    }
    Ok(true)
}

fn steps(path: &Path) -> VecDeque<OsString> {
    let step = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(step).collect()
}
