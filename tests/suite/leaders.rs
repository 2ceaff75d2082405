//! The host that runs the command for all: it keeps its lease while the run goes on, and gives it back when it ends.

use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use crate::common::fleet::Fleet;
use crate::common::{Gate, Running, wait_until};

/// Two hosts with this lease, the first of which runs the command.
fn leading(lease: &str, body: &str) -> Option<(Fleet, Gate, Running)> {
    let fleet = Fleet::start()?;
    for home in [&fleet.one, &fleet.other] {
        fleet.configure(home, &format!("lease = \"{lease}\""));
    }
    let gate = fleet.one.gated("count", body);
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    Some((fleet, gate, leader))
}

/// The fetcher of a caller.
fn fetcher(fleet: &Fleet, caller: &Running) -> crate::common::Process {
    let is_fetcher = |process: &crate::common::Process| {
        process.parent == caller.pid() && process.command_line.contains("cacheback run")
    };
    fleet.one.processes().into_iter().find(is_fetcher).expect("it has a fetcher")
}

#[test]
fn a_run_that_takes_longer_than_several_leases_stays_one_run() {
    let Some((fleet, gate, leader)) = leading("1s", "sleep 4; echo of one") else { return };
    let follower = fleet.other.start(["count"]);
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    follower.wait().stdout("of one\n").status(0);
    assert_eq!(fleet.other.runs("count"), 0);
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*w:*"), 0);
}

#[test]
fn another_host_leads_when_the_lease_of_a_dead_leader_is_over() {
    let Some((fleet, gate, mut leader)) = leading("1s", "echo of one") else { return };
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    fetcher(&fleet, &leader).kill(Signal::SIGKILL);
    leader.until_ended();
    follower.wait().stdout("of other\n").status(0);
    gate.open();
}

#[test]
fn a_process_of_its_own_host_takes_over_from_a_dead_leader_at_once() {
    // Only the token of the dead leader shortens this.
    let Some((fleet, gate, mut leader)) = leading("1h", "echo of one") else { return };
    let waiter = fleet.one.start(["count"]);
    fleet.one.until_joined(&waiter);
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    fetcher(&fleet, &leader).kill(Signal::SIGKILL);
    leader.until_ended();
    fleet.one.until_runs("count", 2);
    gate.open();
    waiter.wait().stdout("of one\n").status(0);
    follower.wait().stdout("of one\n").status(0);
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn a_leader_that_was_stopped_past_its_lease_has_its_output_and_replaces_nothing() {
    let Some((fleet, gate, leader)) = leading("1s", "echo of one") else { return };
    let fetcher = fetcher(&fleet, &leader);
    fetcher.kill(Signal::SIGSTOP);
    fleet.other.run(["count"]).stdout("of other\n").status(0);
    fleet.other.until_quiet();
    gate.let_one_go();
    fetcher.kill(Signal::SIGCONT);
    leader.wait().stdout("of one\n").status(0);
    fleet.one.until_quiet();
    fleet.join("third").run(["count"]).stdout("of other\n");
}

#[test]
fn followers_print_how_a_run_has_failed() {
    let Some((fleet, gate, leader)) = leading("10s", "echo out; echo error >&2; exit 7") else { return };
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    let waiter = fleet.other.start(["count"]);
    fleet.other.until_joined(&waiter);
    gate.let_one_go();
    for caller in [leader, follower, waiter] {
        caller.wait().stdout("out\n").stderr("error\n").status(7);
    }
    assert_eq!(fleet.other.runs("count"), 0);
    // The failure is not stored.
    fleet.other.run(["count"]).stdout("of other\n").status(0);
}

#[test]
fn each_failing_call_of_one_host_runs_the_command() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.script("count", "exit 7");
    for runs in 1..=5 {
        fleet.one.run(["count"]).status(7);
        assert_eq!(fleet.one.runs("count"), runs);
    }
}

#[test]
fn a_result_that_is_too_large_to_share_is_fetched_by_every_host_at_once() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.configure(&fleet.one, "max_size = \"1KiB\"");
    let gate = fleet.one.gated("count", "head -c 2000 /dev/zero");
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    gate.let_one_go();
    leader.wait();
    follower.wait().stdout("of other\n").status(0);
    assert_eq!(fleet.server.count("*x:*"), 1);
}

#[test]
fn a_run_that_is_interrupted_is_given_to_another_host_at_once() {
    let Some((fleet, gate, mut leader)) = leading("1h", "echo of one") else { return };
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    leader.signal(Signal::SIGTERM);
    assert_eq!(leader.until_ended().signal(), Some(Signal::SIGTERM as i32));
    follower.wait().stdout("of other\n").status(0);
    gate.open();
}

#[test]
fn failures_in_the_background_are_counted_for_all_hosts() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fleet.one.script("count", "exit 7");
    fleet.one.run(["--async", "--ttl", "1ms", "count"]).stdout("of one\n");
    fleet.one.until_quiet();
    wait_until("the failure is told", || fleet.server.count("*b:*") == 1);
}
