//! Which entries are served, under which options.

use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Home, wait_until};

/// A home where `count` is stored, with the output `1`.
fn with_an_entry() -> Home {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).stdout("1\n").status(0);
    home
}

#[test]
fn each_mode_with_a_fresh_entry() {
    let home = with_an_entry();
    for mode in
        [&[][..], &["--async"], &["--no-fetch-on-miss"], &["--async", "--no-fetch-on-miss"], &["--only-if-cached"]]
    {
        home.running(mode).arg("count").go().stdout("1\n").stderr("").status(0);
    }
    home.until_quiet();
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn each_mode_with_a_stale_entry() {
    for (mode, stdout, status, runs) in [
        (&[][..], "2\n", 0, 2),
        (&["--async"], "1\n", 0, 2),
        (&["--no-fetch-on-miss"], "2\n", 0, 2),
        (&["--async", "--no-fetch-on-miss"], "1\n", 0, 2),
        (&["--only-if-cached"], "", 1, 1),
    ] {
        let home = with_an_entry();
        home.running(["--ttl", "0"]).arg_all(mode).arg("count").go().stdout(stdout).stderr("").status(status);
        home.until_quiet();
        assert_eq!(home.runs("count"), runs, "{mode:?}");
    }
}

#[test]
fn each_mode_without_an_entry() {
    for (mode, stdout, status, runs) in [
        (&[][..], "1\n", 0, 1),
        (&["--async"], "1\n", 0, 1),
        (&["--no-fetch-on-miss"], "none", 0, 1),
        (&["--async", "--no-fetch-on-miss"], "none", 0, 1),
        (&["--only-if-cached"], "", 1, 0),
    ] {
        let home = Home::new();
        home.counter("count");
        home.running(["--empty", "none"]).arg_all(mode).arg("count").go().stdout(stdout).stderr("").status(status);
        home.until_quiet();
        assert_eq!(home.runs("count"), runs, "{mode:?}");
    }
}

#[test]
fn an_entry_is_fresh_for_its_ttl_and_not_longer() {
    let home = Home::new();
    home.counter("count");
    let before = Instant::now();
    home.run(["count"]);
    let fetched = Instant::now();
    wait_until("the entry is stale", || {
        let after = before.elapsed();
        let served = home.run(["--only-if-cached", "--ttl", "300ms", "count"]).status.success();
        // While it cannot be older than its ttl, it must be served.
        assert!(served || before.elapsed() >= Duration::from_millis(300), "stale too soon, after {after:?}");
        !served
    });
    assert!(fetched.elapsed() < Duration::from_secs(15), "fresh for too long");
}

#[test]
fn the_ttl_is_that_of_the_reader() {
    let home = Home::new();
    home.counter("count");
    home.run(["--ttl", "0", "count"]).stdout("1\n");
    home.run(["--ttl", "1h", "count"]).stdout("1\n");
    home.run(["--ttl", "0", "count"]).stdout("2\n");
}

#[test]
fn the_age_counts_from_the_end_of_the_fetch() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let caller = home.start(["slow"]);
    home.until_runs("slow", 1);
    thread::sleep(Duration::from_millis(1200));
    let released = Instant::now();
    gate.let_one_go();
    caller.wait().stdout("done\n");
    let age = home.run(["--status", "slow"]).cache_status().number("age");
    assert!(age <= released.elapsed().as_secs() as i64, "age is {age}");
}

#[test]
fn the_default_ttl_is_ten_minutes() {
    let home = with_an_entry();
    let status = home.run(["--status", "count"]).cache_status();
    assert!((500..=600).contains(&status.number("ttl")), "{status:?}");
}

#[test]
fn durations_have_several_units() {
    let home = with_an_entry();
    for (ttl, seconds) in [
        ("7200", 7200),
        ("7200s", 7200),
        ("7200000ms", 7200),
        ("120m", 7200),
        ("2h", 7200),
        ("1h 30m", 5400),
        ("7d", 604_800),
    ] {
        let left = home.run(["--status", "--ttl", ttl, "count"]).cache_status().number("ttl");
        assert!((seconds - 60..=seconds).contains(&left), "--ttl {ttl} leaves {left}");
    }
}

#[test]
fn beyond_max_stale_an_entry_counts_as_missing() {
    let home = with_an_entry();
    home.run(["--async", "--ttl", "0", "--max-stale", "0", "count"]).stdout("2\n");
    home.run(["--no-fetch-on-miss", "--empty", "none", "--ttl", "0", "--max-stale", "0", "count"]).stdout("none");
    home.until_quiet();
    assert_eq!(home.runs("count"), 3);
}

#[test]
fn within_max_stale_an_entry_is_served() {
    let home = with_an_entry();
    home.run(["--async", "--ttl", "0", "--max-stale", "1h", "count"]).stdout("1\n");
    home.until_quiet();
    assert_eq!(home.runs("count"), 2);
}

#[test]
fn without_max_stale_an_entry_is_served_however_stale_it_is() {
    let home = with_an_entry();
    home.run(["--async", "--ttl", "0", "count"]).stdout("1\n");
}

#[test]
fn an_entry_beyond_keep_is_gone() {
    let home = with_an_entry();
    home.run(["--only-if-cached", "--keep", "0", "count"]).stdout("").status(1);
    home.run(["--async", "--keep", "0", "count"]).stdout("2\n");
}

#[test]
fn the_keep_of_the_writer_limits_an_entry() {
    let home = Home::new();
    home.counter("count");
    home.run(["--keep", "0", "count"]).stdout("1\n");
    home.run(["--ttl", "1h", "--keep", "1h", "--only-if-cached", "count"]).stdout("").status(1);
    home.run(["--ttl", "1h", "--async", "count"]).stdout("2\n");
    home.run(["--ttl", "1h", "--refresh", "--keep", "1s", "count"]).stdout("3\n");
    wait_until("the entry is gone", || home.run(["--ttl", "1h", "--only-if-cached", "count"]).stdout_text().is_empty());
}

#[test]
fn an_entry_beyond_keep_is_removed_after_a_fetch() {
    let home = Home::new();
    home.counter("count");
    home.script("large", "head -c 2000000 /dev/zero");
    home.run(["--env", "FLAVOUR", "--keep", "50ms", "count"]).stdout("1\n");
    wait_until("the entry is removed", || {
        // Storing a large result prunes.
        home.run(["--refresh", "large"]).status(0);
        home.until_quiet();
        // Under another value of `FLAVOUR` the entry is counted, but not refreshed.
        let count = home.cacheback(["invalidate", "--match", "count"]).env("FLAVOUR", "other").go();
        count.status(0).stderr_text().contains('0')
    });
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn options_win_over_the_environment() {
    let home = with_an_entry();
    home.running(["--only-if-cached", "count"]).env("CACHEBACK_TTL", "0").go().status(1);
    home.running(["--only-if-cached", "--ttl", "1h", "count"]).env("CACHEBACK_TTL", "0").go().stdout("1\n");
    home.running(["--only-if-cached", "--lifetime", "1h", "count"]).env("CACHEBACK_TTL", "0").go().stdout("1\n");
    home.running(["--async", "--max-stale", "1h", "--ttl", "0", "count"])
        .env("CACHEBACK_MAX_STALE", "0")
        .go()
        .stdout("1\n");
}

#[test]
fn lifetime_is_another_name_for_ttl() {
    let home = with_an_entry();
    home.run(["--lifetime", "0", "count"]).stdout("2\n");
}

#[test]
fn the_environment_can_ask_for_async() {
    let home = with_an_entry();
    home.running(["--ttl", "0", "count"]).env("CACHEBACK_ASYNC", "1").go().stdout("1\n");
    home.until_quiet();
    home.running(["--ttl", "0", "count"]).env("CACHEBACK_ASYNC", "0").go().stdout("3\n");
}

#[test]
fn the_environment_can_limit_staleness() {
    let home = with_an_entry();
    home.running(["--async", "--ttl", "0", "count"]).env("CACHEBACK_MAX_STALE", "0").go().stdout("2\n");
}

#[test]
fn miss_status_distinguishes_a_miss_from_a_stored_failure() {
    let home = Home::new();
    home.script("grep0", "exit 1");
    let only = ["--cache-exit", "0-1", "--only-if-cached", "--miss-status", "75"];
    home.running(only).arg("grep0").go().stdout("").stderr("").status(75);
    home.running(["--cache-exit", "0-1", "grep0"]).go().status(1);
    home.running(only).arg("grep0").go().status(1);
    home.run(["--miss-status=75", "grep0"]).warned_once().stderr_has("--only-if-cached").status(125);
    home.running(only).arg("grep0").env("CACHEBACK_DISABLE", "1").go().status(75);
    home.running(["--db", "/dev/null"]).arg_all(&only).arg("other").go().status(75);
    home.configure("[job.none]\ncommand = [\"grep0\", \"x\"]\n");
    home.get(["--only-if-cached", "--miss-status", "0", "none"]).stdout("").stderr_has("from 1 to 255").status(125);
    assert_eq!(home.runs("grep0"), 1);
}

#[test]
fn cache_exit_takes_ranges_of_statuses() {
    let home = Home::new();
    home.script("ends", "exit $1");
    home.configure("[[rule]]\ncommand = 'ends * by_rule'\ncache_exit = [0, '10-12', '100+']\n");
    for (status, is_stored) in [(0, true), (9, false), (10, true), (12, true), (13, false), (100, true), (255, true)] {
        for line in [&["--cache-exit", "0,10-12,100+", "ends"][..], &["ends"]] {
            let by_rule = if line.len() == 1 { "by_rule" } else { "" };
            let call = || home.running(line).arg(status.to_string()).arg(by_rule).go();
            call().status(status);
            let before = home.runs("ends");
            call().status(status);
            assert_eq!(home.runs("ends") == before, is_stored, "{status} {by_rule}");
        }
    }
}

#[test]
fn durations_may_have_long_units_spaces_and_fractions() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).stdout("1\n");
    home.configure("[[rule]]\ncommand = 'count'\nttl = '10 minutes'\n");
    for ttl in [" 1h", "1h  30m", "1y", "10 minutes"] {
        home.run(["--ttl", ttl, "count"]).stdout("1\n").stderr("").status(0);
        home.running(["count"]).env("CACHEBACK_TTL", ttl).go().stdout("1\n").stderr("").status(0);
    }
    home.run(["count"]).stdout("1\n").stderr("").status(0);
    home.run(["--max-stale", ".5", "--timeout", "10 s", "count"]).stdout("1\n").stderr("").status(0);
}
