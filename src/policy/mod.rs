//! When a stored result may be served: a pure function of the entry, the policy and the time.
//!
//! The vocabulary is that of RFC 9111 (freshness) and RFC 5861 (stale-while-revalidate, stale-if-error). [`freshness`]
//! says whether an entry is fresh, stale or missing, and [`decide`] what a caller does then. [`FetchPolicy`] says what
//! a fetch may do and what of its result is kept.

mod cache_exit;
mod fetch;
mod jitter;
pub mod reason;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use cache_exit::{CacheExit, CacheExitError};
pub use fetch::{FetchPolicy, Job};
pub use jitter::{Jitter, JitterError};

use crate::model::time::Timestamp;

/// Whether `entry` is fresh under `policy` at `now`.
pub fn freshness(entry: Option<&EntryFacts>, policy: &Policy, now: Timestamp) -> Freshness {
    let Some(entry) = entry else {
        return Freshness::Missing;
    };
    let Some(ttl) = policy.ttl_of(entry) else {
        return Freshness::Missing;
    };
    let elapsed = now.since(entry.fetched_at);
    let age = elapsed.unwrap_or_default();
    if entry.program_changed {
        return Freshness::Missing;
    }
    let over = age.saturating_sub(ttl);
    if age >= policy.keep || now >= entry.expires_at {
        return Freshness::Missing;
    }
    if elapsed.is_some() && age < ttl && !entry.invalidated && !entry.dependencies_changed {
        return Freshness::Fresh { age, left: ttl - age };
    }
    match policy.max_stale {
        Some(max_stale) if over >= max_stale => Freshness::Missing,
        _ => Freshness::Stale { age, over },
    }
}

/// What a caller does with `entry` under `policy` at `now`.
///
/// ```
/// use cacheback::program::policy::{Decision, EntryFacts, Mode, Policy, decide};
/// use cacheback::program::model::time::Timestamp;
///
/// let entry = EntryFacts {
///     key: 7,
///     fetched_at: Timestamp::from_millis(0),
///     expires_at: Timestamp::from_millis(86_400_000),
///     exit: 0,
///     invalidated: false,
///     dependencies_changed: false,
///     program_changed: false,
///     lifetime: None,
/// };
/// let policy = Policy { mode: Mode::Async, ..Policy::default() };
/// let after = |seconds: i64| decide(Some(&entry), &policy, Timestamp::from_millis(seconds * 1000));
/// assert_eq!(after(599), Decision::Serve);
/// assert_eq!(after(600), Decision::ServeAndRefresh);
/// ```
pub fn decide(entry: Option<&EntryFacts>, policy: &Policy, now: Timestamp) -> Decision {
    freshness(entry, policy, now).decision(policy)
}

impl Freshness {
    /// What a caller does under `policy` with an entry of this freshness.
    pub fn decision(self, policy: &Policy) -> Decision {
        match (self, policy.mode) {
            (_, Mode::Refresh) => Decision::Fetch,
            (Self::Fresh { .. }, _) => Decision::Serve,
            (Self::Stale { .. } | Self::Missing, Mode::OnlyIfCached) => Decision::NotCached,
            (Self::Stale { age, .. }, _) if policy.fetch_on_stale_threshold.is_some_and(|limit| age > limit) => {
                Decision::Fetch
            }
            (Self::Stale { .. }, Mode::Async | Mode::AsyncEmptyOnMiss) => Decision::ServeAndRefresh,
            (Self::Stale { .. }, Mode::Plain | Mode::EmptyOnMiss) => Decision::Fetch,
            (Self::Missing, Mode::EmptyOnMiss | Mode::AsyncEmptyOnMiss) => Decision::ServeEmptyAndFetch,
            (Self::Missing, Mode::Plain | Mode::Async) => Decision::Fetch,
        }
    }
}

/// What the decision needs to know about a stored entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// The first bits of its key.
    pub key: u64,
    /// When its fetch ended.
    pub fetched_at: Timestamp,
    /// When it expires for every reader: the call that stored it keeps it no longer.
    pub expires_at: Timestamp,
    /// The command's exit status.
    pub exit: u8,
    /// It was invalidated since, or its fetch began before an invalidation.
    pub invalidated: bool,
    /// A file that it depends on has changed.
    pub dependencies_changed: bool,
    /// Another program would be run than the one that it is the result of.
    pub program_changed: bool,
    /// The lifetime that it was stored with, from its job's `expiry` or from `set --ttl`.
    pub lifetime: Option<Duration>,
}

/// Whether an entry is fresh under a policy at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It may be served.
    Fresh {
        /// Since the end of the fetch.
        age: Duration,
        /// What is left of its ttl.
        left: Duration,
    },
    /// It may be served where stale results are allowed.
    Stale {
        /// Since the end of the fetch; zero if that lies in the future.
        age: Duration,
        /// How far past its ttl it is; zero if it is stale for another reason.
        over: Duration,
    },
    /// There is none, or it is too old to be served.
    Missing,
}

/// What a caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Print the stored output.
    Serve,
    /// Print the stored output, then refresh it in a detached child.
    ServeAndRefresh,
    /// Run the command and print its output.
    Fetch,
    /// Print the text for an empty cache, then fetch in a detached child.
    ServeEmptyAndFetch,
    /// Print nothing, run nothing, exit 1.
    NotCached,
}

/// Everything that decides, nothing that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// An entry is fresh for this long after the end of its fetch; zero is never fresh.
    pub ttl: Duration,
    /// The exit statuses whose results are stored and served.
    pub cache_exit: CacheExit,
    /// A result with another exit status is fresh for this long; without it, it counts as missing.
    pub failure_ttl: Option<Duration>,
    /// How much shorter than its ttl a result is fresh.
    pub jitter: Jitter,
    /// How far past its ttl a stale entry may be served; without it, as long as it is kept.
    pub max_stale: Option<Duration>,
    /// A stale entry that is older than this, counted from the end of its fetch, is not served for a refresh in the
    /// background: its fetch is waited for.
    pub fetch_on_stale_threshold: Option<Duration>,
    /// An entry not fetched for this long counts as missing, and is removed.
    pub keep: Duration,
    /// What to do with an entry that is not fresh.
    pub mode: Mode,
    /// If a refresh in the foreground fails, serve the stale entry instead (RFC 5861).
    pub stale_if_error: bool,
    /// An entry that has a lifetime of its own is fresh for that long, even if `ttl` is shorter.
    pub honours_expiry: bool,
}

/// What to do when there is no fresh entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Fetch, whatever is stored.
    Refresh,
    /// Fetch when the entry is stale or missing.
    #[default]
    Plain,
    /// Serve a stale entry and refresh it in the background (`--async`).
    Async,
    /// Like `Plain` when stale; when missing, serve nothing and fetch in the background (`--no-fetch-on-miss`).
    EmptyOnMiss,
    /// `Async` when stale and `EmptyOnMiss` when missing.
    AsyncEmptyOnMiss,
    /// Serve a fresh entry or nothing; never fetch (`--only-if-cached`).
    OnlyIfCached,
}

impl Policy {
    /// For how long `entry` is fresh; `None` if this reader does not accept its exit status.
    ///
    /// The entry's own lifetime bounds the ttl of every reader, and replaces it where the policy honours it. There is no
    /// jitter in it.
    pub fn ttl_of(&self, entry: &EntryFacts) -> Option<Duration> {
        let ttl = self.whole_ttl_of(entry)?;
        Some(match entry.lifetime {
            Some(lifetime) if self.cache_exit.contains(entry.exit) && self.honours_expiry => lifetime,
            Some(lifetime) => lifetime.min(ttl - self.off(entry, ttl)),
            None => ttl - self.off(entry, ttl),
        })
    }

    /// How much shorter the ttl of `entry` is because of the jitter; zero where its own lifetime counts.
    pub fn jitter_of(&self, entry: &EntryFacts) -> Duration {
        let shortened = self.whole_ttl_of(entry).map(|ttl| (self.off(entry, ttl), ttl));
        shortened.filter(|(off, ttl)| self.ttl_of(entry) == Some(*ttl - *off)).unwrap_or_default().0
    }

    /// The ttl of this reader, before jitter.
    fn whole_ttl_of(&self, entry: &EntryFacts) -> Option<Duration> {
        if self.cache_exit.contains(entry.exit) { Some(self.ttl) } else { self.failure_ttl }
    }

    fn off(&self, entry: &EntryFacts, ttl: Duration) -> Duration {
        match self.jitter {
            Jitter::NONE => Duration::ZERO,
            jitter => jitter.off(ttl, jitter::chance(entry.key, entry.fetched_at.as_millis())),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(10 * 60),
            cache_exit: CacheExit::default(),
            failure_ttl: None,
            jitter: Jitter::NONE,
            max_stale: None,
            fetch_on_stale_threshold: None,
            keep: Duration::from_secs(30 * 24 * 60 * 60),
            mode: Mode::Plain,
            stale_if_error: false,
            honours_expiry: false,
        }
    }
}
