//! The failures inside the local store, and the messages of its errors.

use std::io;
use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use super::place::PlaceError;
use super::schema::KNOWN;
use crate::store::{StoreError, StoreErrorKind};
use crate::sys::file;

/// A failure inside the store, without the path of the database.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Corrupt(rusqlite::Error),
    Newer(i64),
    Foreign,
    WriteAhead,
    Place(PlaceError),
    Transcript(io::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error),
            _ => Self::Sqlite(error),
        }
    }
}

impl From<PlaceError> for Fault {
    fn from(error: PlaceError) -> Self {
        Self::Place(error)
    }
}

impl Fault {
    /// The error for users of the database at `path`.
    pub(crate) fn into_error(self, path: &Path) -> StoreError {
        let name = path.display();
        match self {
            Self::Sqlite(source) => {
                let kind = match source.sqlite_error_code() {
                    Some(ErrorCode::DatabaseBusy) => StoreErrorKind::Busy,
                    Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
                    _ => StoreErrorKind::Unreachable,
                };
                StoreError::new(kind, format!("{name}: {}", reason(path, &source))).caused_by(source)
            }
            Self::Corrupt(source) => {
                StoreError::new(StoreErrorKind::Corrupt, format!("{name} is damaged")).caused_by(source)
            }
            Self::Newer(found) => StoreError::new(
                StoreErrorKind::Newer,
                format!("{name} was made by a newer version of cacheback (schema {found}, this one knows {KNOWN})"),
            ),
            Self::Foreign => StoreError::new(StoreErrorKind::Foreign, format!("{name} is not a cache of cacheback's")),
            Self::WriteAhead => StoreError::new(
                StoreErrorKind::WriteAhead,
                format!(
                    "{name} was switched to write-ahead logging by another program, which is using it or has left data \
                     in its log; sqlite3 switches it back with 'PRAGMA journal_mode=DELETE'"
                ),
            ),
            Self::Place(source) => source.into(),
            Self::Transcript(source) => StoreError::of_transcript(source),
        }
    }
}

/// What is wrong with the file at `path`: in SQLite's words, unless they hide the reason.
fn reason(path: &Path, error: &rusqlite::Error) -> String {
    let is_gone = || path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    match error.sqlite_error() {
        Some(error) if error.extended_code == ffi::SQLITE_READONLY_DBMOVED => {
            "it was removed or replaced while it was in use".to_owned()
        }
        Some(error) if error.code == ErrorCode::SystemIoFailure && is_gone() => {
            "it was removed while it was in use".to_owned()
        }
        Some(error) if error.code == ErrorCode::ReadOnly => "it may not be written to".to_owned(),
        _ => error.to_string(),
    }
}

/// Why the file cannot be opened. The system's reason is used if it is about rights, which SQLite does not pass on.
pub(crate) fn unopened(path: &Path, error: rusqlite::Error) -> Fault {
    let access = || file::may_use(path, true, false, false);
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => match access() {
            Err(error) => PlaceError::Unreadable { path: path.to_owned(), source: error }.into(),
            Ok(()) => error.into(),
        },
        _ => error.into(),
    }
}
