//! `stats` counts what the server has done for this host, and for all.

use std::fs;

use serde_json::{Value, json};

use crate::common::fleet::Fleet;
use crate::common::{Home, has};

fn stats(home: &Home, option: &str) -> String {
    home.cacheback(["stats", option]).go().stderr("").status(0).stdout_text()
}

fn object(home: &Home) -> Value {
    serde_json::from_str(&stats(home, "--json")).expect("a JSON object")
}

/// The counts of this host: hits, misses, waits, stored, errors.
fn counts(home: &Home) -> [u64; 5] {
    let shared = &object(home)["shared"];
    ["hits", "misses", "waits", "stored", "errors"].map(|name| shared[name].as_u64().expect("a count"))
}

#[test]
fn a_hit_a_miss_and_a_stored_result_are_counted_where_they_happen() {
    let Some(fleet) = Fleet::start() else { return };
    assert_eq!((counts(&fleet.one), counts(&fleet.other)), ([0; 5], [0; 5]), "a server is configured");
    fleet.one_has_run();
    fleet.other.run(["count"]).stdout("of one\n");
    assert_eq!((counts(&fleet.one), counts(&fleet.other)), ([0, 1, 0, 1, 0], [1, 0, 0, 0, 0]));
    let before = object(&fleet.other);
    fleet.other.run(["count"]).stdout("of one\n");
    let after = object(&fleet.other);
    assert_eq!(after["shared"], before["shared"], "a fresh local hit has nothing to do with the server");
    assert_eq!(after["hits"], 2);
    assert_eq!(after["shared"]["waited"], 0.0);
}

/// Host `one` runs `count`, and `other` waits for that.
#[track_caller]
fn one_runs_and_other_waits(fleet: &Fleet) {
    let gate = fleet.one.gated("count", "echo of one");
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    follower.wait().stdout("of one\n").status(0);
    fleet.one.until_quiet();
}

#[test]
fn a_wait_is_counted_once_with_its_time_and_is_no_time_saved() {
    let Some(fleet) = Fleet::start() else { return };
    one_runs_and_other_waits(&fleet);
    assert_eq!((counts(&fleet.one), counts(&fleet.other)), ([0, 1, 0, 1, 0], [0, 0, 1, 0, 0]));
    let found = object(&fleet.other);
    assert!(found["shared"]["waited"].as_f64() > Some(0.0), "{found}");
    assert_eq!(found["saved"], 0.0, "{found}");
}

#[test]
fn an_error_is_counted_with_the_time_in_which_nobody_asks() {
    let Some(fleet) = Fleet::start() else { return };
    let Fleet { one, server, .. } = fleet;
    drop(server);
    one.run(["count", "1"]).stdout("of one\n");
    // The breaker is open: this is no second error.
    one.run(["count", "2"]).stdout("of one\n");
    assert_eq!(counts(&one), [0, 0, 0, 0, 1]);
    let found = object(&one);
    let downtime = found["shared"]["downtime"].as_f64();
    assert!(downtime >= Some(0.75) && downtime <= Some(1.0), "{found}");
    assert_eq!(found["saved"], 0.0, "{found}");
}

#[test]
fn what_does_not_open_is_an_error_and_a_miss() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let entry = fleet.server.names("*e:*").remove(0);
    for field in ["h", "b"] {
        fleet.server.ask(&format!("HSET {entry} {field} other"));
        let host = fleet.join(field);
        host.run(["count"]).stdout(format!("of {field}\n"));
        host.until_quiet();
        assert_eq!(counts(&host), [0, 1, 0, 1, 1], "{field}");
        assert_eq!(object(&host)["shared"]["downtime"], 0.0, "the server has answered");
    }
}

#[test]
fn what_is_invalidated_is_no_error() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fleet.one.cacheback(["invalidate", "-q", "--match", "count"]).go().status(0);
    fleet.other.run(["count"]).status(0);
    fleet.other.until_quiet();
    assert_eq!(counts(&fleet.other)[4], 0);
}

#[test]
fn counts_stay_when_the_server_is_not_configured_any_more() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fs::remove_file(fleet.one.path().join(".config/cacheback/config.toml")).expect("it was there");
    assert_eq!(counts(&fleet.one), [0, 1, 0, 1, 0]);
    fleet.one.cacheback(["stats", "--reset"]).go().status(0);
    assert!(object(&fleet.one).get("shared").is_none());
}

#[test]
fn nothing_of_it_is_printed_where_there_was_never_a_server() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    for option in ["--json", "--prometheus", "--color=never"] {
        let printed = stats(&home, option);
        assert!(!printed.to_lowercase().contains("shared"), "{printed}");
    }
}

#[test]
fn a_page_has_what_is_shared_in_a_block_of_its_own() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let page = stats(&fleet.one, "--color=never");
    let block = "\n\nShared with other hosts\nhits        0\nmisses      1\nwaits       0\nwaited      0ms\nstored      1\n\
                 errors      0\ndowntime    0ms\n\n";
    assert!(page.contains(block), "{page}");
}

#[test]
fn metrics_of_what_is_shared_are_in_the_form_that_prometheus_reads() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let metrics = stats(&fleet.one, "--prometheus");
    for (name, value) in [
        ("hits", 0),
        ("misses", 1),
        ("waits", 0),
        ("wait_seconds", 0),
        ("stored", 1),
        ("errors", 0),
        ("downtime_seconds", 0),
    ] {
        let name = format!("cacheback_shared_{name}_total");
        assert!(metrics.contains(&format!("# TYPE {name} counter\n{name} {value}\n")), "{metrics}");
        assert!(metrics.contains(&format!("# HELP {name} ")), "{metrics}");
    }
    if has("promtool") {
        fleet.one.call("promtool", ["check", "metrics"]).stdin(metrics).go().stdout("").stderr("").status(0);
    }
}

#[test]
fn what_cannot_be_counted_costs_nobody_a_command() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fs::create_dir_all(fleet.other.db().with_file_name("cache.db-tally")).expect("a folder in the place of the file");
    fleet.other.run(["count"]).stdout("of one\n").stderr("").status(0);
    let found = json!(counts(&fleet.one));
    assert_eq!(found, json!([0, 1, 0, 1, 0]));
}

/// What the server has counted: the sums over all days, which are two at midnight.
fn of_all_hosts(home: &Home) -> [u64; 5] {
    let printed = home.cacheback(["stats", "--shared", "--json"]).go().stderr("").status(0).stdout_text();
    let days: Vec<Value> = serde_json::from_str(&printed).expect("a JSON array");
    assert!(days.iter().all(|day| day["day"].as_str().is_some_and(|day| day.len() == 10)), "{printed}");
    let sum = |name| days.iter().map(|day| day[name].as_u64().expect("a count")).sum();
    ["hits", "misses", "waits", "stored", "failures"].map(sum)
}

#[test]
fn the_server_counts_what_all_hosts_do() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.cacheback(["stats", "--shared"]).go().stdout("").stderr_has("nothing is counted on the server").status(0);
    fleet.one.cacheback(["shared", "doctor"]).go();
    assert_eq!(of_all_hosts(&fleet.one), [0; 5], "a trial run is no call");
    one_runs_and_other_waits(&fleet);
    fleet.join("third").run(["count"]).stdout("of one\n");
    fleet.other.script("count", "exit 3");
    fleet.other.run(["count", "fails"]).status(3);
    fleet.other.until_quiet();
    for host in [&fleet.one, &fleet.other] {
        assert_eq!(of_all_hosts(host), [1, 2, 1, 1, 1], "the follower has asked twice, and is counted once");
    }
    let page = fleet.one.cacheback(["stats", "--shared", "--color=never"]).go().stderr("").status(0).stdout_text();
    let lines: Vec<Vec<&str>> = page.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["DAY", "HITS", "MISSES", "WAITS", "STORED", "FAILURES"], "{page}");
    assert!(lines[1][0].starts_with("20") && lines.len() >= 2, "{page}");
    if lines.len() == 2 {
        assert_eq!(lines[1][1..], ["1", "2", "1", "1", "1"], "{page}");
    }
}

#[test]
fn a_host_that_only_reads_is_not_counted_and_reads_the_counts() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fleet.configure(&fleet.other, "mode = \"read-only\"");
    fleet.other.run(["count"]).stdout("of one\n");
    assert_eq!(of_all_hosts(&fleet.other), [0, 1, 0, 1, 0]);
    assert_eq!(counts(&fleet.other), [1, 0, 0, 0, 0], "here it is");
}

#[test]
fn counts_of_the_server_need_one_and_go_with_no_other_form() {
    let Some(fleet) = Fleet::start() else { return };
    for option in ["--prometheus", "--reset", "--limit=1"] {
        fleet
            .one
            .cacheback(["stats", "--shared", option])
            .go()
            .stdout("")
            .stderr_has(option.split('=').next().unwrap())
            .status(125);
    }
    let Fleet { one, server, .. } = fleet;
    drop(server);
    one.cacheback(["stats", "--shared"]).go().stdout("").stderr_has("shared doctor").status(125);
    Home::new().cacheback(["stats", "--shared"]).go().stdout("").stderr_has("no server is configured").status(125);
}
