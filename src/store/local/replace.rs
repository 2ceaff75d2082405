//! Replacing the file of a database that cannot be used as it is.

use std::path::PathBuf;

use super::fault::Fault;
use super::place::SetAside;
use super::{Place, PlaceError, SqliteStore, connected};
use crate::model::time::Timestamp;
use crate::store::StoreError;

impl SqliteStore {
    /// Renames the database and its journal to `cache.db.corrupt-…`, so that a new one can be made; does nothing if
    /// another file is there by now. Returns the new name.
    ///
    /// Does nothing as long as this process has the file open, in any thread: drop the store that returned the error
    /// first.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Unreachable`] if it cannot be renamed, and [`Foreign`](crate::store::StoreErrorKind::Foreign) if
    /// it was never ours.
    pub fn set_aside(place: &Place) -> Result<Option<PathBuf>, StoreError> {
        let path = || place.path().to_owned();
        let set_aside = || place.set_aside(Timestamp::now().as_millis());
        match connected::unless_to_named(place.file(), place.path(), set_aside).unwrap_or(Ok(SetAside::Gone)) {
            Ok(SetAside::As(aside)) => Ok(Some(aside)),
            Ok(SetAside::Gone) => Ok(None),
            Ok(SetAside::Foreign) => Err(Fault::Foreign.into_error(place.path())),
            Err(source) => Err(PlaceError::Unreachable { path: path(), source }.into()),
        }
    }

    /// Switches the database back from write-ahead logging to a rollback journal.
    ///
    /// Does nothing as long as this process has the file open, in any thread.
    ///
    /// # Errors
    ///
    /// [`WriteAhead`](crate::store::StoreErrorKind::WriteAhead) in that case, and as long as another program has it
    /// open or has left data in its log.
    pub fn leave_write_ahead(place: &Place) -> Result<(), StoreError> {
        match connected::unless_to_named(place.file(), place.path(), || place.leave_write_ahead()).unwrap_or(Ok(false))
        {
            Ok(true) => Ok(()),
            Ok(false) => Err(Fault::WriteAhead.into_error(place.path())),
            Err(source) => Err(PlaceError::Unreachable { path: place.path().to_owned(), source }.into()),
        }
    }

    /// Removes the file of the database, which needs no free space. Processes that have it open keep a file without a
    /// name.
    ///
    /// # Errors
    ///
    /// The file cannot be removed.
    pub fn remove(place: &Place) -> Result<(), StoreError> {
        let removed = place.remove(Timestamp::now().as_millis());
        removed.map_err(|source| PlaceError::Unreachable { path: place.path().to_owned(), source }.into())
    }
}
