//! When a stored result may be served: a pure function of the entry, the policy and the time.
//!
//! The vocabulary is that of RFC 9111 (freshness) and RFC 5861 (stale-while-revalidate, stale-if-error).

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::time::Timestamp;

/// Everything that decides, nothing that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// An entry is fresh for this long after the end of its fetch; zero is never fresh.
    pub ttl: Duration,
    /// A stored failure is fresh for this long; without it, it counts as missing.
    pub failure_ttl: Option<Duration>,
    /// How far past its ttl a stale entry may be served; without it, as long as it is kept.
    pub max_stale: Option<Duration>,
    /// An entry not fetched for this long is treated as gone, and removed.
    pub keep: Duration,
    /// What to do with an entry that is not fresh.
    pub mode: Mode,
    /// If a refresh in the foreground fails, serve the stale entry instead (RFC 5861).
    pub stale_if_error: bool,
    /// An entry that has a lifetime of its own is fresh for that long and not for `ttl`.
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
    /// For how long `entry` is fresh; `None` if it is a failure and this reader does not ask for failures.
    pub fn ttl_of(&self, entry: &EntryFacts) -> Option<Duration> {
        match entry.lifetime {
            _ if entry.is_failure => self.failure_ttl,
            Some(lifetime) if self.honours_expiry => Some(lifetime),
            _ => Some(self.ttl),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(10 * 60),
            failure_ttl: None,
            max_stale: None,
            keep: Duration::from_secs(30 * 24 * 60 * 60),
            mode: Mode::Plain,
            stale_if_error: false,
            honours_expiry: false,
        }
    }
}

/// Which results of a fetch are kept, and how long it may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPolicy {
    /// Limit of a foreground fetch: TERM, then KILL five seconds later.
    pub timeout: Option<Duration>,
    /// The same for a detached fetch and its whole process group.
    pub refresh_timeout: Duration,
    /// A larger output, in bytes, passes through and is not stored.
    pub max_size: u64,
    /// The exit statuses that are stored.
    pub cache_exit: CacheExit,
    /// Files, or globs, whose change makes the result stale; relative ones are seen from where the command runs.
    pub depends_on: Vec<OsString>,
    /// Labels to select the entry by.
    pub tags: Vec<OsString>,
    /// The job that the command belongs to.
    pub job: Option<Job>,
}

/// What a result has to do with a job of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub name: OsString,
    /// A shell script that is run after a successful fetch, with the result on its standard input; it prints for how
    /// long the result is fresh.
    pub expiry: Option<OsString>,
    /// Variables set for that script: the job's parameters.
    pub variables: Vec<(OsString, OsString)>,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            timeout: None,
            refresh_timeout: Duration::from_secs(60 * 60),
            max_size: 256 * 1024 * 1024,
            cache_exit: CacheExit::default(),
            depends_on: Vec::new(),
            tags: Vec::new(),
            job: None,
        }
    }
}

/// A set of exit statuses: `0`, `0,1` or `any`.
///
/// ```
/// use cacheback::policy::CacheExit;
///
/// let codes: CacheExit = "0,3".parse().unwrap();
/// assert!(codes.contains(3) && !codes.contains(1));
/// assert_eq!(codes.to_string(), "0,3");
/// assert!("any".parse::<CacheExit>().unwrap().contains(255));
/// assert!("256".parse::<CacheExit>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CacheExit([u64; 4]);

/// Not a list of exit statuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected exit statuses from 0 to 255 separated by commas, or `any`")]
pub struct CacheExitError;

impl CacheExit {
    /// Every status.
    pub const ANY: Self = Self([u64::MAX; 4]);

    /// Whether results with `status` are stored.
    pub const fn contains(&self, status: u8) -> bool {
        self.0[status as usize / 64] & (1 << (status % 64)) != 0
    }

    fn insert(&mut self, status: u8) {
        self.0[status as usize / 64] |= 1 << (status % 64);
    }
}

impl Default for CacheExit {
    /// Success alone.
    fn default() -> Self {
        Self([1, 0, 0, 0])
    }
}

impl FromStr for CacheExit {
    type Err = CacheExitError;

    fn from_str(text: &str) -> Result<Self, CacheExitError> {
        if text == "any" {
            return Ok(Self::ANY);
        }
        let mut codes = Self([0; 4]);
        for code in text.split(',') {
            let digits = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
            codes.insert(code.parse().ok().filter(|_| digits).ok_or(CacheExitError)?);
        }
        Ok(codes)
    }
}

impl fmt::Display for CacheExit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return out.write_str("any");
        }
        let mut separator = "";
        for code in (0..=255).filter(|code| self.contains(*code)) {
            write!(out, "{separator}{code}")?;
            separator = ",";
        }
        Ok(())
    }
}

impl fmt::Debug for CacheExit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CacheExit({self})")
    }
}

/// What the decision needs to know about a stored entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// When its fetch ended.
    pub fetched_at: Timestamp,
    /// It was invalidated since, or its fetch began before an invalidation.
    pub invalidated: bool,
    /// It is the stored result of a failed command.
    pub is_failure: bool,
    /// A file that it depends on has changed.
    pub dependencies_changed: bool,
    /// The lifetime that its job's `expiry` gave it.
    pub lifetime: Option<Duration>,
}

/// How an entry stands under a policy at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It may be served without asking.
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

/// What to do for a caller.
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

/// How `entry` stands under `policy` at `now`.
pub fn freshness(entry: Option<&EntryFacts>, policy: &Policy, now: Timestamp) -> Freshness {
    let Some(entry) = entry else {
        return Freshness::Missing;
    };
    let Some(ttl) = policy.ttl_of(entry) else {
        return Freshness::Missing;
    };
    let elapsed = now.since(entry.fetched_at);
    let age = elapsed.unwrap_or_default();
    let over = age.saturating_sub(ttl);
    if age >= policy.keep {
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

/// What to do for a caller who finds `entry` under `policy` at `now`.
///
/// ```
/// use cacheback::policy::{Decision, EntryFacts, Mode, Policy, decide};
/// use cacheback::time::Timestamp;
///
/// let entry = EntryFacts {
///     fetched_at: Timestamp::from_millis(0),
///     invalidated: false,
///     is_failure: false,
///     dependencies_changed: false,
///     lifetime: None,
/// };
/// let policy = Policy { mode: Mode::Async, ..Policy::default() };
/// let after = |seconds: i64| decide(Some(&entry), &policy, Timestamp::from_millis(seconds * 1000));
/// assert_eq!(after(599), Decision::Serve);
/// assert_eq!(after(600), Decision::ServeAndRefresh);
/// ```
pub fn decide(entry: Option<&EntryFacts>, policy: &Policy, now: Timestamp) -> Decision {
    match (freshness(entry, policy, now), policy.mode) {
        (_, Mode::Refresh) => Decision::Fetch,
        (Freshness::Fresh { .. }, _) => Decision::Serve,
        (Freshness::Stale { .. } | Freshness::Missing, Mode::OnlyIfCached) => Decision::NotCached,
        (Freshness::Stale { .. }, Mode::Async | Mode::AsyncEmptyOnMiss) => Decision::ServeAndRefresh,
        (Freshness::Stale { .. }, Mode::Plain | Mode::EmptyOnMiss) => Decision::Fetch,
        (Freshness::Missing, Mode::EmptyOnMiss | Mode::AsyncEmptyOnMiss) => Decision::ServeEmptyAndFetch,
        (Freshness::Missing, Mode::Plain | Mode::Async) => Decision::Fetch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn entry_at(millis: i64) -> EntryFacts {
        EntryFacts {
            fetched_at: Timestamp::from_millis(millis),
            invalidated: false,
            is_failure: false,
            dependencies_changed: false,
            lifetime: None,
        }
    }

    fn policy(mode: Mode) -> Policy {
        Policy { ttl: 10 * SECOND, max_stale: Some(20 * SECOND), keep: 100 * SECOND, mode, ..Policy::default() }
    }

    #[test]
    fn the_table_of_decisions() {
        use Decision::{Fetch, NotCached, Serve, ServeAndRefresh, ServeEmptyAndFetch};
        use Mode::{Async, AsyncEmptyOnMiss, EmptyOnMiss, OnlyIfCached, Plain, Refresh};
        #[rustfmt::skip]
        let table = [
            // entry's age      Plain  Async            EmptyOnMiss         AsyncEmptyOnMiss    OnlyIfCached Refresh
            (Some(5),          [Serve, Serve,           Serve,              Serve,              Serve,       Fetch]),
            (Some(10),         [Fetch, ServeAndRefresh, Fetch,              ServeAndRefresh,    NotCached,   Fetch]),
            (Some(29),         [Fetch, ServeAndRefresh, Fetch,              ServeAndRefresh,    NotCached,   Fetch]),
            (Some(30),         [Fetch, Fetch,           ServeEmptyAndFetch, ServeEmptyAndFetch, NotCached,   Fetch]),
            (None,             [Fetch, Fetch,           ServeEmptyAndFetch, ServeEmptyAndFetch, NotCached,   Fetch]),
        ];
        let now = Timestamp::from_millis(1_000_000);
        for (age, row) in table {
            let entry = age.map(|age: i64| entry_at(1_000_000 - age * 1000));
            for (mode, expected) in
                [Plain, Async, EmptyOnMiss, AsyncEmptyOnMiss, OnlyIfCached, Refresh].into_iter().zip(row)
            {
                assert_eq!(decide(entry.as_ref(), &policy(mode), now), expected, "age {age:?}, {mode:?}");
            }
        }
    }

    #[test]
    fn zero_ttl_is_never_fresh() {
        let policy = Policy { ttl: Duration::ZERO, ..Policy::default() };
        let now = Timestamp::from_millis(0);
        assert!(matches!(freshness(Some(&entry_at(0)), &policy, now), Freshness::Stale { .. }));
    }

    #[test]
    fn a_failure_has_its_own_ttl() {
        let policy = Policy { failure_ttl: Some(SECOND), ..policy(Mode::Plain) };
        let failure = EntryFacts { is_failure: true, ..entry_at(0) };
        let after = |millis| freshness(Some(&failure), &policy, Timestamp::from_millis(millis));
        assert!(matches!(after(999), Freshness::Fresh { .. }));
        assert!(matches!(after(1000), Freshness::Stale { .. }));
        let careless = Policy { failure_ttl: None, ..policy };
        assert_eq!(freshness(Some(&failure), &careless, Timestamp::from_millis(0)), Freshness::Missing);
    }

    #[test]
    fn a_lifetime_of_its_own_counts_for_who_honours_it() {
        let entry = EntryFacts { lifetime: Some(2 * SECOND), ..entry_at(0) };
        let fresh = |honours_expiry, seconds: i64| {
            let policy = Policy { honours_expiry, ..policy(Mode::Plain) };
            matches!(freshness(Some(&entry), &policy, Timestamp::from_millis(seconds * 1000)), Freshness::Fresh { .. })
        };
        assert!(fresh(true, 1) && !fresh(true, 2));
        assert!(fresh(false, 9) && !fresh(false, 10));
    }

    #[test]
    fn a_changed_dependency_is_stale() {
        let changed = EntryFacts { dependencies_changed: true, ..entry_at(0) };
        let found = freshness(Some(&changed), &policy(Mode::Plain), Timestamp::from_millis(1));
        assert!(matches!(found, Freshness::Stale { .. }));
    }

    #[test]
    fn max_stale_zero_serves_nothing_stale_not_even_the_invalidated() {
        let policy = Policy { max_stale: Some(Duration::ZERO), ..policy(Mode::Async) };
        let invalidated = EntryFacts { invalidated: true, ..entry_at(0) };
        assert_eq!(freshness(Some(&invalidated), &policy, Timestamp::from_millis(1)), Freshness::Missing);
    }

    prop_compose! {
        fn any_duration()(millis in prop_oneof![0..100_000u64, any::<u64>()]) -> Duration {
            Duration::from_millis(millis)
        }
    }

    prop_compose! {
        fn any_policy()(
            ttl in any_duration(),
            failure_ttl in proptest::option::of(any_duration()),
            max_stale in proptest::option::of(any_duration()),
            keep in any_duration(),
            mode in prop::sample::select(vec![
                Mode::Plain, Mode::Async, Mode::EmptyOnMiss, Mode::AsyncEmptyOnMiss, Mode::OnlyIfCached, Mode::Refresh,
            ]),
            stale_if_error: bool,
            honours_expiry: bool,
        ) -> Policy {
            Policy { ttl, failure_ttl, max_stale, keep, mode, stale_if_error, honours_expiry }
        }
    }

    prop_compose! {
        fn any_entry()(
            millis in prop_oneof![-100_000..100_000i64, any::<i64>()],
            invalidated: bool,
            is_failure: bool,
            dependencies_changed: bool,
            lifetime in proptest::option::of(any_duration()),
        ) -> EntryFacts {
            let fetched_at = Timestamp::from_millis(millis);
            EntryFacts { fetched_at, invalidated, is_failure, dependencies_changed, lifetime }
        }
    }

    fn any_now() -> impl Strategy<Value = Timestamp> {
        prop_oneof![-100_000..100_000i64, any::<i64>()].prop_map(Timestamp::from_millis)
    }

    fn serves(decision: Decision) -> bool {
        matches!(decision, Decision::Serve | Decision::ServeAndRefresh)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn nothing_is_served_beyond_keep(entry in any_entry(), policy in any_policy(), now in any_now()) {
            let age = now.since(entry.fetched_at).unwrap_or_default();
            if age >= policy.keep {
                prop_assert!(!serves(decide(Some(&entry), &policy, now)));
            }
        }

        #[test]
        fn nothing_is_served_beyond_max_stale(entry in any_entry(), policy in any_policy(), now in any_now()) {
            let ttl = policy.ttl_of(&entry).unwrap_or_default();
            let age = now.since(entry.fetched_at).unwrap_or_default();
            if let Some(max_stale) = policy.max_stale && age >= ttl.saturating_add(max_stale) {
                prop_assert!(!serves(decide(Some(&entry), &policy, now)));
            }
        }

        #[test]
        fn an_invalidated_entry_is_never_fresh(entry in any_entry(), policy in any_policy(), now in any_now()) {
            let entry = EntryFacts { invalidated: true, ..entry };
            let freshness = freshness(Some(&entry), &policy, now);
            let fresh = matches!(freshness, Freshness::Fresh { .. });
            prop_assert!(!fresh);
            prop_assert_ne!(decide(Some(&entry), &policy, now), Decision::Serve);
        }

        #[test]
        fn a_clock_that_goes_backwards_makes_nothing_immortal(entry in any_entry(), policy in any_policy(), now in any_now()) {
            if now < entry.fetched_at {
                prop_assert_ne!(decide(Some(&entry), &policy, now), Decision::Serve);
            }
        }

        #[test]
        fn nothing_is_fresh_for_longer_than_its_ttl(entry in any_entry(), policy in any_policy(), now in any_now()) {
            let ttl = policy.ttl_of(&entry).unwrap_or_default();
            if let Freshness::Fresh { age, left } = freshness(Some(&entry), &policy, now) {
                prop_assert!(age < ttl && age < policy.keep);
                prop_assert_eq!(age + left, ttl);
            }
        }

        #[test]
        fn only_if_cached_never_runs_anything(entry in proptest::option::of(any_entry()), policy in any_policy(), now in any_now()) {
            let policy = Policy { mode: Mode::OnlyIfCached, ..policy };
            let decision = decide(entry.as_ref(), &policy, now);
            prop_assert!(matches!(decision, Decision::Serve | Decision::NotCached));
        }
    }
}
