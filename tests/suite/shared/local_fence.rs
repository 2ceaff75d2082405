//! A copy never takes the place of a local result whose fetch began later, or of the same one. It is printed all the same.

use crate::common::fleet::{Fleet, members};

/// Makes what `one` has stale, and tells nobody. The refresh in the background fails. Returns how many runs there were.
fn make_stale(fleet: &Fleet) -> usize {
    fleet.one.script("count", "exit 1");
    fleet.one.invalidate(["-q", "--config", "/dev/null", "count"]).status(0);
    fleet.one.until_quiet();
    fleet.one.runs("count")
}

#[test]
fn what_the_server_has_of_the_same_run_is_printed_without_another_one() {
    for (body, output) in [("echo of one", "of one\n".to_owned()), ("yes | head -c 700000", "y\n".repeat(350_000))] {
        let Some(fleet) = Fleet::start() else { return };
        fleet.one.script("count", &format!("sleep 1; {body}"));
        fleet.one.run(["count"]).stdout(&*output);
        fleet.one.until_quiet();
        let runs = make_stale(&fleet);
        let printed = fleet.one.run(["--status", "count"]);
        printed.stdout(&*output).status(0);
        let (from_server, own) = members(&printed);
        assert!(from_server.starts_with("hit; ttl=") && own.starts_with("fwd=stale; key="), "{printed}");
        assert_eq!(fleet.one.runs("count"), runs);
    }
}

#[test]
fn a_run_that_began_earlier_is_printed_and_replaces_nothing_here() {
    let Some(fleet) = Fleet::start() else { return };
    let gate = fleet.other.gated("count", "echo of other");
    let other = fleet.other.start(["count"]);
    fleet.other.until_runs("count", 1);
    // Evicted: the lease, so that both hosts run, and then what the later run has stored.
    let evict =
        |pattern| fleet.server.names(pattern).iter().for_each(|name| drop(fleet.server.ask(&format!("DEL {name}"))));
    evict("*}:w:*");
    fleet.one.run(["count"]).stdout("of one\n");
    fleet.one.until_quiet();
    evict("*}:e:*");
    gate.open();
    other.wait().stdout("of other\n");
    fleet.other.until_quiet();
    assert_eq!(fleet.server.names("*}:e:*").len(), 1);
    let runs = make_stale(&fleet);
    fleet.one.run(["count"]).stdout("of other\n").status(0);
    assert_eq!(fleet.one.runs("count"), runs);
    let here = fleet.one.run(["--no-shared", "--async", "count"]);
    here.stdout("of one\n").status(0);
}
