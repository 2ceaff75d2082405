//! Why a place cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use super::Distrust;
use crate::store::{StoreError, StoreErrorKind};
use crate::sys::error::words;

/// Why a place cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no default location.
    #[error("there is no cache directory: neither HOME nor XDG_CACHE_HOME is set to an absolute path")]
    NoHome,
    /// It exists and must not be used.
    #[error("{path} {reason}{}", reason.remedy(path))]
    Refused {
        /// The file or directory that is refused.
        path: PathBuf,
        /// What is wrong with it.
        reason: Distrust,
    },
    /// It exists, and this user may not read it.
    #[error("cannot open {path}: {}", words(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Its metadata cannot be read.
    #[error("{path}: {}", words(source))]
    Unreachable {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The directory does not exist and cannot be made.
    #[error("cannot make the directory {path}: {}", words(source))]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file does not exist and cannot be made.
    #[error("cannot make {path}: {}", words(source))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl From<PlaceError> for StoreError {
    fn from(error: PlaceError) -> Self {
        let kind = match error {
            PlaceError::Refused { .. } => StoreErrorKind::Refused,
            _ => StoreErrorKind::Unreachable,
        };
        Self::new(kind, error.to_string()).caused_by(error)
    }
}

impl PlaceError {
    /// The error of a place that has caused `error`, if one has.
    pub fn of(error: &StoreError) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }
}

pub(crate) fn unreachable(path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    |source| PlaceError::Unreachable { path: path.to_owned(), source }
}
