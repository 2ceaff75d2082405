//! What `invalidate` has fetched again is shared like anything else.

use crate::common::fleet::Fleet;

#[test]
fn other_hosts_wait_for_the_refresh_after_an_invalidation_and_print_its_result() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let gate = fleet.one.gated("count", "echo later");
    fleet.one.invalidate(["-q", "count"]).status(0);
    fleet.one.until_runs("count", 2);
    let caller = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    gate.open();
    caller.wait().stdout("later\n").status(0);
    fleet.one.until_quiet();
    assert_eq!((fleet.one.runs("count"), fleet.other.runs("count")), (2, 0));
    fleet.one.run(["count"]).stdout("later\n");
    assert_eq!((fleet.server.count("*}:e:*"), fleet.server.count("*}:w:*")), (1, 0));
}

#[test]
fn a_refresh_after_an_invalidation_takes_what_another_host_has_fetched_since() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let gates = [&fleet.one, &fleet.other].map(|home| home.gated("count", "echo later"));
    // Its refresh finds the flight of a call that was made before, and waits for it. The lease of that call is evicted.
    let earlier = fleet.one.start(["--refresh", "count"]);
    fleet.one.until_runs("count", 2);
    fleet.server.names("*}:w:*").iter().for_each(|name| drop(fleet.server.ask(&format!("DEL {name}"))));
    fleet.one.invalidate(["-q", "count"]).status(0);
    let caller = fleet.other.start(["count"]);
    fleet.other.until_runs("count", 1);
    gates[0].let_one_go();
    earlier.wait().stdout("later\n");
    fleet.server.until_followed(1);
    gates[1].open();
    caller.wait().stdout("later\n").status(0);
    fleet.one.until_quiet();
    assert_eq!((fleet.one.runs("count"), fleet.other.runs("count")), (2, 1));
    fleet.one.run(["count"]).stdout("later\n");
    assert_eq!(fleet.one.runs("count"), 2);
}

#[test]
fn a_refresh_after_an_invalidation_does_not_count_on_a_run_that_began_before_it() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fleet.one.script("count", "echo later");
    let gate = fleet.other.gated("count", "echo earlier");
    let earlier = fleet.other.start(["--refresh", "count"]);
    fleet.other.until_runs("count", 1);
    fleet.one.invalidate(["-q", "count"]).status(0);
    fleet.server.until_followed(1);
    assert_eq!(fleet.one.runs("count"), 1);
    gate.open();
    earlier.wait().stdout("earlier\n");
    fleet.one.until_quiet();
    assert_eq!(fleet.one.runs("count"), 2);
    fleet.one.run(["count"]).stdout("later\n");
    fleet.other.until_quiet();
    fleet.join("third").run(["count"]).stdout("later\n");
}

#[test]
fn a_refresh_after_an_invalidation_is_shared_by_the_rule_of_its_job_too() {
    let Some(fleet) = Fleet::start() else { return };
    for home in [&fleet.one, &fleet.other] {
        fleet.configure_job(home, "vary = []\n");
    }
    fleet.one.get(["count"]).stdout("of one\n");
    fleet.one.until_quiet();
    fleet.one.script("count", "echo later");
    fleet.one.cacheback(["invalidate", "-q", "--job", "count"]).go().status(0);
    fleet.one.until_quiet();
    assert_eq!(fleet.one.runs("count"), 2);
    fleet.other.get(["count"]).stdout("later\n").status(0);
    assert_eq!(fleet.other.runs("count"), 0);
}
