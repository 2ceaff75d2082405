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
    /// It must not be used: another user could have written it.
    Refused,
    /// It was written by a newer version of this program.
    Newer,
    /// This program did not make it, and leaves it alone.
    Foreign,
    /// What is stored is damaged.
    Corrupt,
    /// A database tool has switched it to write-ahead logging.
    WriteAhead,
    /// There is no room for more.
    Full,
    /// Another user of it kept it locked for too long.
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

    /// The error for a transcript that was to be stored and cannot be read.
    pub fn of_transcript(source: io::Error) -> Self {
        let message = format!("reading the captured output: {}", words(&source));
        Self::new(StoreErrorKind::Transcript, message).caused_by(source)
    }

    /// Whether another user of the store kept it locked for too long.
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
