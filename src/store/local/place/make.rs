//! Making the database's file and its directories so that they are ours alone, whatever the umask.

use std::env;
use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Distrust, PlaceError, existing};
use crate::store::local::connected;
use crate::sys::{file, trust};

const DIRECTORY_MODE: u32 = 0o700;
pub(crate) const FILE_MODE: u32 = 0o600;

/// Fails if `path` is in the home directory that the environment names, and that directory is missing or, under sudo,
/// another user's. Home directories are not made here. Under sudo, the user has to make what is missing in a home
/// directory, even in a directory of root's.
pub(crate) fn keep_out_of_homes(path: &Path) -> Result<(), PlaceError> {
    let Some(home) = env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute() && path.starts_with(home))
    else {
        return Ok(());
    };
    match fs::metadata(&home) {
        Ok(metadata) if trust::us() == 0 && metadata.uid() != 0 => {
            Err(PlaceError::Refused { path: home, reason: Distrust::Owner(metadata.uid()) })
        }
        Err(source) if source.kind() == ErrorKind::NotFound => Err(PlaceError::Directory { path: home, source }),
        _ => Ok(()),
    }
}

/// Makes `directory` and its missing ancestors inside an ancestor that is ours or, unless we are root, root's.
pub(crate) fn make_directories(directory: &Path) -> Result<(), PlaceError> {
    let failed = |source| PlaceError::Directory { path: directory.to_owned(), source };
    if let Some(metadata) = existing(fs::metadata(directory)).map_err(failed)? {
        return refuse_foreign(directory, &metadata);
    }
    if let Some(parent) = directory.parent() {
        make_directories(parent)?;
    }
    match DirBuilder::new().mode(DIRECTORY_MODE).create(directory) {
        // The umask may have taken away bits of our own.
        Ok(()) => fs::set_permissions(directory, Permissions::from_mode(DIRECTORY_MODE)).map_err(failed),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            match existing(fs::metadata(directory)).map_err(failed)? {
                // Another process has made it meanwhile.
                Some(metadata) => refuse_foreign(directory, &metadata),
                None => Err(failed(io::Error::new(ErrorKind::NotFound, "it is a symbolic link that leads nowhere"))),
            }
        }
        Err(error) => Err(failed(error)),
    }
}

fn refuse_foreign(directory: &Path, metadata: &Metadata) -> Result<(), PlaceError> {
    match trust::foreign_owner(metadata) {
        None => Ok(()),
        Some(owner) => Err(PlaceError::Refused { path: directory.to_owned(), reason: Distrust::Owner(owner) }),
    }
}

/// Makes an empty file unless there is one. Another thread may have a connection to it by the time it is made.
pub(crate) fn make_file(path: &Path) -> io::Result<()> {
    file::make(path, FILE_MODE).map(|opened| opened.map_or((), connected::close_when_unused))
}
