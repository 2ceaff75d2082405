//! Results that one host invalidates or deletes are no longer printed by the others.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::common::fleet::{Fleet, members, shared};
use crate::common::{Home, wait_until};

/// Two hosts that ask the server at every call, both with the result of `one`.
fn both_have_it(sync: &str) -> Option<Fleet> {
    let fleet = Fleet::start()?;
    for home in [&fleet.one, &fleet.other] {
        fleet.configure(home, &format!("sync = \"{sync}\""));
    }
    fleet.one.run(["--tag", "a", "--scope", "s", "count"]).stdout("of one\n");
    fleet.one.until_quiet();
    fleet.other.run(["--tag", "a", "--scope", "s", "count"]).stdout("of one\n");
    Some(fleet)
}

fn call(home: &Home) -> String {
    let text = home.run(["--tag", "a", "--scope", "s", "count"]).stdout_text();
    home.until_quiet();
    text
}

#[test]
fn every_selector_of_an_invalidation_reaches_the_copies_of_other_hosts() {
    let selectors: [&[&str]; 6] =
        [&["--scope", "s", "count"], &["--match", "cou*"], &["--tag", "a"], &["--scope", "s"], &["--all"], &["--id"]];
    let Some(fleet) = both_have_it("0s") else { return };
    for selector in selectors {
        for change in ["invalidate", "delete"] {
            // Both have the result of one.
            fleet.one.run(["--refresh", "--tag", "a", "--scope", "s", "count"]).stdout("of one\n");
            fleet.one.until_quiet();
            fleet.other.cacheback(["delete", "-q", "--config", "/dev/null", "--all"]).go().status(0);
            assert_eq!(call(&fleet.other), "of one\n", "{selector:?}");
            let mut line: Vec<String> = selector.iter().map(ToString::to_string).collect();
            if *selector == ["--id"] {
                let list = fleet.one.cacheback(["list", "--json"]).go().stdout_text();
                let id = list.split("\"key\":\"").nth(1).unwrap_or_else(|| panic!("{list}"));
                line.push(id[..12].to_owned());
            }
            // The one that invalidates does not refresh: the other one runs it.
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            let changed = fleet.one.cacheback([change]).arg_all(&line).env("PATH", "/nowhere").go();
            changed.status(0).warned_once();
            fleet.one.until_quiet();
            assert_eq!(call(&fleet.other), "of other\n", "{change} {selector:?}");
            assert_eq!(call(&fleet.one), "of other\n", "{change} {selector:?}");
        }
    }
}

#[test]
fn within_sync_a_fresh_result_is_served_and_later_the_server_is_asked_once() {
    let Some(fleet) = both_have_it("1h") else { return };
    fleet.one.cacheback(["delete", "--all"]).go().status(0);
    assert_eq!(call(&fleet.other), "of one\n", "it has heard of others within the hour");
    fleet.configure(&fleet.other, "sync = \"0s\"");
    assert_eq!(call(&fleet.other), "of other\n");
    assert_eq!(call(&fleet.one), "of other\n", "it has no copy, and asks at once");
    // Nothing was invalidated since: asking changes nothing, and the result is served from here.
    let hit = fleet.other.run(["--status", "--tag", "a", "--scope", "s", "count"]);
    hit.stdout("of other\n");
    assert!(hit.stderr_text().starts_with("Cache-Status: cacheback; hit;"), "{hit}");
}

#[test]
fn entries_that_are_not_shared_are_not_touched_by_other_hosts() {
    let Some(fleet) = both_have_it("0s") else { return };
    fleet.other.counter("plain");
    fleet.other.run(["plain"]).stdout("1\n");
    fleet.one.cacheback(["delete", "--all"]).go().status(0);
    assert_eq!(call(&fleet.other), "of other\n");
    fleet.other.run(["plain"]).stdout("1\n");
}

#[test]
fn a_server_that_is_away_leaves_the_local_rules_and_the_status_says_so() {
    let Some(fleet) = both_have_it("0s") else { return };
    let Fleet { other, server, .. } = fleet;
    drop(server);
    for detail in ["refused", "back-off"] {
        let hit = other.run(["--status", "--tag", "a", "--scope", "s", "count"]);
        hit.stdout("of one\n").status(0);
        let (shared, own) = members(&hit);
        assert!(shared.starts_with("fwd=bypass; detail=") && own.starts_with("hit;"), "{detail}: {hit}");
    }
}

#[test]
fn an_emptied_server_makes_shared_results_stale_once() {
    let Some(fleet) = both_have_it("0s") else { return };
    assert_eq!(fleet.server.ask("FLUSHALL"), "+OK\r\n");
    assert_eq!(call(&fleet.other), "of other\n");
    assert_eq!(call(&fleet.other), "of other\n");
    assert_eq!(fleet.other.runs("count"), 1);
    assert_eq!(call(&fleet.one), "of other\n");
}

#[test]
fn a_log_that_went_back_or_was_trimmed_makes_shared_results_stale() {
    let Some(fleet) = both_have_it("0s") else { return };
    let prefix = prefix(&fleet);
    fleet.one.cacheback(["invalidate", "--match", "nothing"]).go().status(0);
    assert_eq!(call(&fleet.other), "of one\n", "it is not meant");
    // A fail-over has lost the barrier, and another one has its number.
    assert!(fleet.server.ask(&format!("HSET {prefix}m tag 000102030405060708090a0b0c0d0e0f")).starts_with(':'));
    assert_eq!(fleet.server.ask(&format!("DEL {prefix}l")), ":1\r\n");
    assert_eq!(call(&fleet.other), "of other\n");
    // So many that the log does not have the next one any more.
    let fill = format!(
        "EVAL \"for i = 2, 12000 do redis.call('XADD', KEYS[1], 'MAXLEN', 10, i .. '-0', 't', ARGV[1], 'k', 'i', 's', 'x') end \
         redis.call('HSET', KEYS[2], 'n', 12000, 'tag', ARGV[1]) return 1\" 2 {prefix}l {prefix}m {}",
        "0a".repeat(16)
    );
    assert_eq!(fleet.server.ask(&fill), ":1\r\n");
    let runs = fleet.other.runs("count");
    assert_eq!(call(&fleet.other), "of other\n");
    assert_eq!(fleet.other.runs("count"), runs + 1);
}

#[test]
fn more_barriers_than_one_answer_has_are_all_replayed() {
    let Some(fleet) = both_have_it("0s") else { return };
    let prefix = prefix(&fleet);
    fleet.one.cacheback(["invalidate", "-q", "--match", "nothing"]).go().status(0);
    let repeat = |n: u32| {
        let script = "local found = redis.call('XRANGE', KEYS[1], '1-0', '1-0')[1][2] \
                      for i = redis.call('HGET', KEYS[2], 'n') + 1, ARGV[1] do \
                      redis.call('XADD', KEYS[1], i .. '-0', unpack(found)) end \
                      redis.call('HSET', KEYS[2], 'n', ARGV[1], 'tag', found[2]) return 1";
        assert_eq!(fleet.server.ask(&format!("EVAL \"{script}\" 2 {prefix}l {prefix}m {n}")), ":1\r\n");
    };
    repeat(600);
    assert_eq!(call(&fleet.other), "of one\n");
    repeat(1200);
    fleet.one.cacheback(["delete", "-q", "--match", "co*"]).go().status(0);
    assert_eq!(call(&fleet.other), "of other\n");
}

#[test]
fn a_change_that_the_server_cannot_be_told_is_queued_and_sent_before_the_next_ask() {
    let Some(fleet) = both_have_it("0s") else { return };
    for change in ["invalidate", "delete"] {
        fleet.one.run(["--refresh", "--tag", "a", "--scope", "s", "count"]).stdout("of one\n");
        fleet.one.until_quiet();
        fleet.other.cacheback(["delete", "-q", "--config", "/dev/null", "--all"]).go().status(0);
        assert_eq!(call(&fleet.other), "of one\n");
        // Everybody but this host goes on using the server.
        let config = std::fs::read_to_string(fleet.one.config()).unwrap();
        std::fs::rename(fleet.server.socket(), fleet.server.socket().with_extension("away")).unwrap();
        let changed = fleet.one.cacheback([change, "--tag", "a"]).env("PATH", "/nowhere").go();
        changed.status(0).stderr_has("other hosts are not told yet");
        // The refresh in the background would tell it.
        fleet.one.until_quiet();
        std::fs::rename(fleet.server.socket().with_extension("away"), fleet.server.socket()).unwrap();
        let _ = std::fs::remove_file(fleet.one.cache().join("cache.db-shared"));
        assert_eq!(config, std::fs::read_to_string(fleet.one.config()).unwrap());
        assert_eq!(call(&fleet.other), "of one\n", "it cannot know yet");
        is_undelivered(&fleet.one, change);
        fleet.one.script("count", "echo of one, again");
        assert_eq!(call(&fleet.one), "of one, again\n", "its own invalidation counts");
        fleet.one.until_quiet();
        assert_eq!(call(&fleet.other), "of one, again\n", "it has been told");
        let status = shared(&fleet.one, &["status"]).go().status(0).stdout_text();
        assert!(!status.contains("undelivered") && status.contains("asked"), "{status}");
        fleet.one.script("count", "echo of one");
    }
}

/// Expects that `shared status` and `doctor` show this change as one that the server has not been told.
#[track_caller]
fn is_undelivered(home: &Home, change: &str) {
    let noun = if change == "delete" { "deletion" } else { "invalidation" };
    let status = shared(home, &["status"]).go().status(0).stdout_text();
    assert!(status.contains(&format!("undelivered  {noun} of ")), "{status}");
    let doctor = shared(home, &["doctor"]).go().status(1).stdout_text();
    assert!(doctor.contains("problem      other hosts are not told yet"), "{doctor}");
    let object = shared(home, &["status", "--json"]).go().status(0).json();
    assert_eq!(object["undelivered"][0]["change"], noun);
}

#[test]
fn a_process_that_is_killed_while_it_tells_the_server_leaves_a_record() {
    let Some(fleet) = both_have_it("0s") else { return };
    fleet.server.signal(Signal::SIGSTOP);
    let telling = fleet.one.cacheback(["delete", "--all"]).spawn();
    let sql = rusqlite::Connection::open(fleet.one.db()).unwrap();
    let count = || sql.query_row("SELECT count(*) FROM queue", [], |row| row.get::<_, i64>(0));
    wait_until("the record is written", || count() == Ok(1));
    telling.signal(Signal::SIGKILL);
    telling.wait();
    fleet.server.signal(Signal::SIGCONT);
    let _ = std::fs::remove_file(fleet.one.cache().join("cache.db-shared"));
    fleet.one.script("count", "echo of one, again");
    assert_eq!(call(&fleet.one), "of one, again\n");
    assert_eq!(call(&fleet.other), "of one, again\n");
}

#[test]
fn a_run_in_progress_when_another_host_invalidates_is_not_served_as_fresh() {
    let Some(fleet) = both_have_it("0s") else { return };
    fleet.other.script("count", "touch began; until test -e go; do sleep 0.01; done; echo of other");
    let gate = fleet.other.work("go");
    let running = fleet.other.running(["--refresh", "--tag", "a", "--scope", "s", "count"]).spawn();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !fleet.other.work("began").exists() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(5));
    }
    fleet.one.cacheback(["delete", "--all"]).go().status(0);
    // Something else on that host brings the barrier.
    fleet.other.run(["--shared", "true"]).status(0);
    std::fs::write(gate, "").unwrap();
    running.wait().stdout("of other\n");
    fleet.other.until_quiet();
    fleet.other.script("count", "echo of other, again");
    assert_eq!(call(&fleet.other), "of other, again\n");
    assert_eq!(call(&fleet.one), "of other, again\n");
}

#[test]
fn a_deletion_removes_the_selected_entries_from_the_server() {
    let Some(fleet) = both_have_it("0s") else { return };
    fleet.one.run(["count", "kept"]).stdout("of one\n");
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*e:*"), 2);
    fleet.one.cacheback(["delete", "--tag", "a"]).go().status(0);
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*e:*"), 1);
    fleet.other.run(["count", "kept"]).stdout("of one\n");
    fleet.one.cacheback(["invalidate", "--all"]).env("PATH", "/nowhere").go().status(0);
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*e:*"), 1, "an invalidation removes nothing");
}

#[test]
fn a_host_that_only_reads_follows_the_others() {
    let Some(fleet) = both_have_it("0s") else { return };
    fleet.configure(&fleet.other, "sync = \"0s\"\nmode = \"read-only\"");
    assert_eq!(call(&fleet.other), "of one\n");
    fleet.one.cacheback(["delete", "--all"]).go().status(0);
    assert_eq!(call(&fleet.other), "of other\n");
}

#[test]
fn a_result_from_before_its_call_was_shared_is_not_served_without_asking() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.other.cacheback(["run", "--config", "/dev/null", "count"]).go().stdout("of other\n");
    fleet.one_has_run();
    fleet.other.run(["count"]).stdout("of one\n");
}

#[test]
fn a_result_that_was_set_by_hand_is_served_until_another_host_invalidates() {
    let Some(fleet) = Fleet::start() else { return };
    for home in [&fleet.one, &fleet.other] {
        fleet.configure(home, "sync = \"0s\"");
    }
    fleet.one_has_run();
    // What this host has before it hears of the others for the first time is stale then.
    fleet.other.run(["count"]).stdout("of one\n");
    fleet.other.cacheback(["set", "count"]).stdin("by hand\n").go().status(0);
    fleet.other.run(["count"]).stdout("by hand\n");
    fleet.one.run(["count"]).stdout("of one\n");
    fleet.one.cacheback(["delete", "count"]).go().status(0);
    fleet.other.run(["count"]).stdout("of other\n");
}

#[test]
fn a_change_without_sharing_is_not_sent() {
    let Some(fleet) = both_have_it("0s") else { return };
    let Fleet { one, server, .. } = fleet;
    drop(server);
    one.cacheback(["invalidate", "--no-shared", "plain"]).go().status(0).stderr("cacheback: invalidated 0 entries\n");
    one.cacheback(["delete", "--all"]).env("CACHEBACK_SHARED", "off").go().status(0).warned_once();
}

/// What all names on the server begin with.
fn prefix(fleet: &Fleet) -> String {
    let mut names = fleet.server.memory();
    let at = names.windows(4).position(|bytes| bytes == b"cb1:").expect("there is something");
    names.drain(..at);
    let end = names.windows(2).position(|bytes| bytes == b"}:").expect("a namespace") + 2;
    String::from_utf8(names[..end].to_vec()).expect("plain names")
}
