//! Why a stored result is not fresh, for people: a pure function like [`freshness`](crate::policy::freshness).

use std::time::Duration;

use super::{EntryFacts, Policy};
use crate::model::time::Timestamp;

/// One reason, of which there may be several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is older than its ttl.
    Old {
        /// Since its fetch.
        age: Duration,
        /// For how long it was fresh.
        ttl: Duration,
        /// How much shorter that is because of the jitter.
        jitter: Duration,
    },
    /// It was invalidated, before or during its fetch.
    Invalidated,
    /// Files that it depends on have changed.
    Dependencies,
    /// Its program is another one.
    Program,
    /// Its fetch ended so far in the future: a clock was set.
    Future(Duration),
    /// The policy does not serve results with its exit status.
    Status(u8),
    /// It is too old to be served as a stale result.
    TooStale {
        /// How far past its ttl.
        over: Duration,
        /// How far it may be.
        max_stale: Duration,
    },
    /// It has not been fetched for longer than it is kept.
    Expired {
        /// Since its fetch.
        age: Duration,
        /// The shorter one of how long the call that stored it keeps it and how long this caller would.
        keep: Duration,
    },
}

/// Why `entry` is not fresh under `policy` at `now`; nothing if it is.
pub fn reasons(entry: &EntryFacts, policy: &Policy, now: Timestamp) -> Vec<Reason> {
    let Some(ttl) = policy.ttl_of(entry) else { return vec![Reason::Status(entry.exit)] };
    let elapsed = now.since(entry.fetched_at);
    let age = elapsed.unwrap_or_default();
    let mut reasons = Vec::new();
    if entry.invalidated {
        reasons.push(Reason::Invalidated);
    }
    if entry.dependencies_changed {
        reasons.push(Reason::Dependencies);
    }
    if entry.program_changed {
        reasons.push(Reason::Program);
    }
    if elapsed.is_none() {
        reasons.push(Reason::Future(entry.fetched_at.since(now).unwrap_or_default()));
    } else if age >= ttl {
        reasons.push(Reason::Old { age, ttl, jitter: policy.jitter_of(entry) });
    }
    if age >= policy.keep || now >= entry.expires_at {
        let kept = entry.expires_at.since(entry.fetched_at).unwrap_or_default();
        reasons.push(Reason::Expired { age, keep: policy.keep.min(kept) });
    } else if let Some(max_stale) = policy.max_stale
        && !reasons.is_empty()
        && age.saturating_sub(ttl) >= max_stale
    {
        reasons.push(Reason::TooStale { over: age.saturating_sub(ttl), max_stale });
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Freshness, Jitter, freshness};
    use proptest::option;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn entry() -> EntryFacts {
        EntryFacts {
            key: 0,
            fetched_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(90_000),
            exit: 0,
            invalidated: false,
            dependencies_changed: false,
            program_changed: false,
            lifetime: None,
        }
    }

    #[test]
    fn the_table_of_reasons() {
        let policy = Policy { ttl: 10 * SECOND, max_stale: Some(5 * SECOND), keep: 60 * SECOND, ..Policy::default() };
        let old = |seconds| Reason::Old { age: seconds * SECOND, ttl: 10 * SECOND, jitter: Duration::ZERO };
        let too_stale = |over| Reason::TooStale { over: over * SECOND, max_stale: 5 * SECOND };
        let expired = Reason::Expired { age: 60 * SECOND, keep: 60 * SECOND };
        let changed = EntryFacts { dependencies_changed: true, invalidated: true, ..entry() };
        for (entry, seconds, expected) in [
            (entry(), 9, vec![]),
            (entry(), 10, vec![old(10)]),
            (entry(), 15, vec![old(15), too_stale(5)]),
            (entry(), 60, vec![old(60), expired]),
            (changed, 1, vec![Reason::Invalidated, Reason::Dependencies]),
            (entry(), -2, vec![Reason::Future(2 * SECOND)]),
            (EntryFacts { exit: 3, ..entry() }, 1, vec![Reason::Status(3)]),
            (EntryFacts { program_changed: true, ..entry() }, 10, vec![Reason::Program, old(10)]),
            (
                EntryFacts { expires_at: Timestamp::from_millis(7_000), ..entry() },
                7,
                vec![Reason::Expired { age: 7 * SECOND, keep: 7 * SECOND }],
            ),
        ] {
            assert_eq!(reasons(&entry, &policy, Timestamp::from_millis(seconds * 1000)), expected, "{seconds}");
        }
    }

    fn seconds() -> impl Strategy<Value = Duration> {
        (0..100u64).prop_map(Duration::from_secs)
    }

    proptest! {
        #[test]
        fn there_is_a_reason_if_and_only_if_it_is_not_fresh(
            now in -50..150i64,
            (ttl, keep) in (seconds(), seconds()),
            (failure_ttl, max_stale, lifetime) in (option::of(seconds()), option::of(seconds()), option::of(seconds())),
            (invalidated, fails, dependencies_changed, honours_expiry) in any::<(bool, bool, bool, bool)>(),
            (jitter, program_changed) in (any::<u32>().prop_map(Jitter::Share), any::<bool>()),
        ) {
            let exit = u8::from(fails);
            let entry = EntryFacts { invalidated, exit, dependencies_changed, program_changed, lifetime, ..entry() };
            let policy = Policy { ttl, keep, failure_ttl, max_stale, honours_expiry, jitter, ..Policy::default() };
            let now = Timestamp::from_millis(now * 1000);
            let found = reasons(&entry, &policy, now);
            let freshness = freshness(Some(&entry), &policy, now);
            prop_assert_eq!(found.is_empty(), matches!(freshness, Freshness::Fresh { .. }));
            let is_final = |reason: &Reason| {
                matches!(
                    reason,
                    Reason::Status(_) | Reason::Program | Reason::Expired { .. } | Reason::TooStale { .. }
                )
            };
            prop_assert_eq!(found.iter().any(is_final), freshness == Freshness::Missing, "{:?}", found);
        }
    }
}
