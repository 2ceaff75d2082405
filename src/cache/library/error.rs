//! Why a call of the library has no result.

use std::ffi::OsString;
use std::io;

use crate::cache::Unusable;
use crate::sys::error::words;

/// Why there is no result.
///
/// A command that fails is a result: see [`Served::status`](crate::Served::status).
///
/// ```
/// use std::time::Duration;
/// use cacheback::{Cache, Error, Invocation, Policy};
///
/// # let home = tempfile::tempdir()?;
/// # let cache = Cache::open(home.path().join("cache.db"))?;
/// let policy = Policy::fresh_for(Duration::from_secs(60));
/// match cache.get(&Invocation::new(["/no/such/program"]), &policy) {
///     Err(Error::NotStarted { program, source }) => eprintln!("{}: {source}", program.display()),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The cache cannot be used. Nothing has been run: the caller may run the command without it.
    #[error("the cache cannot be used: {0}")]
    Cache(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The stored result is damaged.
    #[error("the stored result is damaged")]
    Damaged,
    /// This program is itself part of a run of the command, or of very many runs: it would go on without end.
    #[error("the command would run itself without end")]
    InItself,
    /// The command cannot be started.
    #[error("{}: {}", program.display(), words(source))]
    NotStarted {
        /// Its first word.
        program: OsString,
        /// The system's reason.
        source: io::Error,
    },
    /// How the command ended is not known: this program ignores `SIGCHLD` or reaps every child.
    #[error("the status of the command was taken by another part of this program")]
    StatusLost,
    /// The input of a command, or a result that is to be stored, cannot be kept.
    #[error("the input cannot be kept: {0}")]
    Input(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Unusable> for Error {
    fn from(error: Unusable) -> Self {
        match error {
            Unusable::InItself(_) => Self::InItself,
            other => Self::Cache(Box::new(other)),
        }
    }
}
