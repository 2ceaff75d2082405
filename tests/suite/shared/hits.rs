//! What one host has fetched, the others print: which results are shared, and with whom.

use std::fs;
use std::time::{Duration, Instant};

use crate::common::fleet::{Fleet, has_breaker, members, shared};
use crate::common::{Home, Outcome};

#[test]
fn what_one_host_has_fetched_the_others_print() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let found = fleet.other.run(["--status", "count"]);
    found.stdout("of one\n").status(0);
    let (from_server, own) = members(&found);
    assert!(from_server.starts_with("hit; ttl=") && from_server.contains("; age="), "{found}");
    assert!(own.starts_with("fwd=uri-miss; stored; key="), "{found}");
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn the_host_that_runs_the_command_says_so_and_stores_the_result_for_all() {
    let Some(fleet) = Fleet::start() else { return };
    let ran = fleet.one.run(["--status", "count"]);
    ran.stdout("of one\n");
    let (from_server, own) = members(&ran);
    assert_eq!(from_server, "fwd=uri-miss");
    assert!(own.starts_with("fwd=uri-miss; stored"), "{ran}");
    fleet.one.until_quiet();
    assert_eq!((fleet.server.count("*e:*"), fleet.server.count("*w:*")), (1, 0));
}

#[test]
fn a_fresh_local_result_touches_nothing_of_the_server() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let Fleet { one, server, .. } = fleet;
    drop(server);
    let hit = one.run(["--status", "count"]);
    hit.stdout("of one\n");
    assert!(hit.stderr_text().starts_with("Cache-Status: cacheback; hit;"), "{hit}");
    assert!(!has_breaker(&one), "it has asked");
}

#[test]
fn a_copy_is_served_from_this_host_without_the_server() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fleet.other.run(["count"]).stdout("of one\n");
    let Fleet { other, server, .. } = fleet;
    drop(server);
    let hit = other.run(["--status", "count"]);
    hit.stdout("of one\n");
    assert!(hit.cache_status().has("hit") && !has_breaker(&other), "{hit}");
}

#[test]
fn both_streams_their_order_and_the_exit_status_are_shared() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.script("count", "printf a; printf b >&2; printf c; exit 3");
    let line = ["--cache-exit", "3", "count"];
    fleet.one.run(line).stdout("ac").stderr("b").status(3);
    fleet.one.until_quiet();
    fleet.other.run(line).stdout("ac").stderr("b").status(3);
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn a_large_output_is_shared_and_one_above_max_size_stays_here() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.configure(&fleet.one, "max_size = \"4MiB\"");
    for home in [&fleet.one, &fleet.other] {
        // A copy may take as long as the run took.
        home.script("count", "sleep 1; head -c $1 /dev/zero | tr '\\0' x");
    }
    for (size, runs) in [("3000000", 0), ("5000000", 1)] {
        fleet.one.run(["count", size]);
        fleet.one.until_quiet();
        let outcome = fleet.other.run(["count", size]);
        assert!(outcome.stdout_text().len().to_string() == size, "{size}");
        fleet.other.until_quiet();
        assert_eq!(fleet.other.runs("count"), runs, "{size}");
    }
}

#[test]
fn only_calls_that_ask_for_it_are_shared() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let other = &fleet.other;
    for (line, variable) in [(&["--status", "--no-shared", "count"][..], ""), (&["--status", "count"], "off")] {
        let outcome = other.running(line).env("CACHEBACK_SHARED", variable).go();
        outcome.stdout("of other\n");
        assert!(outcome.stderr_text().starts_with("Cache-Status: cacheback;"), "{outcome}");
        other.delete(["-q", "--config", "/dev/null", "count"]);
    }
    other.running(["--shared", "count"]).env("CACHEBACK_SHARED", "off").go().stdout("of one\n");
    fleet.one.script("plain", "echo of one");
    other.script("plain", "echo of other");
    fleet.one.run(["--shared", "plain"]).stdout("of one\n");
    fleet.one.until_quiet();
    other.running(["plain"]).env("CACHEBACK_SHARED", "on").go().stdout("of one\n");
}

#[test]
fn a_host_that_only_reads_stores_nothing() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.other.running(["count"]).env("CACHEBACK_SHARED", "read-only").go().stdout("of other\n");
    fleet.configure(&fleet.one, "mode = \"read-only\"");
    fleet.one.run(["count"]).stdout("of one\n");
    fleet.one.until_quiet();
    fleet.other.until_quiet();
    assert_eq!(fleet.server.count("*"), 0);
    fleet.other.run(["count", "x"]).stdout("of other\n");
    fleet.other.until_quiet();
    fleet.one.run(["count", "x"]).stdout("of other\n");
    let warned = fleet.one.invalidate(["count", "x"]);
    warned.stderr_has("mode in [shared] is \"read-only\"").status(0);
}

#[test]
fn vary_in_a_rule_says_what_distinguishes_hosts() {
    let Some(fleet) = Fleet::start() else { return };
    for (vary, expected) in
        [("[]", "of one\n"), ("[\"os\", \"arch\", \"user\"]", "of one\n"), ("[\"host\"]", "of one\n")]
    {
        for home in [&fleet.one, &fleet.other] {
            let text = fs::read_to_string(home.config()).unwrap();
            let text = text.split("vary").next().unwrap().trim_end().to_owned();
            home.configure(&format!("{text}\nvary = {vary}\n"));
        }
        fleet.one.run(["count", vary]).stdout("of one\n");
        fleet.one.until_quiet();
        fleet.other.run(["count", vary]).stdout(expected);
    }
    assert_eq!(fleet.server.count("*e:*"), 3);
    // There is one entry for each value of vary.
    fleet.other.delete(["-q", "--config", "/dev/null", "count", "[]"]);
    fleet.other.run(["count", "[]"]).stdout("of other\n");
}

#[test]
fn another_team_finds_nothing() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fs::remove_file(Fleet::key(&fleet.other)).unwrap();
    shared(&fleet.other, &["keygen", "-q"]).go().status(0);
    fleet.other.run(["count"]).stdout("of other\n");
    fleet.other.until_quiet();
    shared(&fleet.other, &["doctor"]).go().status(1);
    let found = shared(&fleet.other, &["doctor"]).go();
    assert!(found.stdout_text().contains("other keys"), "{found}");
}

#[test]
fn the_server_cannot_read_what_it_keeps() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.script("count", "echo output-hunter2");
    fleet.one.run(["--scope", "scope-hunter2", "--tag", "tag-hunter2", "count", "word-hunter2"]);
    fleet.one.until_quiet();
    fleet.one.invalidate(["-q", "--tag", "tag-hunter2"]).status(0);
    fleet.one.until_quiet();
    let memory = fleet.server.memory();
    assert!(!memory.windows(7).any(|bytes| bytes == b"hunter2"), "it is in there");
}

#[test]
fn a_refresh_takes_nothing_from_the_server_and_gives_it_the_result() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let refreshed = fleet.other.run(["--status", "--refresh", "count"]);
    refreshed.stdout("of other\n");
    assert_eq!(members(&refreshed).0, "fwd=request");
    fleet.other.until_quiet();
    fleet.one.delete(["-q", "--config", "/dev/null", "count"]);
    fleet.one.run(["count"]).stdout("of other\n");
}

/// After each new run of the other host, calls `attempt`, until it succeeds. On a busy machine, what the other host has
/// may be too old by then, or what is here not old enough.
#[track_caller]
fn until_one_takes_it(fleet: &Fleet, attempt: impl Fn() -> Result<Outcome, Outcome>) -> Outcome {
    fleet.one_has_run();
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        fleet.other.run(["--refresh", "count"]).stdout("of other\n");
        fleet.other.until_quiet();
        match attempt() {
            Ok(outcome) => return outcome,
            Err(outcome) => assert!(Instant::now() < end, "{outcome}"),
        }
    }
}

#[test]
fn a_stale_result_is_replaced_by_a_fresher_one_of_another_host() {
    let Some(fleet) = Fleet::start() else { return };
    let found = until_one_takes_it(&fleet, || {
        let outcome = fleet.one.run(["--status", "--ttl", "2s", "count"]);
        fleet.one.until_quiet();
        if outcome.stdout_text() == "of other\n" { Ok(outcome) } else { Err(outcome) }
    });
    let (from_server, own) = members(&found);
    assert!(from_server.starts_with("hit;") && own.starts_with("fwd=stale; stored"), "{found}");
}

#[test]
fn a_refresh_in_the_background_takes_what_another_host_has_fetched() {
    let Some(fleet) = Fleet::start() else { return };
    until_one_takes_it(&fleet, || {
        let runs = fleet.one.runs("count");
        let stale = fleet.one.run(["--status", "--async", "--ttl", "2s", "count"]);
        fleet.one.until_quiet();
        let is_stale = stale.cache_status().get("detail") == Some("refreshing");
        if is_stale && fleet.one.runs("count") == runs { Ok(stale) } else { Err(stale) }
    });
    fleet.one.run(["count"]).stdout("of other\n");
}

#[test]
fn files_that_a_result_depends_on_are_compared_by_their_content() {
    let Some(fleet) = Fleet::start() else { return };
    let path = fleet.one.root().join("input");
    let line = |home: &Home| home.run(["--depends-on".as_ref(), path.as_os_str(), "count".as_ref()]).stdout_text();
    fs::write(&path, "same").unwrap();
    assert_eq!(line(&fleet.one), "of one\n");
    fleet.one.until_quiet();
    fs::write(&path, "other").unwrap();
    assert_eq!(line(&fleet.other), "of other\n");
    fleet.other.until_quiet();
    fleet.other.delete(["-q", "--config", "/dev/null", "count"]);
    fs::write(&path, "same").unwrap();
    assert_eq!(line(&fleet.other), "of one\n");
}

#[test]
fn an_invalidation_or_deletion_reaches_what_the_server_has() {
    let Some(fleet) = Fleet::start() else { return };
    for (change, selector) in [
        ("invalidate", &["count"][..]),
        ("delete", &["count"]),
        ("delete", &["--all"]),
        ("invalidate", &["--match", "cou*"]),
        ("delete", &["--tag", "a"]),
    ] {
        fleet.one.run(["--refresh", "--tag", "a", "count"]).stdout("of one\n");
        fleet.one.until_quiet();
        // What it has fetched again would be shared, too.
        let outcome = fleet.one.cacheback([change]).arg_all(selector).env("PATH", "/nowhere").go();
        outcome.status(0).warned_once();
        fleet.one.until_quiet();
        fleet.other.run(["count"]).stdout("of other\n");
        fleet.other.until_quiet();
        fleet.other.delete(["-q", "--config", "/dev/null", "count"]);
        fleet.other.run(["count"]).stdout("of other\n");
        fleet.other.delete(["-q", "--config", "/dev/null", "count"]);
    }
}

#[test]
fn the_caller_does_not_wait_for_the_server_to_get_the_result() {
    let Some(fleet) = Fleet::start() else { return };
    let outcome = fleet.one.shell("printf '<%s>' \"$(cacheback run count)\"").go();
    outcome.stdout("<of one>");
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*e:*"), 1);
}
