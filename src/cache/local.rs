//! The local database as the store of an engine: the only file of this room that names its implementation.

use std::io;
use std::path::{Path, PathBuf};

use super::{Engine, Host};
use crate::store::StoreError;
use crate::store::local::{Database, Place, PlaceError};
use crate::sys::trust::Distrust;
use crate::sys::{errno, error::words};

/// Where results are stored unless a test says otherwise.
pub type Local = Database;

/// The user's own database, which need not exist.
///
/// # Errors
///
/// The user has no home directory.
pub fn default_path() -> Result<PathBuf, StoreError> {
    Ok(Place::default_path()?)
}

/// `path` made absolute, if a database there may be trusted or does not exist yet.
pub(super) fn checked_path(path: &Path) -> Result<PathBuf, StoreError> {
    Ok(Place::check(path)?.path().to_owned())
}

/// What makes `path` one where no database can ever be, if that has caused `error`.
pub fn invalid_path(path: &Path, error: &StoreError) -> Option<String> {
    // However often the call is repeated.
    let is_about_the_name = |error: &io::Error| {
        matches!(error.raw_os_error(), Some(errno::ENOTDIR | errno::ELOOP | errno::ENAMETOOLONG | errno::EACCES))
    };
    let absolute = std::path::absolute(path).ok()?;
    let folder = absolute.parent()?;
    match PlaceError::of(error)? {
        PlaceError::Directory { path, source } if folder.starts_with(path) => Some(words(source)),
        PlaceError::Unreachable { path, source } if path == folder && is_about_the_name(source) => Some(words(source)),
        PlaceError::Refused { path, reason: Distrust::NotADirectory } if path == folder => {
            Some(words(&io::Error::from_raw_os_error(errno::ENOTDIR)))
        }
        _ => None,
    }
}

impl Engine {
    /// The cache in the database at `path`, which need not exist.
    pub fn at(path: impl Into<PathBuf>, host: Host) -> Self {
        let database = Database::at(path, host.warn.clone());
        let backend = if host.has_threads { database.through_sqlite_alone() } else { database };
        Self::on(backend, host)
    }

    /// The file in which hits are noted before they are counted; it may be missing.
    #[cfg(feature = "browse")]
    pub fn tally(&self) -> PathBuf {
        Place::tally_of(self.path())
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        self.backend.path()
    }
}
