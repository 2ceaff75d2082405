//! `--status` and `--status-fd`: one RFC 9211 line that says what happened.

use std::thread;
use std::time::Duration;

use crate::common::{Home, Outcome, wait_until};

fn with_a_counter() -> Home {
    let home = Home::new();
    home.counter("count");
    home
}

#[test]
fn a_miss_is_fetched_and_stored() {
    let home = with_a_counter();
    let outcome = home.run(["--status", "count"]);
    outcome.stdout("1\n").status(0);
    let status = outcome.cache_status();
    assert_eq!(status.get("fwd"), Some("uri-miss"), "{outcome}");
    assert!(status.has("stored") && !status.has("hit") && !status.has("collapsed"), "{outcome}");
    let key = status.get("key").unwrap();
    assert!(key.len() == 8 && key.chars().all(|digit| digit.is_ascii_hexdigit()), "{outcome}");
}

#[test]
fn a_hit_has_its_age_and_what_is_left_of_its_ttl() {
    let home = with_a_counter();
    let miss = home.run(["--status", "count"]).cache_status();
    let outcome = home.run(["--status", "--ttl", "600", "count"]);
    let status = outcome.stdout("1\n").cache_status();
    assert!(status.has("hit") && !status.has("fwd") && !status.has("stored") && !status.has("detail"), "{outcome}");
    assert!((0..60).contains(&status.number("age")), "{outcome}");
    assert!((540..=600).contains(&status.number("ttl")), "{outcome}");
    assert_eq!(status.get("key"), miss.get("key"));
}

#[test]
fn the_line_is_in_the_syntax_of_the_standard() {
    let home = with_a_counter();
    home.run(["count"]);
    let text = home.run(["--status", "--ttl", "600", "count"]).stderr_text();
    let rest = text.strip_prefix("Cache-Status: cacheback; hit; ").and_then(|rest| rest.strip_suffix("\"\n"));
    let rest = rest.unwrap_or_else(|| panic!("{text:?}"));
    assert!(rest.contains("ttl=") && rest.contains("age=") && rest.contains("key=\""), "{text:?}");
}

#[test]
fn a_ttl_without_end_is_the_largest_number_of_the_standard() {
    let home = with_a_counter();
    home.run(["count"]);
    let outcome = home.run(["--status", "--ttl", "18446744073709551615", "count"]);
    assert_eq!(outcome.cache_status().get("ttl"), Some("999999999999999"), "{outcome}");
}

#[test]
fn a_stale_hit_has_a_negative_ttl_and_is_refreshing() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    for saw_or_started in 0..2 {
        let outcome = home.run(["--status", "--async", "--ttl", "0", "slow"]);
        let status = outcome.stdout("done\n").cache_status();
        assert!(status.has("hit") && status.number("ttl") <= 0, "{outcome}");
        assert_eq!(status.get("detail"), Some("refreshing"), "call {saw_or_started}\n{outcome}");
        home.until_runs("slow", 2);
    }
    gate.open();
}

#[test]
fn the_ttl_of_a_stale_hit_says_how_stale_it_is() {
    let home = with_a_counter();
    home.run(["count"]);
    wait_until("the entry is stale by a second", || {
        let outcome = home.run(["--status", "--async", "--ttl", "1ms", "count"]);
        let status = outcome.cache_status();
        home.until_quiet();
        assert!(status.number("ttl") <= 0 && status.number("age") >= 0, "{outcome}");
        thread::sleep(Duration::from_millis(1100));
        status.number("ttl") <= -1
    });
}

#[test]
fn a_fetch_of_a_stale_entry_is_called_stale() {
    let home = with_a_counter();
    home.run(["count"]);
    let outcome = home.run(["--status", "--ttl", "0", "count"]);
    let status = outcome.stdout("2\n").cache_status();
    assert_eq!(status.get("fwd"), Some("stale"), "{outcome}");
    assert!(status.has("stored") && !status.has("hit"), "{outcome}");
}

#[test]
fn refresh_is_a_request() {
    let home = with_a_counter();
    home.run(["count"]);
    let outcome = home.run(["--status", "--refresh", "count"]);
    let status = outcome.stdout("2\n").cache_status();
    assert_eq!(status.get("fwd"), Some("request"), "{outcome}");
    assert!(status.has("stored"), "{outcome}");
}

#[test]
fn a_result_that_is_not_stored_is_not_called_stored() {
    let home = Home::new();
    let failed = home.run(["--status", "-s", "exit 3"]);
    let status = failed.status(3).cache_status();
    assert!(status.get("fwd") == Some("uri-miss") && !status.has("stored"), "{failed}");
    let large = home.run(["--status", "--max-size", "3", "echo", "large"]);
    let status = large.stdout("large\n").status(0).cache_status();
    assert!(status.get("fwd") == Some("uri-miss") && !status.has("stored"), "{large}");
}

#[test]
fn a_caller_that_joined_a_flight_is_collapsed() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let first = home.start(["--status", "slow"]);
    home.until_runs("slow", 1);
    let second = home.start(["--status", "slow"]);
    home.until_joined(&second);
    gate.let_one_go();
    let (first, second) = (first.wait(), second.wait());
    let status = first.stdout("done\n").cache_status();
    assert!(status.get("fwd") == Some("uri-miss") && !status.has("collapsed"), "{first}");
    let status = second.stdout("done\n").cache_status();
    assert!(status.get("fwd") == Some("uri-miss") && status.has("collapsed"), "{second}");
}

#[test]
fn an_unusable_cache_is_bypassed() {
    let home = with_a_counter();
    std::fs::create_dir_all(home.cache()).unwrap();
    std::fs::write(home.path().join("file"), "").unwrap();
    let outcome = home.running(["--status", "count"]).env("XDG_CACHE_HOME", home.path().join("file")).go();
    let status = outcome.stdout("1\n").status(0).cache_status();
    assert!(status.get("fwd") == Some("bypass") && !status.has("stored") && !status.has("hit"), "{outcome}");
}

#[test]
fn the_line_can_go_to_another_descriptor() {
    let home = with_a_counter();
    for expected in ["fwd=uri-miss", "hit"] {
        home.shell("cacheback run --status-fd 3 -- count 3> line").go().stdout("1\n").stderr("").status(0);
        let line = std::fs::read_to_string(home.work("line")).unwrap();
        assert!(line.starts_with("Cache-Status: cacheback; ") && line.lines().count() == 1, "{line:?}");
        assert!(line.contains(expected), "{line:?}");
    }
    let both = home.shell("cacheback run --status-fd 1 -- count").go().stdout_text();
    assert!(both.contains("1\n") && both.contains("Cache-Status: cacheback; hit"), "{both:?}");
}

#[test]
fn without_the_option_there_is_no_line() {
    let home = with_a_counter();
    let quiet = |outcome: Outcome| assert!(!outcome.stderr_text().contains("Cache-Status"), "{outcome}");
    quiet(home.run(["count"]));
    quiet(home.run(["count"]));
    quiet(home.run(["--async", "--ttl", "0", "count"]));
}

#[test]
fn status_does_not_change_the_exit_status() {
    let home = Home::new();
    for _ in 0..2 {
        home.run(["--status", "--cache-exit", "any", "-s", "exit 9"]).status(9);
    }
    home.run(["--status", "--only-if-cached", "echo", "x"]).stdout("").status(1);
}

#[test]
fn an_output_that_is_too_large_to_be_stored_is_called_too_large() {
    let home = Home::new();
    home.script("large", "head -c 100000 /dev/zero");
    for _ in 0..2 {
        let status = home.run(["--status", "--max-size", "1000", "large"]).status(0).cache_status();
        assert_eq!((status.get("fwd"), status.get("detail")), (Some("uri-miss"), Some("too-large")));
        assert!(!status.has("stored"));
    }
    home.script("small", "echo 12345678");
    let status = |limit| home.run(["--status", "--max-size", limit, "small"]).cache_status();
    assert_eq!(status("8").get("detail"), Some("too-large"));
    assert_eq!(status("1K").get("detail"), None);
    let failed = home.run(["--status", "--max-size", "1K", "sh", "-c", "exit 3"]).status(3).cache_status();
    assert_eq!(failed.get("detail"), None);
}
