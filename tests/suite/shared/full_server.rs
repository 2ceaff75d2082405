//! A server without room: what it has is printed, and what it cannot take is run.

use crate::common::fleet::{Fleet, members};

/// A server that may have little more than it needs itself.
fn with_little_room(policy: &str) -> Option<Fleet> {
    let fleet = Fleet::with(&["--maxmemory-policy", policy])?;
    for (home, who) in [(&fleet.one, "one"), (&fleet.other, "other")] {
        home.script("count", &format!("echo of {who} $1; head -c 60000 /dev/zero | tr '\\0' x"));
        fleet.configure(home, "sync = \"0s\"");
    }
    Some(fleet)
}

fn output(who: &str, word: usize) -> String {
    format!("of {who} {word}\n{}", "x".repeat(60_000))
}

/// Forbids the server to use more than now, and this much.
fn allow(fleet: &Fleet, more: u64) {
    let used = fleet.server.info("memory", "used_memory");
    assert_eq!(fleet.server.ask(&format!("CONFIG SET maxmemory {}", used + more)), "+OK\r\n");
}

#[test]
fn what_was_evicted_is_run_once_more_and_is_right() {
    // With the first one, what all results hang on may go, too: then all are stale.
    for policy in ["allkeys-lru", "volatile-lru"] {
        let Some(fleet) = with_little_room(policy) else { return };
        // Random bytes: compressed ones would all have room.
        for home in [&fleet.one, &fleet.other] {
            home.script("count", "echo $1; head -c 300000 /dev/urandom | base64 -w0");
        }
        allow(&fleet, 3_000_000);
        let mut outputs = Vec::new();
        for word in 0..14 {
            outputs.push(fleet.one.run(["count", &word.to_string()]).status(0).stdout_text());
            fleet.one.until_quiet();
        }
        assert!(fleet.server.info("stats", "evicted_keys") > 0, "all had room");
        let mut hits = 0;
        for (word, output) in outputs.iter().enumerate().rev() {
            let runs = fleet.other.runs("count");
            let found = fleet.other.run(["--status", "count", &word.to_string()]);
            fleet.other.until_quiet();
            let said = found.status(0).stderr_text();
            let is_hit = members(&found).0.starts_with("hit;");
            hits += usize::from(is_hit);
            assert!(found.stdout_text().starts_with(&format!("{word}\n")), "{word}: {said}");
            assert!((found.stdout_text() == *output) == is_hit, "{word} is neither that of one nor a new one: {said}");
            assert_eq!(fleet.other.runs("count"), runs + usize::from(!is_hit), "{word}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        assert!(hits > 0 || policy == "allkeys-lru", "nothing was there any more");
    }
}

#[test]
fn a_full_server_that_evicts_nothing_is_still_read_and_takes_nothing() {
    let Some(fleet) = with_little_room("noeviction") else { return };
    assert_eq!(fleet.one.run(["count", "1"]).stdout_text(), output("one", 1));
    fleet.one.until_quiet();
    allow(&fleet, 0);
    let hit = fleet.other.run(["--status", "count", "1"]);
    assert!(hit.stdout_text() == output("one", 1) && members(&hit).0.starts_with("hit;"), "{}", hit.stderr_text());
    let entries = fleet.server.count("*e:*");
    let ran = fleet.other.run(["--status", "count", "2"]);
    assert!(ran.status(0).stdout_text() == output("other", 2), "{}", ran.stderr_text());
    assert_eq!(members(&ran).0, "fwd=uri-miss");
    fleet.other.until_quiet();
    assert_eq!((fleet.server.count("*e:*"), fleet.server.count("*w:*")), (entries, 0));
    // It is stored here.
    let hit = fleet.other.run(["--status", "count", "2"]);
    assert!(
        hit.stdout_text() == output("other", 2) && hit.stderr_text().contains("cacheback; hit"),
        "{}",
        hit.stderr_text()
    );
    // There is room again: nothing has to be mended.
    assert_eq!(fleet.server.ask("CONFIG SET maxmemory 0"), "+OK\r\n");
    fleet.one.run(["count", "3"]);
    fleet.one.until_quiet();
    assert_eq!(fleet.other.run(["count", "3"]).stdout_text(), output("one", 3));
}

#[test]
fn a_server_that_fills_up_during_a_run_gets_no_result_and_everybody_runs_the_command() {
    let Some(fleet) = with_little_room("noeviction") else { return };
    let gate = fleet.one.gated("count", "head -c 600000 /dev/urandom | base64 -w0");
    let leader = fleet.one.start(["count", "1"]);
    fleet.one.until_runs("count", 1);
    let follower = fleet.other.start(["count", "1"]);
    fleet.server.until_followed(1);
    allow(&fleet, 0);
    gate.let_one_go();
    leader.wait().status(0).stderr("");
    assert!(follower.wait().status(0).stdout_text() == output("other", 1), "it is another output");
    for home in [&fleet.one, &fleet.other] {
        home.until_quiet();
    }
    assert_eq!((fleet.server.count("*e:*"), fleet.server.count("*w:*")), (0, 0));
}
