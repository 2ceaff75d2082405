//! A leader that is stopped (Ctrl-Z) does not hold up other callers.

use std::fs;
use std::io;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use crate::common::pty::Terminal;
use crate::common::{Gate, Home, Running, wait_until, weakness};

/// A home with a command that waits at a gate, and then prints the number of its run.
fn with_slow() -> (Home, Gate) {
    let home = Home::new();
    let gate = home.gate("slow");
    let runs = home.root().join("runs/slow");
    home.script("slow", &format!("n=$(wc -l < '{}'); : > at-gate-$n; {}; echo run $n", runs.display(), gate.pass()));
    (home, gate)
}

fn until_at_gate(home: &Home, run: usize) {
    wait_until("the command is at the gate", || home.work(&format!("at-gate-{run}")).exists());
}

fn own_group() -> io::Result<()> {
    Ok(nix::unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0))?)
}

/// Starts a caller that fetches, and stops its process group, as Ctrl-Z does.
fn stopped_leader(home: &Home) -> Running {
    let leader = home.running(["slow"]).before_exec(own_group).spawn();
    until_at_gate(home, 1);
    stop(home, -leader.pid());
    leader
}

/// Stops this process, or this group, where it waits: one that is stopped while it reads the database keeps that locked.
fn stop(home: &Home, pid: i32) {
    let all_are = |states: &[char]| {
        let mut members = home.processes().into_iter().filter(|process| pid == -process.group || pid == process.pid);
        members.all(|process| states.contains(&process.state))
    };
    wait_until("the processes wait", || all_are(&['S', 'T']));
    crate::common::kill(pid, Signal::SIGSTOP);
    wait_until("the processes are stopped", || all_are(&['T']));
}

#[test]
fn callers_that_wait_run_the_command_once() {
    if weakness::STOPPED.is_here() {
        return;
    }
    let (home, gate) = with_slow();
    let leader = stopped_leader(&home);
    let waiters: Vec<Running> = (0..20).map(|_| home.start(["slow"])).collect();
    home.until_runs("slow", 2);
    gate.let_one_go();
    for waiter in waiters {
        waiter.wait().stdout("run 2\n").stderr("").status(0);
    }
    assert_eq!(home.runs("slow"), 2);
    home.run(["--only-if-cached", "slow"]).stdout("run 2\n").status(0);
    // The result of the stopped leader is older, and only its own caller gets it.
    gate.let_one_go();
    crate::common::kill(-leader.pid(), Signal::SIGCONT);
    leader.wait().stdout("run 1\n").status(0);
    home.run(["--only-if-cached", "slow"]).stdout("run 2\n").status(0);
}

#[test]
fn a_caller_that_has_taken_over_passes_signals_on() {
    if weakness::STOPPED.is_here() {
        return;
    }
    let (home, gate) = with_slow();
    let leader = stopped_leader(&home);
    home.script("slow", &format!("trap 'echo bye; exit 5' TERM; echo ready; {}", gate.pass()));
    let waiter = home.start(["slow"]);
    waiter.until_stdout("ready\n");
    waiter.signal(Signal::SIGTERM);
    waiter.wait().stdout("ready\nbye\n").stderr("").status(5);
    crate::common::kill(-leader.pid(), Signal::SIGKILL);
    leader.wait();
}

#[test]
fn callers_wait_for_a_leader_that_was_stopped_for_a_moment() {
    let (home, gate) = with_slow();
    let leader = stopped_leader(&home);
    let waiter = home.start(["slow"]);
    home.until_joined(&waiter);
    crate::common::kill(-leader.pid(), Signal::SIGCONT);
    gate.let_one_go();
    leader.wait().stdout("run 1\n").status(0);
    waiter.wait().stdout("run 1\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn a_stopped_command_is_taken_for_a_slow_one() {
    let (home, gate) = with_slow();
    let leader = home.start(["slow"]);
    until_at_gate(&home, 1);
    let is_command = |line: &str| line.starts_with("/bin/sh");
    let mut command = home.processes().into_iter().filter(|process| is_command(&process.command_line));
    let command = command.next().expect("it runs").pid;
    stop(&home, command);
    let mut terminal = Terminal::with(home.running(["slow"]).env("TERM", "xterm"));
    terminal.until_seen("running the same command for 3s");
    assert_eq!(home.runs("slow"), 1);
    gate.let_one_go();
    crate::common::kill(command, Signal::SIGCONT);
    terminal.until_seen("run 1");
    leader.wait().stdout("run 1\n").status(0);
}

#[test]
fn a_stale_result_is_refreshed_while_a_refresh_is_stopped() {
    if weakness::STOPPED.is_here() {
        return;
    }
    let (home, gate) = with_slow();
    gate.let_one_go();
    home.run(["slow"]).stdout("run 1\n");
    home.run(["--async", "--ttl", "0", "slow"]).stdout("run 1\n");
    until_at_gate(&home, 2);
    let fetchers = home.processes().into_iter().filter(|process| process.command_line.contains("cacheback run"));
    let fetcher = fetchers.map(|process| process.pid).next().expect("it runs");
    stop(&home, fetcher);
    wait_until("another one refreshes", || {
        home.run(["--async", "--ttl", "0", "slow"]).stdout("run 1\n").status(0);
        home.runs("slow") >= 3
    });
    gate.open();
    wait_until("the result is new", || home.run(["--only-if-cached", "slow"]).stdout_text() == "run 3\n");
    crate::common::kill(fetcher, Signal::SIGCONT);
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("run 3\n").status(0);
    assert_eq!(home.runs("slow"), 3);
}

#[test]
fn a_refresh_that_stops_its_fetcher_keeps_to_its_limit() {
    if weakness::CONTINUED.is_here() {
        return;
    }
    let home = Home::new();
    home.script("stopping", "while :; do kill -STOP $PPID; echo again; sleep 0.05; done");
    home.run(["--warm", "--refresh-timeout", "1s", "stopping"]).status(0);
    home.until_runs("stopping", 1);
    home.until_quiet();
    // The same after the caller and its reader have ended.
    let gate = home.gate("stopping");
    let stop = format!("{}; kill -STOP $PPID; exec sleep 100", gate.pass());
    home.script("stopping", &format!("echo first; sleep 0.05; echo second; {stop}"));
    home.shell("cacheback run --refresh-timeout 1s stopping | head -n 1").go().stdout("first\n");
    gate.open();
    home.until_quiet();
}

#[test]
fn a_stopped_leader_is_shown_as_stopped() {
    if weakness::STOPPED.is_here() {
        return;
    }
    let (home, gate) = with_slow();
    gate.let_one_go();
    home.run(["slow"]).status(0);
    let leader = home.running(["--refresh", "slow"]).before_exec(own_group).spawn();
    until_at_gate(&home, 2);
    stop(&home, -leader.pid());
    let says = |args: &[&str], text: &str| {
        let outcome = home.cacheback(args).go();
        assert!(outcome.stdout_text().contains(text), "{args:?}: {}", outcome.stdout_text());
    };
    says(&["explain", "--ttl", "0", "slow"], "would run the command after a second");
    says(&["explain", "--ttl", "0", "slow"], ", stopped");
    says(&["list"], ", stopped)");
    says(&["list", "--json"], "\"stopped\":true");
    let mut terminal = Terminal::with(home.running(["--ttl", "0", "slow"]).env("TERM", "xterm"));
    terminal.until_seen("which runs the same command, is stopped");
    home.until_runs("slow", 3);
    gate.open();
    terminal.until_seen("run 3");
    assert!(terminal.until_ended().success());
    assert!(!terminal.screen().concat().contains("stopped"), "{:?}", terminal.screen());
    crate::common::kill(-leader.pid(), Signal::SIGCONT);
    leader.wait().stdout("run 2\n").status(0);
    assert!(fs::read_dir(home.flights()).unwrap().next().is_none(), "the file of a flight is left");
}
