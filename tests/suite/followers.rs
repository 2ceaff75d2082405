//! One run for all hosts that ask together: the others wait for it and print its result.

use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use crate::common::fleet::{Fleet, members};
use crate::common::pty::Terminal;
use crate::common::{Home, Running, wait_until};

/// Starts a run of `one` that waits at a gate.
fn start_leader(fleet: &Fleet, body: &str) -> (crate::common::Gate, Running) {
    let gate = fleet.one.gated("count", body);
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    (gate, leader)
}

#[test]
fn ten_hosts_that_ask_together_cause_one_run() {
    let Some(fleet) = Fleet::start() else { return };
    let hosts: Vec<Home> = (0..9).map(|number| fleet.join(&number.to_string())).collect();
    let (gate, leader) = start_leader(&fleet, "echo of one; echo error >&2");
    let followers: Vec<Running> = hosts.iter().map(|host| host.start(["--status", "count"])).collect();
    fleet.server.until_followed(9);
    gate.let_one_go();
    leader.wait().stdout("of one\n").stderr("error\n");
    for (host, follower) in hosts.iter().zip(followers) {
        let outcome = follower.wait();
        outcome.stdout("of one\n").status(0).stderr_has("error\n");
        let (from_server, own) = members(&outcome);
        assert_eq!(from_server, "fwd=uri-miss; collapsed");
        assert!(own.starts_with("fwd=uri-miss; stored; key="), "{outcome}");
        assert_eq!(host.runs("count"), 0);
        host.run(["count"]).stdout("of one\n");
    }
    fleet.one.until_quiet();
    assert_eq!((fleet.server.count("*e:*"), fleet.server.count("*w:*")), (1, 0));
}

#[test]
fn ten_hosts_that_ask_at_the_same_moment_cause_one_run() {
    let Some(fleet) = Fleet::start() else { return };
    let hosts: Vec<Home> = (0..10).map(|number| fleet.join(&number.to_string())).collect();
    hosts.iter().for_each(|host| host.script("count", "sleep 1; echo out"));
    let callers: Vec<Running> = hosts.iter().map(|host| host.start(["count"])).collect();
    callers.into_iter().for_each(|caller| _ = caller.wait().stdout("out\n").status(0));
    assert_eq!(hosts.iter().map(|host| host.runs("count")).sum::<usize>(), 1);
}

#[test]
fn waiters_of_a_host_join_its_follower() {
    let Some(fleet) = Fleet::start() else { return };
    let (gate, leader) = start_leader(&fleet, "echo of one");
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    let waiter = fleet.other.start(["--status", "count"]);
    fleet.other.until_joined(&waiter);
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    follower.wait().stdout("of one\n").status(0);
    let outcome = waiter.wait();
    outcome.stdout("of one\n").status(0);
    assert!(outcome.cache_status().has("collapsed"), "{outcome}");
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn a_follower_takes_the_result_that_it_has_waited_for_however_old_it_is() {
    let Some(fleet) = Fleet::start() else { return };
    let (gate, leader) = start_leader(&fleet, "echo of one");
    let follower = fleet.other.start(["--ttl", "1ms", "count"]);
    fleet.server.until_followed(1);
    gate.let_one_go();
    leader.wait();
    follower.wait().stdout("of one\n").status(0);
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn waiting_for_another_host_is_shown_with_host_and_process() {
    let Some(fleet) = Fleet::start() else { return };
    let (gate, leader) = start_leader(&fleet, "echo of one");
    let mut follower = Terminal::with_columns(200, fleet.other.running(["count"]).env("TERM", "xterm"));
    fleet.server.until_followed(1);
    let mut waiter = Terminal::with_columns(200, fleet.other.running(["count"]).env("TERM", "xterm"));
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let line = format!("waiting for process {} on {}, running the same command for ", leader.pid(), name.trim());
    follower.until_seen(&line);
    waiter.until_seen(&line);
    gate.let_one_go();
    for terminal in [&mut follower, &mut waiter] {
        assert!(terminal.until_ended().success());
        assert_eq!(terminal.screen(), ["of one"]);
    }
    leader.wait();
}

#[test]
fn a_follower_dies_at_once_of_a_signal_and_leaves_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        let Some(fleet) = Fleet::start() else { return };
        let (gate, leader) = start_leader(&fleet, "echo of one");
        let mut follower = fleet.other.start(["count"]);
        fleet.server.until_followed(1);
        let waiter = fleet.other.start(["count"]);
        fleet.other.until_joined(&waiter);
        follower.signal(signal);
        assert_eq!(follower.until_ended().signal(), Some(signal as i32));
        // The process that waited for it follows now.
        fleet.server.until_followed(1);
        waiter.signal(Signal::SIGTERM);
        waiter.wait().killed_by(Signal::SIGTERM);
        let left = || std::fs::read_dir(fleet.other.flights()).unwrap().count();
        wait_until("no file is left", || left() == 0);
        assert_eq!(fleet.server.count("*w:*"), 1, "only the leader has a lease");
        gate.let_one_go();
        leader.wait();
    }
}

#[test]
fn a_follower_waits_no_longer_than_its_own_time_limit() {
    let Some(fleet) = Fleet::start() else { return };
    let (gate, leader) = start_leader(&fleet, "echo of one");
    fleet.other.run(["--timeout", "300ms", "count"]).stdout("").status(124);
    assert_eq!(fleet.other.runs("count"), 0);
    gate.let_one_go();
    leader.wait();
}

#[test]
fn a_follower_takes_the_run_over_after_max_wait() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.configure(&fleet.other, "max_wait = \"300ms\"");
    let (gate, leader) = start_leader(&fleet, "echo of one");
    fleet.other.run(["count"]).stdout("of other\n").status(0);
    fleet.other.until_quiet();
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    fleet.one.until_quiet();
    // The later run has stored its result already.
    fleet.one.delete(["-q", "--config", "/dev/null", "count"]);
    fleet.one.run(["count"]).stdout("of other\n");
    assert_eq!(fleet.one.runs("count"), 1);
}

#[test]
fn a_follower_sends_few_commands_and_polls_nothing() {
    let Some(fleet) = Fleet::start() else { return };
    let (gate, leader) = start_leader(&fleet, "sleep 5; echo of one");
    let sent = || {
        ["eval", "evalsha", "xread", "hmget"].map(|name| fleet.server.info("commandstats", &format!("cmdstat_{name}")))
    };
    let by_scripts = |[eval, evalsha, xread, _]: [u64; 4]| eval + evalsha + xread;
    let before = by_scripts(sent());
    let follower = fleet.other.start(["count"]);
    gate.let_one_go();
    follower.wait().stdout("of one\n");
    let after = by_scripts(sent());
    leader.wait();
    assert!(after - before <= 15, "{before} {after}");
}

#[test]
fn a_refresh_waits_for_an_older_run_and_takes_nothing_of_it() {
    let Some(fleet) = Fleet::start() else { return };
    let (gate, leader) = start_leader(&fleet, "echo of one");
    let refresh = fleet.other.start(["--status", "--refresh", "count"]);
    fleet.server.until_followed(1);
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    let outcome = refresh.wait();
    outcome.stdout("of other\n");
    assert_eq!(members(&outcome).0, "fwd=request");
}

#[test]
fn a_refresh_takes_what_has_begun_after_it() {
    let Some(fleet) = Fleet::start() else { return };
    let (gate, leader) = start_leader(&fleet, "echo of one");
    let third = fleet.join("third");
    let (gates, homes) =
        ([fleet.other.gated("count", "echo later"), third.gated("count", "echo later")], [&fleet.other, &third]);
    let refreshes = homes.map(|home| home.start(["--refresh", "count"]));
    fleet.server.until_followed(2);
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    fleet.server.until_followed(1);
    gates.iter().for_each(|gate| gate.let_one_go());
    refreshes.into_iter().for_each(|refresh| _ = refresh.wait().stdout("later\n").status(0));
    assert_eq!(homes.map(|home| home.runs("count")).iter().sum::<usize>(), 1);
}

#[test]
fn when_the_server_is_lost_followers_run_the_command_or_print_what_is_stale() {
    let Some(fleet) = Fleet::start() else { return };
    let third = fleet.join("third");
    third.run(["count"]).stdout("of third\n");
    third.until_quiet();
    fleet.server.ask("FLUSHALL");
    let (gate, leader) = start_leader(&fleet, "echo of one");
    let follower = fleet.other.start(["--status", "count"]);
    let lenient = third.start(["--stale-if-error", "--ttl", "1ms", "count"]);
    fleet.server.until_followed(2);
    let Fleet { one, other, server } = fleet;
    drop(server);
    let outcome = follower.wait();
    outcome.stdout("of other\n").status(0);
    assert!(members(&outcome).0.starts_with("fwd=bypass; detail="), "{outcome}");
    let outcome = lenient.wait();
    outcome.stdout("of third\n").status(0);
    outcome.stderr_has("the server was lost while another host ran the command; this is the result of ");
    assert_eq!((other.runs("count"), third.runs("count")), (1, 1));
    gate.let_one_go();
    leader.wait().stdout("of one\n");
    one.until_quiet();
}

#[test]
fn a_refresh_in_the_background_leaves_the_run_to_another_host() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.other.run(["count"]).stdout("of other\n");
    fleet.other.until_quiet();
    fleet.server.ask("FLUSHALL");
    let (gate, leader) = start_leader(&fleet, "echo of one");
    fleet.other.run(["--async", "--ttl", "1ms", "count"]).stdout("of other\n");
    fleet.other.until_quiet();
    assert_eq!(fleet.other.runs("count"), 1);
    gate.let_one_go();
    leader.wait();
}

#[test]
fn a_stale_result_of_another_host_is_printed_and_refreshed_with_async() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let outcome = fleet.other.run(["--async", "--status", "--ttl", "1ms", "count"]);
    outcome.stdout("of one\n").status(0);
    fleet.other.until_quiet();
    assert_eq!(fleet.other.runs("count"), 1);
    fleet.other.run(["count"]).stdout("of other\n");
}
