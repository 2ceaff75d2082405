//! What is on the server is listed and verified.

use crate::common::fleet::Fleet;
use crate::common::{Home, Outcome, wait_until};

/// `cacheback list --shared ARGS`.
fn list(home: &Home, args: &[&str]) -> Outcome {
    home.cacheback(["list", "--shared"]).arg_all(args).go()
}

fn json(outcome: &Outcome) -> Vec<serde_json::Value> {
    serde_json::from_str(&outcome.status(0).stdout_text()).expect("a JSON array")
}

#[test]
fn entries_of_all_hosts_are_listed_with_their_host() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.run(["--tag", "a", "count", "1"]);
    fleet.other.run(["--tag", "b", "--ttl", "0", "count", "2"]);
    fleet.one.until_quiet();
    fleet.other.until_quiet();
    let page = list(&fleet.one, &[]);
    let text = page.status(0).stdout_text();
    let heading: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(heading, ["ID", "STATE", "AGE", "TTL", "SIZE", "TOOK", "HOST", "COMMAND"], "{page}");
    let host = String::from_utf8(std::process::Command::new("uname").arg("-n").output().unwrap().stdout).unwrap();
    for (command, state) in [("count 1", "fresh"), ("count 2", "stale")] {
        let line = text.lines().find(|line| line.ends_with(command)).unwrap_or_else(|| panic!("{page}"));
        assert!(line.contains(state) && line.contains(host.trim()), "{line}");
    }
    // The same entry has the same id here and there.
    let local = fleet.one.cacheback(["list", "--ids"]).go().stdout_text();
    list(&fleet.one, &["--match", "count 1", "--ids"]).stdout(&local);
    for (selector, count) in [
        (&["--tag", "a"][..], 1),
        (&["--match", "count *"], 2),
        (&["--stale"], 1),
        (&["--id", &local[..12]], 1),
        (&["--scope", "x"], 0),
        (&["--limit", "1"], 1),
    ] {
        let lines = list(&fleet.other, &[selector, &["--jsonl"]].concat()).status(0).stdout_text();
        assert_eq!(lines.lines().count(), count, "{selector:?}: {lines}");
    }
    let newest_first = json(&list(&fleet.one, &["--json"]));
    let oldest_first: Vec<_> = json(&list(&fleet.one, &["--json", "--sort", "command"]));
    assert_eq!(
        (&newest_first[0]["command"], &newest_first[1]["command"]),
        (&oldest_first[1]["command"], &oldest_first[0]["command"])
    );
    assert_eq!(newest_first[0]["host"], host.trim());
    assert_eq!(newest_first[0]["shared_id"].as_str().map(str::len), Some(32));
    assert!(newest_first[0]["hits"].is_null() && newest_first[0]["refreshing"].is_null());
}

#[test]
fn what_is_invalidated_or_of_another_epoch_is_not_fresh() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fleet.other.invalidate(["-q", "--match", "count"]).status(0);
    let listed = list(&fleet.one, &["--json"]);
    // The entry may be swept by now.
    assert!(json(&listed).iter().all(|entry| entry["state"] == "invalidated"), "{listed}");
    fleet.server.ask("FLUSHALL");
    list(&fleet.one, &[]).status(0).stdout("").stderr_has("nothing is stored on the server");
}

#[test]
fn who_runs_a_command_is_listed() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let gate = fleet.other.gated("count", "echo of other");
    let running = fleet.other.start(["--refresh", "count"]);
    wait_until("a lease is there", || fleet.server.count("*w:*") == 1);
    let listed = json(&list(&fleet.one, &["--json", "--refreshing"]));
    assert!(
        listed[0]["refreshing"]["pid"].as_u64().is_some() && listed[0]["refreshing"]["host"].is_string(),
        "{listed:?}"
    );
    let page = list(&fleet.one, &[]).stdout_text();
    assert!(page.contains("refreshing (") && page.contains(" pid "), "{page}");
    gate.open();
    running.wait().stdout("of other\n");
}

#[test]
fn every_seal_is_opened_and_what_does_not_open_is_named_and_removed() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.script("count", "head -c $1 /dev/zero | tr '\\0' x");
    let verify = |args: &[&str]| fleet.one.cacheback(["verify", "--shared"]).arg_all(args).go();
    verify(&[]).status(0).stderr_has("checked 0 entries: all is well");
    for (size, harm, said) in [
        ("10", "HSET NAME b x", "its body does not open"),
        ("10", "HSET NAME h x", "its head does not open"),
        ("300000", "DEL CHUNK", "a chunk of it is missing"),
        ("300000", "SET CHUNK x", "a chunk of it does not open"),
        ("10", "SET NAME x", "is no entry: something else has its name"),
    ] {
        fleet.one.run(["--refresh", "count", size]);
        fleet.one.until_quiet();
        verify(&[]).status(0).stderr_has("checked 1 entry: all is well");
        let name = fleet.server.names("*:e:*").remove(0);
        let chunk = fleet.server.names("*:c:*:1").pop().unwrap_or_default();
        fleet.server.ask(&harm.replace("NAME", &name).replace("CHUNK", &chunk));
        let id = name.rsplit(':').next().unwrap();
        let found = verify(&[]);
        assert!(found.status(1).stdout_text().starts_with(id) && found.stdout_text().contains(said), "{harm}: {found}");
        verify(&["--repair"]).status(1).stderr_has("1 problem, 1 repaired");
        verify(&[]).status(0).stderr_has("checked 0 entries: all is well");
        assert_eq!(fleet.server.count("*:e:*"), 0, "{harm}");
        fleet.one.delete(["-q", "--config", "/dev/null", "count", size]);
        fleet.server.ask("FLUSHALL");
    }
}

#[test]
fn entries_that_do_not_open_are_counted_in_the_list() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let name = fleet.server.names("*:e:*").remove(0);
    fleet.server.ask(&format!("HSET {name} h x"));
    list(&fleet.one, &[])
        .status(0)
        .stderr_has("1 entry cannot be opened with this key; see 'cacheback verify --shared'");
}

#[test]
fn a_server_that_is_away_or_not_configured_is_an_error() {
    let Some(fleet) = Fleet::start() else { return };
    let Fleet { one, server, .. } = fleet;
    drop(server);
    for line in [&["list", "--shared"][..], &["verify", "--shared"]] {
        let outcome = one.cacheback(line).go();
        outcome.status(125).stderr_has("see 'cacheback shared doctor'").stdout("");
        let home = Home::new();
        home.cacheback(line).go().status(125).stderr_has("no server is configured");
    }
}
