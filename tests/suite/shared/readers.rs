//! A host whose user may only read.

use crate::common::fleet::{Fleet, members, shared};
use crate::shared::doctor::{allow, log_in, rights};

/// `one` may write, and `other` may read.
fn writer_and_reader(mode: &str) -> Option<Fleet> {
    let fleet = Fleet::start()?;
    allow(&fleet, "writer", &rights("writer"));
    allow(&fleet, "reader", &rights("reader"));
    log_in(&fleet, &fleet.one, "writer", "sync = \"0s\"");
    log_in(&fleet, &fleet.other, "reader", &format!("sync = \"0s\"\nmode = \"{mode}\""));
    Some(fleet)
}

#[test]
fn it_prints_what_others_have_fetched_and_stores_nothing() {
    let Some(fleet) = writer_and_reader("read-only") else { return };
    fleet.one_has_run();
    let hit = fleet.other.run(["--status", "count"]);
    hit.stdout("of one\n").status(0);
    assert!(members(&hit).0.starts_with("hit;"), "{hit}");
    for line in
        [&["count", "x"][..], &["--refresh", "count"], &["--async", "--ttl", "1ms", "count", "x"], &["--warm", "count"]]
    {
        fleet.other.run(line).status(0).stderr("");
        fleet.other.until_quiet();
    }
    assert!(fleet.other.runs("count") >= 4, "it has not run it");
    assert_eq!((fleet.server.count("*e:*"), fleet.server.count("*w:*")), (1, 0));
    // What it has fetched is for itself.
    fleet.one.run(["count", "x"]).stdout("of one\n");
    let status = shared(&fleet.other, &["status"]).go();
    assert!(status.status(0).stdout_text().contains("read-only"), "{status}");
}

#[test]
fn it_follows_a_run_and_hears_what_others_invalidate() {
    let Some(fleet) = writer_and_reader("read-only") else { return };
    let gate = fleet.one.gated("count", "echo of one");
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    let follower = fleet.other.start(["--status", "count"]);
    fleet.server.until_followed(1);
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    let outcome = follower.wait();
    outcome.stdout("of one\n").status(0);
    assert_eq!(members(&outcome).0, "fwd=uri-miss; collapsed");
    fleet.one.until_quiet();
    fleet.one.delete(["-q", "count"]).status(0).stderr("");
    fleet.one.until_quiet();
    fleet.other.run(["count"]).stdout("of other\n").stderr("");
}

#[test]
fn where_the_mode_is_not_said_it_is_told_once_and_loses_nothing_else() {
    let Some(fleet) = writer_and_reader("read-write") else { return };
    fleet.one_has_run();
    let first = fleet.other.run(["--status", "count", "x"]);
    first.stdout("of other\n").status(0).stderr_has("nothing is shared: unix://");
    assert_eq!(members(&first).0, "fwd=bypass; detail=no-permission");
    fleet.other.run(["count", "y"]).stdout("of other\n").stderr("").status(0);
}
