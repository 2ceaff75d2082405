//! The table of decisions, and properties of every entry, policy and instant.

use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn entry_at(millis: i64) -> EntryFacts {
    EntryFacts {
        key: 0,
        fetched_at: Timestamp::from_millis(millis),
        expires_at: Timestamp::from_millis(i64::MAX),
        exit: 0,
        invalidated: false,
        dependencies_changed: false,
        program_changed: false,
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
    let now = Timestamp::from_millis(1_000_000);
    let aged = |age: i64| entry_at(1_000_000 - age * 1000);
    // Stored by `--keep 7s`, as a failure, with a lifetime of its own.
    let kept = |age| EntryFacts { expires_at: aged(age).fetched_at.after(7 * SECOND), ..aged(age) };
    let failed = |age| EntryFacts { exit: 3, ..aged(age) };
    let timed = |age| EntryFacts { lifetime: Some(2 * SECOND), ..aged(age) };
    #[rustfmt::skip]
    let table = [
        // entry           Plain  Async            EmptyOnMiss         AsyncEmptyOnMiss    OnlyIfCached Refresh
        (Some(aged(5)),    [Serve, Serve,           Serve,              Serve,              Serve,       Fetch]),
        (Some(aged(10)),   [Fetch, ServeAndRefresh, Fetch,              ServeAndRefresh,    NotCached,   Fetch]),
        (Some(aged(29)),   [Fetch, ServeAndRefresh, Fetch,              ServeAndRefresh,    NotCached,   Fetch]),
        (Some(aged(30)),   [Fetch, Fetch,           ServeEmptyAndFetch, ServeEmptyAndFetch, NotCached,   Fetch]),
        (Some(kept(6)),    [Serve, Serve,           Serve,              Serve,              Serve,       Fetch]),
        (Some(kept(7)),    [Fetch, Fetch,           ServeEmptyAndFetch, ServeEmptyAndFetch, NotCached,   Fetch]),
        (Some(failed(5)),  [Fetch, Fetch,           ServeEmptyAndFetch, ServeEmptyAndFetch, NotCached,   Fetch]),
        (Some(timed(1)),   [Serve, Serve,           Serve,              Serve,              Serve,       Fetch]),
        (Some(timed(2)),   [Fetch, ServeAndRefresh, Fetch,              ServeAndRefresh,    NotCached,   Fetch]),
        (None,             [Fetch, Fetch,           ServeEmptyAndFetch, ServeEmptyAndFetch, NotCached,   Fetch]),
    ];
    for (entry, row) in table {
        for (mode, expected) in
            [Plain, Async, EmptyOnMiss, AsyncEmptyOnMiss, OnlyIfCached, Refresh].into_iter().zip(row)
        {
            assert_eq!(decide(entry.as_ref(), &policy(mode), now), expected, "{entry:?}, {mode:?}");
        }
    }
}

#[test]
fn an_entry_is_missing_once_it_is_older_than_keep() {
    let policy = Policy { max_stale: None, ..policy(Mode::Async) };
    let after = |millis| freshness(Some(&entry_at(0)), &policy, Timestamp::from_millis(millis));
    assert!(matches!(after(99_999), Freshness::Stale { .. }));
    assert_eq!(after(100_000), Freshness::Missing);
    // Also where it would be fresh for longer.
    let longer = Policy { ttl: 200 * SECOND, ..policy };
    let after = |millis| freshness(Some(&entry_at(0)), &longer, Timestamp::from_millis(millis));
    assert!(matches!(after(99_999), Freshness::Fresh { .. }));
    assert_eq!(after(100_000), Freshness::Missing);
}

#[test]
fn zero_ttl_is_never_fresh() {
    let policy = Policy { ttl: Duration::ZERO, ..Policy::default() };
    let now = Timestamp::from_millis(0);
    assert!(matches!(freshness(Some(&entry_at(0)), &policy, now), Freshness::Stale { .. }));
}

#[test]
fn a_status_that_is_not_stored_has_a_ttl_of_its_own_or_none() {
    let policy = Policy { failure_ttl: Some(SECOND), ..policy(Mode::Plain) };
    let failure = EntryFacts { exit: 3, ..entry_at(0) };
    let after = |millis| freshness(Some(&failure), &policy, Timestamp::from_millis(millis));
    assert!(matches!(after(999), Freshness::Fresh { .. }));
    assert!(matches!(after(1000), Freshness::Stale { .. }));
    let without_failure_ttl = Policy { failure_ttl: None, ..policy.clone() };
    assert_eq!(freshness(Some(&failure), &without_failure_ttl, Timestamp::from_millis(0)), Freshness::Missing);
    let accepting_3 = Policy { cache_exit: "0,3".parse().unwrap(), ..policy.clone() };
    assert!(matches!(freshness(Some(&failure), &accepting_3, Timestamp::from_millis(9_999)), Freshness::Fresh { .. }));
    // Success can be left out, too.
    let only_failures = Policy { cache_exit: "3".parse().unwrap(), failure_ttl: None, ..policy };
    assert_eq!(freshness(Some(&entry_at(0)), &only_failures, Timestamp::from_millis(0)), Freshness::Missing);
}

#[test]
fn an_entrys_own_lifetime_bounds_the_ttl_and_replaces_it_where_it_is_honoured() {
    let fresh = |lifetime: u32, honours_expiry, seconds: i64| {
        let entry = EntryFacts { lifetime: Some(lifetime * SECOND), ..entry_at(0) };
        let policy = Policy { honours_expiry, ..policy(Mode::Plain) };
        matches!(freshness(Some(&entry), &policy, Timestamp::from_millis(seconds * 1000)), Freshness::Fresh { .. })
    };
    assert!(fresh(2, true, 1) && !fresh(2, true, 2));
    assert!(fresh(2, false, 1) && !fresh(2, false, 2));
    assert!(fresh(20, true, 19) && !fresh(20, true, 20));
    assert!(fresh(20, false, 9) && !fresh(20, false, 10));
}

#[test]
fn jitter_shortens_the_ttl_and_no_lifetime() {
    let policy = Policy { jitter: Jitter::Share(500_000), failure_ttl: Some(4 * SECOND), ..policy(Mode::Plain) };
    let of_key = |key| EntryFacts { key, ..entry_at(0) };
    let ttls: Vec<_> = (0..100).map(|key| policy.ttl_of(&of_key(key)).unwrap()).collect();
    assert!(ttls.iter().all(|ttl| *ttl > 5 * SECOND && *ttl <= 10 * SECOND), "{ttls:?}");
    let (first, last) = (ttls.iter().min().unwrap(), ttls.iter().max().unwrap());
    assert!(*first < 6 * SECOND && *last > 9 * SECOND, "{ttls:?}");
    for key in 0..100 {
        let entry = of_key(key);
        assert_eq!(policy.ttl_of(&entry).unwrap() + policy.jitter_of(&entry), 10 * SECOND);
        let failure = policy.ttl_of(&EntryFacts { exit: 3, ..entry }).unwrap();
        assert!(failure > 2 * SECOND && failure <= 4 * SECOND, "{failure:?}");
        let timed = EntryFacts { lifetime: Some(3 * SECOND), ..entry };
        assert_eq!((policy.ttl_of(&timed), policy.jitter_of(&timed)), (Some(3 * SECOND), Duration::ZERO));
        let honouring = Policy { honours_expiry: true, ..policy.clone() };
        let timed = EntryFacts { lifetime: Some(30 * SECOND), ..entry };
        assert_eq!(honouring.ttl_of(&timed), Some(30 * SECOND));
    }
}

#[test]
fn a_changed_dependency_is_stale() {
    let changed = EntryFacts { dependencies_changed: true, ..entry_at(0) };
    let found = freshness(Some(&changed), &policy(Mode::Plain), Timestamp::from_millis(1));
    assert!(matches!(found, Freshness::Stale { .. }));
}

#[test]
fn the_result_of_another_program_is_missing() {
    let changed = EntryFacts { program_changed: true, ..entry_at(0) };
    let policy = policy(Mode::Async);
    assert_eq!(freshness(Some(&changed), &policy, Timestamp::from_millis(1)), Freshness::Missing);
    assert_eq!(decide(Some(&changed), &policy, Timestamp::from_millis(1)), Decision::Fetch);
}

#[test]
fn a_stale_entry_older_than_the_threshold_is_not_served() {
    for mode in [Mode::Async, Mode::AsyncEmptyOnMiss] {
        let policy = Policy { max_stale: None, fetch_on_stale_threshold: Some(30 * SECOND), ..policy(mode) };
        let decision = |seconds: i64| decide(Some(&entry_at(0)), &policy, Timestamp::from_millis(seconds * 1000));
        assert_eq!([5, 30, 31].map(decision), [Decision::Serve, Decision::ServeAndRefresh, Decision::Fetch]);
    }
}

#[test]
fn max_stale_zero_serves_no_stale_entry_not_even_an_invalidated_one() {
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
        cache_exit in prop::sample::select(vec!["0", "0,3", "3", "any"]),
        failure_ttl in proptest::option::of(any_duration()),
        max_stale in proptest::option::of(any_duration()),
        keep in any_duration(),
        mode in prop::sample::select(vec![
            Mode::Plain, Mode::Async, Mode::EmptyOnMiss, Mode::AsyncEmptyOnMiss, Mode::OnlyIfCached, Mode::Refresh,
        ]),
        fetch_on_stale_threshold in proptest::option::of(any_duration()),
        (stale_if_error, honours_expiry) in any::<(bool, bool)>(),
        jitter in prop_oneof![
            Just(Jitter::NONE),
            any::<u32>().prop_map(Jitter::Share),
            any_duration().prop_map(Jitter::Span),
        ],
    ) -> Policy {
        let cache_exit = cache_exit.parse().unwrap();
        Policy {
            ttl,
            cache_exit,
            failure_ttl,
            jitter,
            max_stale,
            fetch_on_stale_threshold,
            keep,
            mode,
            stale_if_error,
            honours_expiry,
        }
    }
}

prop_compose! {
    fn any_entry()(
        millis in prop_oneof![-100_000..100_000i64, any::<i64>()],
        kept in any_duration(),
        exit in prop::sample::select(vec![0, 3, 255]),
        invalidated: bool,
        (dependencies_changed, program_changed) in any::<(bool, bool)>(),
        lifetime in proptest::option::of(any_duration()),
        key: u64,
    ) -> EntryFacts {
        let fetched_at = Timestamp::from_millis(millis);
        let expires_at = fetched_at.after(kept);
        EntryFacts { key, fetched_at, expires_at, exit, invalidated, dependencies_changed, program_changed, lifetime }
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
        if age >= policy.keep || now >= entry.expires_at {
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
    fn an_entry_from_the_future_is_not_fresh(entry in any_entry(), policy in any_policy(), now in any_now()) {
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
            prop_assert!(entry.lifetime.is_none_or(|lifetime| age < lifetime));
        }
    }

    #[test]
    fn a_status_that_is_not_stored_is_not_served(entry in any_entry(), policy in any_policy(), now in any_now()) {
        let policy = Policy { failure_ttl: None, ..policy };
        if !policy.cache_exit.contains(entry.exit) {
            prop_assert!(!serves(decide(Some(&entry), &policy, now)));
        }
    }

    #[test]
    fn only_if_cached_runs_nothing(entry in proptest::option::of(any_entry()), policy in any_policy(), now in any_now()) {
        let policy = Policy { mode: Mode::OnlyIfCached, ..policy };
        let decision = decide(entry.as_ref(), &policy, now);
        prop_assert!(matches!(decision, Decision::Serve | Decision::NotCached));
    }
}
