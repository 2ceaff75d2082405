//! The cache as a library: it returns bytes and leaves the program that it works in as it was.
//!
//! Everything that decides and stores is the engine's. What is here runs the command without a fork of this program.

mod error;
mod get;
mod invocation;
mod policy;
mod selector;
mod served;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

pub use error::Error;
pub use invocation::Invocation;
pub use policy::{OnStale, Policy};
pub use selector::Selector;
pub use served::{Served, Source};

use super::local::{self, checked_path};
use super::{Call, Engine, Host, MAX_DB_SIZE, Setting, Unusable};
use crate::model::input::{INPUT_MAX, Input};
use crate::model::key::Key;
use crate::model::time::{Moment, Timestamp};
use served::Output;

/// Stored results of commands, in one database, which the `cacheback` program may use at the same time.
///
/// Threads share it by reference or by clones. It keeps nothing open between two calls.
///
/// ```
/// use std::time::Duration;
/// use cacheback::{Cache, Invocation, Policy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let home = tempfile::tempdir()?;
/// # let path = home.path().join("cache.db");
/// let cache = Cache::open(path)?;
/// let served = cache.get(&Invocation::new(["date"]), &Policy::fresh_for(Duration::from_secs(60)))?;
/// println!("{}, {:?} old", String::from_utf8_lossy(served.stdout()), served.age());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Cache {
    path: PathBuf,
    max_db_size: u64,
    /// The threads of refreshes.
    refreshes: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Cache {
    /// The cache in the database at `path`. It is made when the first result is stored.
    ///
    /// # Errors
    ///
    /// [`Error::Cache`]: somebody else may write there, so what is stored there is not to be trusted.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = checked_path(path.as_ref()).map_err(Unusable::from)?;
        Ok(Self { path, max_db_size: MAX_DB_SIZE, refreshes: Arc::default() })
    }

    /// Where the program keeps the user's cache unless an option says otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Cache`]: the user has no home directory.
    pub fn default_path() -> Result<PathBuf, Error> {
        Ok(local::default_path().map_err(Unusable::from)?)
    }

    /// The same cache, whose database is kept below `bytes`; the default is 1 GiB.
    #[must_use]
    pub fn with_max_database_size(mut self, bytes: u64) -> Self {
        self.max_db_size = bytes;
        self
    }

    /// The key of `invocation`, which the program prints as the id of its entry.
    ///
    /// ```
    /// # use cacheback::{Cache, Invocation};
    /// # let home = tempfile::tempdir()?;
    /// # let cache = Cache::open(home.path().join("cache.db"))?;
    /// let (one, other) = (Invocation::new(["echo", "a b"]), Invocation::new(["echo", "a", "b"]));
    /// assert_ne!(cache.key(&one)?, cache.key(&other)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cache`]: the working directory is part of it and cannot be read.
    pub fn key(&self, invocation: &Invocation) -> Result<Key, Error> {
        Ok(invocation.parts()?.to_key())
    }

    /// What is stored for `invocation`, whatever its age. Runs nothing, and does not count as a hit.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cacheback::{Cache, Invocation, Policy};
    /// # let home = tempfile::tempdir()?;
    /// # let cache = Cache::open(home.path().join("cache.db"))?;
    /// let policy = Policy::fresh_for(Duration::from_secs(60));
    /// assert!(cache.peek(&Invocation::new(["date"]), &policy)?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cache`], also for a result that is damaged.
    pub fn peek(&self, invocation: &Invocation, policy: &Policy) -> Result<Option<Served>, Error> {
        let (engine, parts) = (self.engine(), invocation.parts()?);
        let found =
            engine.look_up(&Call::new(&invocation.command, &parts, &policy.rules, &policy.fetch, Moment::now()))?;
        let Some(entry) = &found.entry else { return Ok(None) };
        let output = Output::of(|write| found.replay(write)).ok_or(Error::Damaged)?;
        Ok(Some(Served::stored(output, entry, found.freshness)))
    }

    /// Stores `stdout` as the output of `invocation`, with exit status 0, as if it had been fetched now.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cacheback::{Cache, Invocation, Policy};
    /// # let home = tempfile::tempdir()?;
    /// # let cache = Cache::open(home.path().join("cache.db"))?;
    /// let (command, policy) = (Invocation::new(["weather", "Oslo"]), Policy::fresh_for(Duration::from_secs(60)));
    /// cache.set(&command, &policy, b"rain\n")?;
    /// assert_eq!(cache.get(&command, &policy)?.stdout(), b"rain\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cache`]: nothing has been stored.
    pub fn set(&self, invocation: &Invocation, policy: &Policy, stdout: &[u8]) -> Result<(), Error> {
        let setting = Setting {
            invocation: invocation.command.clone(),
            parts: invocation.parts()?,
            policy: policy.rules.clone(),
            fetch: policy.fetch.clone(),
            lifetime: None,
            fetched_at: Timestamp::now(),
            is_shared: false,
        };
        let output = Input::read(stdout, INPUT_MAX).map_err(|error| Error::Input(Box::new(error)))?;
        Ok(self.engine().set(&setting, &output, 0)?)
    }

    /// Makes what is selected stale, and what is being fetched for it; returns how many entries that were.
    ///
    /// Nothing is fetched: the next [`get`](Self::get) finds a stale result, and its policy says what follows.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cacheback::{Cache, Invocation, Policy, Selector};
    /// # let home = tempfile::tempdir()?;
    /// # let cache = Cache::open(home.path().join("cache.db"))?;
    /// # let (command, policy) = (Invocation::new(["date"]), Policy::fresh_for(Duration::from_secs(60)));
    /// cache.set(&command, &policy, b"")?;
    /// assert_eq!(cache.invalidate(&Selector::command(&command)?)?, 1);
    /// assert!(cache.peek(&command, &policy)?.is_some_and(|served| served.is_stale()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cache`].
    pub fn invalidate(&self, selector: &Selector) -> Result<u64, Error> {
        Ok(self.engine().invalidate(&selector.0)?.entries.len() as u64)
    }

    /// Forgets what is selected; returns how many entries that were.
    ///
    /// ```
    /// # use cacheback::{Cache, Selector};
    /// # let home = tempfile::tempdir()?;
    /// # let cache = Cache::open(home.path().join("cache.db"))?;
    /// assert_eq!(cache.delete(&Selector::tag("weather"))?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Cache`].
    pub fn delete(&self, selector: &Selector) -> Result<u64, Error> {
        Ok(self.engine().delete(&selector.0)?)
    }

    /// Waits until the refreshes that [`get`](Self::get) has started in threads of any clone of this cache have ended.
    ///
    /// A program that ends without it ends them, too; the results stay stale, and the next call refreshes them.
    pub fn finish_refreshes(&self) {
        let threads = std::mem::take(&mut *self.refreshes.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }

    /// The engine, for one call.
    fn engine(&self) -> Engine {
        Engine::at(&self.path, Host::silent()).with_max_db_size(self.max_db_size)
    }
}
