//! Clocks that step: no entry is fresh beyond its ttl, none stays for ever, no number overflows.
//!
//! Each decision is compared with a second one, made with wider numbers. The program is run with entries of many times
//! instead of many clocks: an entry fetched in the future is one whose clock has been set back since.

use std::time::Duration;

use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::KeyParts;
use cacheback::program::model::time::Timestamp;
use cacheback::program::model::transcript::{Stream, Transcript};
use cacheback::program::policy::{Decision, EntryFacts, FetchPolicy, Freshness, Mode, Policy, decide, freshness};
use cacheback::program::store::local::{Place, SqliteStore};
use cacheback::program::store::{NewEntry, Recipe, Store, Summary};

use super::Chapter;
use super::common::Home;
use super::options::Asked;
use super::random::Random;
use super::report::Report;

pub const CHAPTER: Chapter = Chapter {
    name: "clock",
    claim: "however the clock steps, nothing is served as fresh beyond its ttl",
    options: &[("decisions", "random clocks, policies and entries", 200_000)],
    run,
};

const SECOND: i64 = 1000;
const DAY: i64 = 24 * 60 * 60 * SECOND;
/// Around 1970, the last second of 32 bits, the last second of the year 9999, and both ends of the numbers.
const INSTANTS: [i64; 9] =
    [i64::MIN, -DAY, -1, 0, 1, (1 << 31) * SECOND, 253_402_300_799 * SECOND, i64::MAX - 1, i64::MAX];

fn run(asked: &Asked) -> Report {
    let mut report = Report::default();
    let mut random = Random::branch(asked.seed, 0);
    for _ in 0..asked.number(&CHAPTER, "decisions") {
        let (entry, policy, now) = (any_entry(&mut random), any_policy(&mut random), any_instant(&mut random));
        let (found, expected) = (freshness(Some(&entry), &policy, now), model(&entry, &policy, now));
        let is_shown_right = match found {
            Freshness::Fresh { age, left } => {
                Some(age) < ttl(&entry, &policy) && Some(age + left) == ttl(&entry, &policy)
            }
            Freshness::Stale { age, over } => over <= age && age < policy.keep,
            Freshness::Missing => true,
        };
        let decision = decide(Some(&entry), &policy, now);
        if kind(found) != expected || !is_shown_right || decision != action(expected, policy.mode) {
            report.failures.push(format!("{entry:?} under {policy:?} at {now:?}: {found:?}, {decision:?}"));
        }
        report.count("decisions", 1);
    }
    a_clock_that_steps(&mut random, &mut report);
    report.count("instants", through_the_program());
    report
}

fn any_instant(random: &mut Random) -> Timestamp {
    let near = random.within(0..200_000) as i64 - 100_000;
    Timestamp::from_millis(match random.index(4) {
        0 => random.pick(&INSTANTS).saturating_add(near),
        1 => random.next() as i64,
        _ => near,
    })
}

fn any_duration(random: &mut Random) -> Duration {
    match random.index(6) {
        0 => Duration::ZERO,
        1 => Duration::MAX,
        2 => Duration::from_secs(random.next()),
        3 => Duration::from_nanos(random.within(0..3_000_000)),
        _ => Duration::from_millis(random.within(0..200_000)),
    }
}

fn any_entry(random: &mut Random) -> EntryFacts {
    let fetched_at = any_instant(random);
    EntryFacts {
        key: 0,
        fetched_at,
        expires_at: if random.one_in(2) { fetched_at.after(any_duration(random)) } else { any_instant(random) },
        exit: if random.one_in(4) { 3 } else { 0 },
        invalidated: random.one_in(8),
        dependencies_changed: random.one_in(8),
        program_changed: false,
        lifetime: random.one_in(4).then(|| any_duration(random)),
    }
}

fn any_policy(random: &mut Random) -> Policy {
    let modes =
        [Mode::Refresh, Mode::Plain, Mode::Async, Mode::EmptyOnMiss, Mode::AsyncEmptyOnMiss, Mode::OnlyIfCached];
    let mut policy = Policy {
        mode: *random.pick(&modes),
        ttl: any_duration(random),
        keep: any_duration(random),
        cache_exit: random.pick(&["0", "0", "0,3", "any"]).parse().expect("exit statuses"),
        failure_ttl: random.one_in(2).then(|| any_duration(random)),
        honours_expiry: random.one_in(2),
        ..Policy::default()
    };
    policy.max_stale = random.one_in(2).then(|| any_duration(random));
    policy
}

/// For how long an entry is fresh; `None` if this reader does not accept its status.
fn ttl(entry: &EntryFacts, policy: &Policy) -> Option<Duration> {
    let lifetime = entry.lifetime.unwrap_or(Duration::MAX);
    match policy.cache_exit.contains(entry.exit) {
        false => policy.failure_ttl.map(|ttl| ttl.min(lifetime)),
        true if policy.honours_expiry && entry.lifetime.is_some() => Some(lifetime),
        true => Some(policy.ttl.min(lifetime)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fresh,
    Stale,
    Missing,
}

fn kind(freshness: Freshness) -> Kind {
    match freshness {
        Freshness::Fresh { .. } => Kind::Fresh,
        Freshness::Stale { .. } => Kind::Stale,
        Freshness::Missing => Kind::Missing,
    }
}

/// The rules of freshness in the order of the documentation, in nanoseconds that cannot overflow.
fn model(entry: &EntryFacts, policy: &Policy, now: Timestamp) -> Kind {
    const NANOS: i128 = 1_000_000;
    let nanos = |duration: Duration| duration.as_nanos() as i128;
    let elapsed = (i128::from(now.as_millis()) - i128::from(entry.fetched_at.as_millis())) * NANOS;
    let Some(ttl) = ttl(entry, policy) else { return Kind::Missing };
    let (age, ttl) = (elapsed.max(0), nanos(ttl));
    let is_marked = entry.invalidated || entry.dependencies_changed;
    let is_too_old = policy.max_stale.is_some_and(|limit| (age - ttl).max(0) >= nanos(limit));
    if age >= nanos(policy.keep) || now >= entry.expires_at {
        Kind::Missing
    } else if elapsed >= 0 && age < ttl && !is_marked {
        Kind::Fresh
    } else if is_too_old {
        Kind::Missing
    } else {
        Kind::Stale
    }
}

/// What each mode does, by the table in the documentation.
fn action(kind: Kind, mode: Mode) -> Decision {
    match (mode, kind) {
        (Mode::Refresh, _) => Decision::Fetch,
        (_, Kind::Fresh) => Decision::Serve,
        (Mode::OnlyIfCached, _) => Decision::NotCached,
        (Mode::Async | Mode::AsyncEmptyOnMiss, Kind::Stale) => Decision::ServeAndRefresh,
        (Mode::EmptyOnMiss | Mode::AsyncEmptyOnMiss, Kind::Missing) => Decision::ServeEmptyAndFetch,
        (Mode::Plain | Mode::EmptyOnMiss, Kind::Stale) | (Mode::Plain | Mode::Async, Kind::Missing) => Decision::Fetch,
    }
}

/// Time passes, jumps forward and is set back; an entry that is not fresh is fetched again. An entry that is served as
/// fresh was fetched less than its ttl ago, plus what the clock was set back since.
fn a_clock_that_steps(random: &mut Random, report: &mut Report) {
    let policy = Policy::default();
    let ttl = policy.ttl.as_millis() as i64;
    for _ in 0..200 {
        let (mut clock, mut really, mut fetched_really) = (1_700_000_000_000_i64, 0_i64, 0_i64);
        let (mut fetched_at, mut stepped_back) = (clock, 0_i64);
        for _ in 0..200 {
            let passed = random.within(0..2 * ttl as u64) as i64;
            clock += passed;
            really += passed;
            if random.one_in(10) {
                let step = random.within(0..2 * DAY as u64) as i64 - DAY;
                clock += step;
                stepped_back += (-step).max(0);
            }
            let entry = EntryFacts {
                key: 0,
                fetched_at: Timestamp::from_millis(fetched_at),
                expires_at: Timestamp::from_millis(fetched_at).after(policy.keep),
                exit: 0,
                invalidated: false,
                dependencies_changed: false,
                program_changed: false,
                lifetime: None,
            };
            match decide(Some(&entry), &policy, Timestamp::from_millis(clock)) {
                // A clock that is set back gives an entry exactly this much more time.
                Decision::Serve if really - fetched_really >= ttl + stepped_back => {
                    report.failures.push(format!("fresh {} ms after its fetch", really - fetched_really));
                }
                Decision::Serve => {}
                _ => (fetched_at, fetched_really, stepped_back) = (clock, really, 0),
            }
        }
        report.count("stepping clocks", 1);
    }
}

/// Entries fetched at all times are looked up, shown, refreshed, invalidated and pruned.
fn through_the_program() -> u64 {
    let now = Timestamp::now().as_millis();
    let near = [now - 20 * 60 * SECOND, now - SECOND, now + 3600 * SECOND, now + 400 * 365 * DAY];
    let instants: Vec<i64> = INSTANTS.into_iter().chain(near).collect();
    for fetched_at in &instants {
        let home = Home::new();
        home.counter("count");
        let store_at = |fetched_at: i64| {
            let invocation = Invocation::new(["count"]);
            let parts = KeyParts { argv: invocation.argv.clone(), ..KeyParts::default() };
            let keep = Policy::default().keep;
            let recipe = Recipe::new(
                &invocation,
                &home.work(""),
                &FetchPolicy::default(),
                &Policy { keep, ..Policy::default() },
            );
            let mut transcript = Transcript::default();
            transcript.push(Stream::Stdout, b"stored\n");
            let summary = Summary {
                took: Duration::MAX,
                size: transcript.as_bytes().len() as u64,
                ..Summary::new(parts.to_key(), Timestamp::from_millis(fetched_at), keep)
            };
            let new = NewEntry::new(summary, &parts, &recipe);
            let store = SqliteStore::create(&Place::create(home.db()).expect("ours")).expect("a database");
            let mark = store.mark().expect("a database");
            store.store(&new, &mut transcript.as_bytes(), mark).expect("a database");
        };
        store_at(*fetched_at);
        let is_fresh = (now - 600 * SECOND..=now + SECOND).contains(fetched_at);
        let is_kept = (now - 30 * DAY..).contains(fetched_at);
        // The local time does not matter.
        for zone in ["UTC", "America/New_York", "Pacific/Kiritimati"] {
            let cached = home.running(["--only-if-cached", "--status", "count"]).env("TZ", zone).go();
            let expected = if is_fresh { "stored\n" } else { "" };
            cached.stdout(expected).status(i32::from(!is_fresh));
        }
        let stale = home.run(["--async", "--status", "count"]);
        stale.stdout(if is_kept { "stored\n" } else { "1\n" }).status(0);
        home.until_quiet();
        // The entry is a new one now, unless it was fresh.
        home.run(["--status", "count"]).stdout(if is_fresh { "stored\n" } else { "1\n" }).status(0);
        store_at(*fetched_at);
        let store = SqliteStore::create(&Place::create(home.db()).expect("ours")).expect("a database");
        for at in INSTANTS {
            store.prune(Timestamp::from_millis(at), u64::MAX).expect("a database");
        }
        drop(store);
        store_at(*fetched_at);
        home.invalidate(["count"]).counted(1);
        home.until_quiet();
        home.delete(["--all"]).counted(1);
    }
    instants.len() as u64
}
