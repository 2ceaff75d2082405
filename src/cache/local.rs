//! The local database as the store of an engine: the only file of this room that names its implementation.

use std::path::{Path, PathBuf};

use super::{Engine, Host};
use crate::store::StoreError;
use crate::store::local::{Database, Place, SqliteStore};

/// Where results are stored unless a test says otherwise.
pub type Local = Database;

impl Engine {
    /// The cache in the database at `path`, which need not exist.
    pub fn at(path: impl Into<PathBuf>, host: Host) -> Self {
        let database = Database::at(path, host.warn.clone());
        let backend = if host.has_threads { database.through_sqlite_alone() } else { database };
        Self::on(backend, host)
    }

    /// Puts the file at `place` out of the way; its new name, if there was a file.
    pub(super) fn set_aside(place: &Place) -> Result<Option<PathBuf>, StoreError> {
        SqliteStore::set_aside(place)
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        self.backend.path()
    }
}
