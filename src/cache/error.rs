//! Why the cache cannot be used for a call.

use std::io;
use std::path::PathBuf;

use crate::dependencies::LimitExceeded;
use crate::fetch::environment::Loop;
use crate::model::key_file::KeyFileError;
use crate::store::StoreError;
use crate::sys::error::words;

/// The cache cannot be used for this call. Nothing has been printed and nothing has been run.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The database or its place.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The working directory, which is part of the key.
    #[error("the working directory cannot be read: {}", words(.0))]
    Cwd(io::Error),
    /// The file by which callers find out about each other.
    #[error("{path}: {}", words(source))]
    Flight {
        /// The file's directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file that is part of the key.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The files that the result depends on.
    #[error(transparent)]
    Dependencies(#[from] LimitExceeded),
    /// This call is a round of a loop: without a cache the command would run itself without end.
    #[error("the command would run itself without end")]
    InItself(Loop),
    /// The process that watches over the command.
    #[error("no process can be started to watch over the command: {}", words(.0))]
    Process(io::Error),
}
