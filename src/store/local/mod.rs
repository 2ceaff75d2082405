//! The store in one SQLite file.
//!
//! Rollback journal, not WAL: a process lives for a millisecond, and setting WAL up costs a quarter of that. Many
//! processes can use it because transactions are short: one that writes output writes half a mebibyte, and one that
//! reads ends after a row or a batch of rows.
//!
//! `synchronous` is off. A killed process harms nothing. A crash of the system may lose or damage what was written
//! last; checksums notice that, and the next fetch replaces it.

mod barriers;
#[cfg(feature = "shared")]
mod catch_up;
mod chunks;
mod columns;
mod condition;
mod connected;
mod connection;
mod database;
mod details;
mod failure;
mod fault;
mod fence;
#[cfg(feature = "shared")]
mod fleet;
mod ids;
mod incoming;
mod inspect;
mod library;
pub(crate) mod place;
mod prepare;
mod prune;
mod quick;
mod replace;
mod row;
mod schema;
mod selection;
mod statistics;
mod store;
mod sweep;
pub mod tally;
#[cfg(test)]
mod tests;
mod usage;
mod verify;
mod walk;

use self::connected::Connected;
use self::connection::Connection;
pub use self::database::Database;
use self::fault::Fault;
pub use self::incoming::LocalIncoming;
use self::place::Origin;
pub use self::place::{Place, PlaceError};
use super::{BeforeFetch, Entry, StoreError};
use crate::model::key::Key;

/// A connection to the database of one [`Place`].
///
/// It must not be used in a forked child, which does not inherit its locks.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    place: Place,
    /// Dropped after the connection.
    _connected: Option<Connected>,
}

impl SqliteStore {
    /// The entry of `key`, read without SQLite, which is much faster; `Some(None)` if there is none. `None` means that
    /// [`lookup`](super::Store::lookup) has to read it: the database is locked, damaged or open in this process, or the
    /// entry is a large one.
    pub fn quick_entry(place: &Place, key: &Key) -> Option<Option<Entry>> {
        quick::entry(place, key)
    }

    /// What a fetch of `key` has to know before it begins, read in the same way.
    pub fn quick_before_fetch(place: &Place, key: &Key) -> Option<BeforeFetch> {
        quick::before_fetch(place, key)
    }

    /// Opens the database if there is a file; makes and changes nothing.
    ///
    /// Nothing is read yet: the first read shows whether it is a database, and of a known version. An empty file is an
    /// empty store.
    ///
    /// # Errors
    ///
    /// [`Unreachable`](super::StoreErrorKind::Unreachable) if it cannot be opened.
    pub fn open(place: &Place) -> Result<Option<Self>, StoreError> {
        place.exists().then(|| Self::connect(place.clone())).transpose()
    }

    /// Opens the database, making its directory and the file if they are missing, and brings it to this program's
    /// version. Any number of processes may do so at once.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] if it cannot be made there. [`Newer`](super::StoreErrorKind::Newer),
    /// [`Foreign`](super::StoreErrorKind::Foreign) and [`Corrupt`](super::StoreErrorKind::Corrupt) for what is there
    /// already.
    pub fn create(place: &Place) -> Result<Self, StoreError> {
        let store = Self::connect(Place::create(place.path())?)?;
        store.run(|| store.connection.write()?.commit().map_err(Fault::from))?;
        Ok(store)
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn connect(place: Place) -> Result<Self, StoreError> {
        // SQLite opens by path.
        place.refuse_ancestors()?;
        let connected = place.file().map(Connected::to);
        match Connection::open(place.path()) {
            Ok(connection) => Ok(Self { connection, place, _connected: connected }),
            Err(fault) => Err(fault.into_error(place.path())),
        }
    }

    /// Runs `work`, and adds the path to its fault.
    fn run<T>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, StoreError> {
        work().map_err(|fault| self.recognised(fault).into_error(self.place.path()))
    }

    /// SQLite calls every file damaged that it cannot read. The beginning of the file shows whether it is ours, or was
    /// switched to write-ahead logging.
    fn recognised(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Corrupt(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
                match self.place.origin() {
                    Ok(Origin::Foreign) => Fault::Foreign,
                    Ok(Origin::WriteAhead) => Fault::WriteAhead,
                    Ok(Origin::Ours) | Err(_) => Fault::Corrupt(error),
                }
            }
            fault => fault,
        }
    }
}
