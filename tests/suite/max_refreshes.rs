//! `max_refreshes`: so many background fetches at a time for a whole database.

use nix::sys::signal::Signal;

use crate::common::{Gate, Home, wait_until};

const LIMIT: &str = "CACHEBACK_MAX_REFRESHES";
const STALE: [&str; 4] = ["--ttl", "0", "--async", "--status"];

/// A home where `one`, `two` and `three` are stored, and where each fetch of them waits at the gate from now on.
fn with_entries() -> (Home, Gate) {
    let home = Home::new();
    let gate = home.gate("commands");
    for name in ["one", "two", "three"] {
        home.script(name, &format!("test ! -e stored || {}; echo {name}", gate.pass()));
        home.run([name]).stdout(format!("{name}\n"));
    }
    std::fs::write(home.work("stored"), "").unwrap();
    (home, gate)
}

/// What `--status` says of a call of `name` that takes a stale result, with room for `limit` background fetches.
#[track_caller]
fn detail(home: &Home, limit: &str, name: &str) -> Option<String> {
    let outcome = home.running(STALE).arg(name).env(LIMIT, limit).go();
    outcome.stdout(format!("{name}\n")).status(0);
    outcome.cache_status().get("detail").map(str::to_owned)
}

#[test]
fn who_comes_later_leaves_the_stale_result_to_the_next_caller() {
    let (home, gate) = with_entries();
    assert_eq!(detail(&home, "2", "one").as_deref(), Some("refreshing"));
    assert_eq!(detail(&home, "2", "two").as_deref(), Some("refreshing"));
    home.until_runs("two", 2);
    assert_eq!(detail(&home, "2", "three").as_deref(), Some("deferred"));
    // One that goes on already needs no room.
    assert_eq!(detail(&home, "2", "one").as_deref(), Some("refreshing"));
    assert_eq!(home.runs("three"), 1);
    let text = home.cacheback(["explain", "--ttl", "0", "--async", "three"]).env(LIMIT, "2").go().stdout_text();
    assert!(text.contains("would print the stale result; no refresh now, because 2 of 2 background"), "{text}");
    assert!(text.contains("2 of 2 background fetches are running"), "{text}");
    let stats = home.cacheback(["stats"]).env(LIMIT, "3").go().stdout_text();
    assert!(stats.contains("2 of 3 background fetches are running"), "{stats}");
    let stats = home.cacheback(["stats", "--json"]).env(LIMIT, "3").go().json();
    assert_eq!((&stats["running"]["refreshes"], &stats["running"]["limit"]), (&2.into(), &3.into()));
    gate.open();
    home.until_quiet();
    assert_eq!(detail(&home, "2", "three").as_deref(), Some("refreshing"));
    home.until_quiet();
    assert_eq!(home.runs("three"), 2);
}

#[test]
fn a_fetcher_that_is_killed_leaves_its_room() {
    let (home, gate) = with_entries();
    assert_eq!(detail(&home, "1", "one").as_deref(), Some("refreshing"));
    home.until_runs("one", 2);
    assert_eq!(detail(&home, "1", "two").as_deref(), Some("deferred"));
    home.processes().iter().for_each(|process| process.kill(Signal::SIGKILL));
    wait_until("the fetcher is gone", || home.processes().is_empty());
    assert_eq!(detail(&home, "1", "two").as_deref(), Some("refreshing"));
    gate.open();
    home.until_quiet();
}

#[test]
fn a_caller_that_finds_nothing_stored_is_deferred_too_and_waits_for_nobody() {
    let (home, gate) = with_entries();
    home.counter("new");
    assert_eq!(detail(&home, "1", "one").as_deref(), Some("refreshing"));
    for option in ["--no-fetch-on-miss", "--warm"] {
        let outcome = home.running(["--status", option, "new"]).env(LIMIT, "1").go();
        outcome.stdout("").status(0);
        assert_eq!(outcome.cache_status().get("detail"), Some("deferred"), "{option}");
    }
    let warm = home.running(["--warm", "new"]).env(LIMIT, "1").go();
    warm.status(0).warned_once().stderr_has("no fetch is started: as many run in the background as max_refreshes = 1");
    home.running(["--warm", "-q", "new"]).env(LIMIT, "1").go().stderr("").status(0);
    home.running(["--warm", "one"]).env(LIMIT, "1").go().stderr("").status(0);
    // A fetch that somebody waits for needs no room.
    home.running(["new"]).env(LIMIT, "1").go().stdout("1\n").status(0);
    gate.open();
    home.until_quiet();
}

#[test]
fn an_invalidation_refreshes_no_more_at_a_time() {
    let (home, gate) = with_entries();
    home.configure("[defaults]\nmax_refreshes = 1\n");
    home.invalidate(["--all"]).status(0);
    let running = || ["one", "two", "three"].map(|name| home.runs(name)).iter().sum::<usize>() - 3;
    wait_until("the first refresh has begun", || running() == 1);
    gate.let_one_go();
    wait_until("the second refresh has begun", || running() >= 2);
    assert_eq!(running(), 2);
    gate.open();
    home.until_quiet();
    assert_eq!(running(), 3);
}

#[test]
fn it_is_a_number_for_the_whole_database() {
    let home = Home::new();
    home.counter("count");
    for wrong in ["[[rule]]\ncommand = 'count'\nmax_refreshes = 1\n", "[defaults]\nmax_refreshes = 0\n"] {
        home.configure(wrong);
        home.cacheback(["config", "check"]).go().status(125);
    }
    home.configure("[[rule]]\ncommand = 'count'\nmax_refreshes = 1\n");
    let checked = home.cacheback(["config", "check"]).go();
    assert!(
        format!("{}{}", checked.stdout_text(), checked.stderr_text()).contains("expected in [defaults]"),
        "{checked}"
    );
    home.configure("[defaults]\nmax_refreshes = 3\n");
    let shown = home.cacheback(["config", "show", "count"]).go().status(0).stdout_text();
    assert!(shown.contains("max_refreshes") && shown.contains("defaults"), "{shown}");
    let outcome = home.running(["count"]).env(LIMIT, "many").go();
    outcome.stdout("1\n").status(0);
    assert!(outcome.stderr_text().contains("CACHEBACK_MAX_REFRESHES is 'many' and counts as not set"), "{outcome}");
}
