//! The state of an entry in a list, and its ttl.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{commands, filled, list, normalised, objects};
use crate::common::{Home, wait_until};

#[test]
fn an_entry_is_fresh_for_as_long_as_the_ttl_that_it_was_fetched_with() {
    let home = Home::new();
    home.configure("[defaults]\nttl = \"2h\"\n[job.j]\ncommand = [\"echo\", \"j\"]\nttl = \"7d\"\n");
    home.run(["--ttl", "90s", "echo", "option"]).status(0);
    home.run(["echo", "default"]).status(0);
    home.cacheback(["get", "j"]).go().status(0);
    // A hit with another ttl changes nothing; a fetch does.
    home.run(["--ttl", "1d", "echo", "option"]).status(0);
    home.run(["--ttl", "0", "echo", "fetched anew"]).status(0);
    home.run(["--refresh", "--ttl", "30s", "echo", "fetched anew"]).status(0);
    let ttls = |home: &Home, options: &[&str]| -> BTreeMap<String, f64> {
        let objects = objects(home, options);
        objects.iter().map(|object| (object["command"].to_string(), object["ttl"].as_f64().unwrap())).collect()
    };
    let expected = [("default", 7200.0), ("'fetched anew'", 30.0), ("j", 604_800.0), ("option", 90.0)];
    let expected = expected.map(|(word, ttl)| (format!("\"echo {word}\""), ttl));
    assert_eq!(ttls(&home, &[]), BTreeMap::from(expected.clone()));
    home.cacheback(["invalidate", "--all"]).go().status(0);
    home.until_quiet();
    assert_eq!(ttls(&home, &[]), BTreeMap::from(expected));
    assert!(ttls(&home, &["--ttl", "5s"]).into_values().all(|ttl| ttl == 5.0));
    let sheet = home.cacheback(["show", "echo", "option"]).go().status(0).stdout_text();
    assert!(sheet.contains("(ttl 1m 30s)"), "{sheet}");
}

#[test]
fn a_ttl_of_the_reader_replaces_that_of_the_fetch() {
    let home = filled();
    assert_eq!(objects(&home, &["--limit", "1"])[0]["ttl"], 600.0);
    let stale = home.cacheback(["list", "--ids", "--stale"]).env("CACHEBACK_TTL", "0").go();
    assert_eq!(stale.status(0).stdout_text().lines().count(), 3);
    home.cacheback(["list"]).env("CACHEBACK_TTL", "soon").go().warned_once().stderr_has("CACHEBACK_TTL").status(0);
}

#[test]
fn a_fetch_in_progress_is_listed_with_its_process() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.run(["echo", "quick"]).status(0);
    home.script("slow", &format!("test ! -e started || {}; : > started", gate.pass()));
    home.run(["slow"]).status(0);
    home.run(["--ttl", "0", "--async", "slow"]).status(0);
    home.until_runs("slow", 2);
    let found = objects(&home, &["--refreshing"]);
    let [slow] = &found[..] else { panic!("one fetch: {found:?}") };
    assert_eq!((&slow["state"], &slow["command"]), (&"refreshing".into(), &"slow".into()));
    let pid = slow["refreshing"]["pid"].as_i64().unwrap();
    assert!(slow["refreshing"]["for"].as_f64().unwrap() >= 0.0);
    assert!(home.processes().iter().any(|process| i64::from(process.pid) == pid));
    assert!(list(&home, &[]).stdout_text().contains(&format!("refreshing (pid {pid}, ")));
    gate.let_one_go();
    home.until_quiet();
    assert_eq!(objects(&home, &["--refreshing"]), [] as [Value; 0]);
}

#[test]
fn a_failing_refresh_is_listed_with_its_last_status() {
    let home = Home::new();
    home.script("flaky", "test ! -e started || { echo broken >&2; exit 7; }; : > started");
    home.run(["flaky"]).status(0);
    home.run(["--ttl", "0", "--async", "flaky"]).status(0);
    wait_until("the failure is recorded", || !objects(&home, &["--failing"]).is_empty());
    home.until_quiet();
    let found = &objects(&home, &["--failing"])[0];
    assert_eq!((&found["state"], &found["failure"]["status"]), (&"failing".into(), &7.into()));
    assert_eq!((&found["failure"]["count"], &found["failure"]["stderr"]), (&1.into(), &"broken\n".into()));
    assert!(list(&home, &[]).stdout_text().contains(" failing ×1 (status 7) "));
}

#[test]
fn a_refresh_that_is_too_large_to_be_stored_is_listed_as_not_stored() {
    let home = Home::new();
    home.script("growing", "cat size; echo x >> size");
    std::fs::write(home.work("size"), "").unwrap();
    home.run(["--max-size", "3", "growing"]).status(0);
    std::fs::write(home.work("size"), "too large\n").unwrap();
    home.run(["--max-size", "3", "--ttl", "0", "--async", "growing"]).status(0);
    wait_until("the failure is recorded", || !objects(&home, &["--failing"]).is_empty());
    let found = &objects(&home, &["--failing"])[0];
    assert_eq!(found["failure"]["stderr"], "the output is larger than 3 bytes, and is not stored");
    assert!(list(&home, &[]).stdout_text().contains(" failing ×1 (not stored) "));
}

#[test]
fn an_invalidated_entry_is_listed_as_invalidated() {
    let home = Home::new();
    let env = |call: crate::common::Call| call.env("NAME", "1");
    env(home.running(["--env", "NAME", "echo", "x"])).go().status(0);
    home.invalidate(["--all"]).status(0);
    home.until_quiet();
    let table = list(&home, &[]).stdout_text();
    assert!(normalised(&table).starts_with("ID invalidated "), "{table}");
    assert_eq!(commands(&home, &["--stale"]), ["echo x"]);
}

#[test]
fn a_changed_dependency_makes_an_entry_stale() {
    let home = Home::new();
    std::fs::write(home.work("input"), "one").unwrap();
    home.run(["--depends-on", "input", "cat", "input"]).status(0);
    assert_eq!(objects(&home, &[])[0]["state"], "fresh");
    std::fs::write(home.work("input"), "another").unwrap();
    assert_eq!(objects(&home, &[])[0]["state"], "stale");
}

#[test]
fn stale_hits_are_counted_apart() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    home.run(["echo", "x"]).status(0);
    home.run(["echo", "x"]).status(0);
    assert!(normalised(&list(&home, &[]).stdout_text()).ends_with(" 2 echo x"));
    home.run(["--async", "--ttl", "0", "echo", "x"]).status(0);
    home.until_quiet();
    let table = list(&home, &[]).stdout_text();
    assert!(normalised(&table).ends_with(" 2+1 echo x"), "{table}");
    let object = &objects(&home, &[])[0];
    assert_eq!((&object["hits"], &object["stale_hits"]), (&2.into(), &1.into()));
}
