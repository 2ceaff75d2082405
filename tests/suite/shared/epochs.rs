//! A server that was started again without its memory.

use crate::common::Running;
use crate::common::fleet::{Fleet, members};

/// A host that runs the command, let go by the gate.
fn with_leader() -> Option<(Fleet, crate::common::Gate, Running)> {
    let fleet = Fleet::start()?;
    let gate = fleet.one.gated("count", "echo of one");
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    Some((fleet, gate, leader))
}

#[test]
fn a_run_that_began_before_is_refused_and_the_next_one_is_shared() {
    let Some((fleet, gate, leader)) = with_leader() else { return };
    let Fleet { one, other, mut server } = fleet;
    server.restart();
    gate.let_one_go();
    leader.wait().stdout("of one\n").stderr("").status(0);
    one.until_quiet();
    assert_eq!((server.count("*e:*"), server.count("*c:*"), server.count("*w:*")), (0, 0, 0));
    other.run(["count"]).stdout("of other\n");
    other.until_quiet();
    assert_eq!(server.count("*e:*"), 1);
}

#[test]
fn a_run_that_began_before_does_not_replace_what_came_after() {
    let Some((fleet, gate, leader)) = with_leader() else { return };
    let Fleet { one, other, mut server } = fleet;
    server.restart();
    other.run(["count"]).stdout("of other\n");
    other.until_quiet();
    gate.let_one_go();
    leader.wait().stdout("of one\n").status(0);
    one.until_quiet();
    one.delete(["-q", "--config", "/dev/null", "count"]);
    let found = one.run(["--status", "count"]);
    found.stdout("of other\n");
    assert!(members(&found).0.starts_with("hit;"), "{found}");
}

#[test]
fn an_invalidation_before_is_not_forgotten() {
    let Some(fleet) = Fleet::start() else { return };
    for home in [&fleet.one, &fleet.other] {
        fleet.configure(home, "sync = \"0s\"");
    }
    fleet.one_has_run();
    fleet.other.run(["count"]).stdout("of one\n");
    fleet.one.delete(["-q", "count"]).status(0).stderr("");
    let Fleet { one, other, mut server } = fleet;
    one.until_quiet();
    server.restart();
    other.run(["count"]).stdout("of other\n");
}
