//! Why an operation on a store failed.

use std::error::Error;
use std::io;

use crate::sys::error::words;

/// Why an operation on a store failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What a caller may do about it.
    pub kind: StoreErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of errors of a store, by what a caller may do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// It must not be used: somebody else could have written what is there.
    Refused,
    /// It was written by a newer version of this program.
    Newer,
    /// It never was a cache of this program's, and is left alone.
    Foreign,
    /// What is stored is damaged.
    Corrupt,
    /// A database tool has switched it to write-ahead logging.
    WriteAhead,
    /// There is no room for more.
    Full,
    /// Others have kept it locked for longer than was waited for.
    Busy,
    /// It cannot be read or written, for any other reason.
    Unreachable,
    /// The transcript that was to be stored cannot be read.
    Transcript,
}

impl StoreError {
    /// An error that says `message`.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same, with what has caused it.
    pub fn caused_by(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Reading the transcript that was to be stored failed.
    pub fn of_transcript(source: io::Error) -> Self {
        let message = format!("reading the captured output: {}", words(&source));
        Self::new(StoreErrorKind::Transcript, message).caused_by(source)
    }

    /// Whether others have kept the store locked for longer than was waited for.
    pub fn is_busy(&self) -> bool {
        self.kind == StoreErrorKind::Busy
    }

    /// Whether the disk has no room, or no room for this user.
    pub fn is_full(&self) -> bool {
        self.kind == StoreErrorKind::Full
    }

    /// Whether what is stored is damaged.
    pub fn is_corrupt(&self) -> bool {
        self.kind == StoreErrorKind::Corrupt
    }
}
