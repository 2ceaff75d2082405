//! When a stored result may be served, and what is done about one that is stale.

use std::ffi::OsString;
use std::time::Duration;

use crate::policy::{self, CacheExit, FetchPolicy, Mode};

/// When a stored result may be served, what is stored, and how long a command may run.
///
/// ```
/// use std::time::Duration;
/// use cacheback::{OnStale, Policy};
///
/// let policy = Policy::fresh_for(Duration::from_secs(60))
///     .on_stale(OnStale::Refresh)
///     .stale_for(Duration::from_secs(3600))
///     .timeout(Duration::from_secs(10))
///     .storing_exit([0, 1])
///     .max_size(1024 * 1024)
///     .depends_on("Cargo.lock")
///     .tag("build");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) rules: policy::Policy,
    pub(super) fetch: FetchPolicy,
    pub(super) on_stale: OnStale,
}

/// What [`get`](crate::Cache::get) does about a result that is stored and stale. Where nothing is stored, it always
/// fetches.
///
/// ```
/// use std::time::Duration;
/// use cacheback::{Cache, Invocation, OnStale, Policy};
///
/// # let home = tempfile::tempdir()?;
/// # let cache = Cache::open(home.path().join("cache.db"))?;
/// let command = Invocation::new(["date"]);
/// let stale_at_once = Policy::fresh_for(Duration::ZERO);
///
/// // Runs the command and waits for it.
/// let served = cache.get(&command, &stale_at_once)?;
/// assert!(!served.is_stale());
///
/// // Returns at once, and a thread runs the command.
/// let served = cache.get(&command, &stale_at_once.clone().on_stale(OnStale::Refresh))?;
/// assert!(served.is_stale());
/// cache.finish_refreshes();
///
/// // Returns at once; the caller decides when to refresh it.
/// let policy = stale_at_once.on_stale(OnStale::Serve);
/// let mut served = cache.get(&command, &policy)?;
/// if served.is_stale() {
///     served = cache.refresh(&command, &policy)?;
/// }
/// assert!(!served.is_stale());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnStale {
    /// Fetch, and wait for the new result.
    #[default]
    Fetch,
    /// Serve it, and fetch in a thread of this program; after a failure with growing pauses.
    Refresh,
    /// Serve it, and leave the rest to the caller: [`refresh`](crate::Cache::refresh).
    Serve,
}

impl Policy {
    /// A result is fresh for `ttl` after the end of its fetch.
    pub fn fresh_for(ttl: Duration) -> Self {
        let rules = policy::Policy { ttl, ..policy::Policy::default() };
        Self { rules, fetch: FetchPolicy::default(), on_stale: OnStale::Fetch }
    }

    /// The same, with another way to treat a stale result.
    #[must_use]
    pub fn on_stale(mut self, on_stale: OnStale) -> Self {
        self.on_stale = on_stale;
        self.rules.mode = match on_stale {
            OnStale::Fetch => Mode::Plain,
            OnStale::Refresh | OnStale::Serve => Mode::Async,
        };
        self
    }

    /// The same, with a result that is past its ttl by `limit` or more counted as none.
    #[must_use]
    pub fn stale_for(mut self, limit: Duration) -> Self {
        self.rules.max_stale = Some(limit);
        self
    }

    /// The same, with a result removed that has not been fetched again for `keep`; the default is 30 days.
    #[must_use]
    pub fn keep_for(mut self, keep: Duration) -> Self {
        self.rules.keep = keep;
        self
    }

    /// The same, with results of these exit statuses stored; the default is 0 alone.
    #[must_use]
    pub fn storing_exit(mut self, statuses: impl IntoIterator<Item = u8>) -> Self {
        self.rules.cache_exit = CacheExit::of(statuses);
        self
    }

    /// The same, with results of all other exit statuses stored, too, and fresh for `ttl`.
    #[must_use]
    pub fn failures_fresh_for(mut self, ttl: Duration) -> Self {
        self.rules.failure_ttl = Some(ttl);
        self
    }

    /// The same, with the command ended after `limit`: SIGTERM, and SIGKILL five seconds later. The default is an hour
    /// for a refresh in a thread, and no limit else.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.fetch.timeout = Some(limit);
        self.fetch.refresh_timeout = limit;
        self
    }

    /// The same, with an output of more than `bytes` returned and not stored; the default is 256 MiB. The output of a
    /// command is in memory until it is dropped, however large it is.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.fetch.max_size = bytes;
        self
    }

    /// The same, with a result that is fresh only as long as the files at `path`, which may be a glob, do not change.
    #[must_use]
    pub fn depends_on(mut self, path: impl Into<OsString>) -> Self {
        self.fetch.depends_on.push(path.into());
        self
    }

    /// The same, with a label to select its result by.
    #[must_use]
    pub fn tag(mut self, name: impl Into<OsString>) -> Self {
        self.fetch.tags.push(name.into());
        self
    }
}
