//! Signals reach the command, and cacheback ends as the command ended.

mod others;
mod slow_reader;

use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use crate::common::{Counting, Home, Process, is_full, is_root, wait_until, weakness};

const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

/// Makes the calling process the leader of a group of its own.
fn own_group() -> io::Result<()> {
    Ok(nix::unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0))?)
}

#[test]
fn a_signal_that_kills_the_command_kills_cacheback() {
    for signal in ENDING {
        let home = Home::new();
        let gate = home.gate("slow");
        home.script("slow", &gate.pass_as_head());
        let call = home.start(["--cache-exit", "any", "slow"]);
        home.until_head_waits();
        call.signal(signal);
        call.wait().killed_by(signal).stdout("").stderr("");
        home.until_quiet();
        home.run(["--only-if-cached", "slow"]).status(1);
    }
}

#[test]
fn a_command_may_handle_a_signal_and_choose_its_status() {
    for signal in ENDING {
        let home = Home::new();
        let gate = home.gate("polite");
        let name = signal.as_str().strip_prefix("SIG").unwrap();
        home.script(
            "polite",
            &format!("trap 'echo {name} >> got; echo bye; exit 5' {name}; echo ready; {}", gate.pass()),
        );
        let call = home.start(["polite"]);
        call.until_stdout("ready\n");
        call.signal(signal);
        call.wait().stdout("ready\nbye\n").stderr("").status(5);
        assert_eq!(fs::read_to_string(home.work("got")).unwrap(), format!("{name}\n"));
        home.until_quiet();
    }
}

#[test]
fn the_result_of_a_command_that_got_a_signal_to_end_is_not_stored() {
    let home = Home::new();
    let gate = home.gate("polite");
    home.script("polite", &format!("trap 'echo partial; exit 0' TERM; echo ready; {}", gate.pass()));
    let call = home.start(["polite"]);
    call.until_stdout("ready\n");
    call.signal(Signal::SIGTERM);
    call.wait().stdout("ready\npartial\n").status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "polite"]).stdout("").status(1);
}

#[test]
fn a_command_that_ignores_a_signal_goes_on() {
    for signal in ENDING {
        let home = Home::new();
        let gate = home.gate("deaf");
        home.script("deaf", &format!("trap '' INT TERM HUP QUIT; echo ready; {}; echo done", gate.pass()));
        let call = home.start(["deaf"]);
        call.until_stdout("ready\n");
        call.signal(signal);
        gate.open();
        call.wait().stdout("ready\ndone\n").stderr("").status(0);
    }
}

#[test]
fn a_signal_is_delivered_once() {
    let home = Home::new();
    let counting = Counting::new(&home, "TERM", "HUP");
    let call = home.start(["counting"]);
    call.until_stdout("ready\n");
    call.signal(Signal::SIGTERM).signal(Signal::SIGHUP);
    call.wait().stdout("ready\n").status(9);
    assert_eq!(counting.count(), 1);
}

#[test]
fn a_signal_to_the_caller_and_to_its_group_is_delivered_once() {
    let home = Home::new();
    let counting = Counting::new(&home, "TERM", "HUP");
    let call = home.running(["counting"]).before_exec(own_group).spawn();
    call.until_stdout("ready\n");
    // As GNU timeout does it: from one sender, with time for the first signal to be handled.
    call.signal(Signal::SIGTERM);
    thread::sleep(Duration::from_millis(1));
    crate::common::kill(-call.pid(), Signal::SIGTERM);
    call.signal(Signal::SIGHUP);
    call.wait().stdout("ready\n").status(9);
    assert_eq!(counting.count(), 1);
}

#[test]
fn a_command_whose_handler_ends_it_keeps_its_exit_status() {
    let home = Home::new();
    // A process that is left behind holds the output, so that the fetcher is still there when it learns of both.
    home.script("trapping", "(trap '' TERM; sleep 0.7) & trap 'exit 7' TERM; echo ready; wait");
    for _ in 0..8 {
        let call = home.running(["--refresh", "trapping"]).before_exec(own_group).spawn();
        call.until_stdout("ready\n");
        crate::common::kill(-call.pid(), Signal::SIGTERM);
        call.wait().stdout("ready\n").stderr("").status(7);
    }
}

#[test]
fn a_signal_to_every_process_of_cacheback_ends_the_call() {
    let home = Home::new();
    let _gate = home.gated("slow", "echo late");
    let call = home.start(["slow"]);
    home.until_runs("slow", 1);
    let ours = home.processes().into_iter().filter(|process| process.command_line.contains("cacheback run"));
    let pids: Vec<String> = ours.map(|process| process.pid.to_string()).collect();
    assert_eq!(pids.len(), 2);
    // As pkill and killall send it.
    home.shell(&format!("kill -TERM {}", pids.join(" "))).go().stderr("").status(0);
    call.wait().killed_by(Signal::SIGTERM).stdout("").stderr("");
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).status(1);
}

#[test]
fn only_the_caller_is_named_cacheback() {
    let home = Home::new();
    home.script("catching", "trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    let call = home.start(["catching"]);
    call.until_stdout("ready\n");
    let name = |process: &Process| fs::read_to_string(format!("/proc/{}/comm", process.pid)).unwrap_or_default();
    // As pkill and killall find them.
    for process in home.processes().into_iter().filter(|process| name(process).contains("cacheback")) {
        process.kill(Signal::SIGTERM);
    }
    call.wait().stdout("ready\ncaught\n").status(7);
}

#[test]
fn a_command_that_may_have_missed_a_signal_to_end_gets_it_a_second_later() {
    let catch = |home: &Home| {
        home.script("catching", "trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.01; done")
    };
    // As `pkill -f`, or kill with both pids: that looks like a signal to the group.
    let home = Home::new();
    catch(&home);
    let call = home.start(["catching"]);
    call.until_stdout("ready\n");
    let ours = home.processes().into_iter().filter(|process| process.command_line.contains("cacheback run"));
    let pids: Vec<String> = ours.map(|process| process.pid.to_string()).collect();
    assert_eq!(pids.len(), 2);
    home.shell(&format!("kill -TERM {}", pids.join(" "))).go().status(0);
    call.wait().stdout("ready\ncaught\n").status(7);
    // The same for a command in another group or session.
    let home = Home::new();
    catch(&home);
    let call = home.running(["setsid", "catching"]).before_exec(own_group).spawn();
    call.until_stdout("ready\n");
    crate::common::kill(-call.pid(), Signal::SIGTERM);
    call.wait().stdout("ready\ncaught\n").status(7);
}

#[test]
fn signals_of_the_caller_do_not_reach_a_background_fetch() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let script = home.gate("script");
    let lines = format!("cacheback run --warm -- slow; echo warm; {}", script.pass());
    let call = home.shell(&lines).before_exec(own_group).spawn();
    home.until_runs("slow", 1);
    call.until_stdout("warm\n");
    crate::common::kill(-call.pid(), Signal::SIGINT);
    call.wait().killed_by(Signal::SIGINT);
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
}

/// Which of the signals 1 to 31 are blocked, ignored and caught, by `/proc/self/status`.
fn dispositions(status: &[u8]) -> [u64; 3] {
    let text = String::from_utf8_lossy(status);
    let mask = |name| {
        let line = text.lines().find_map(|line: &str| line.strip_prefix(name)).expect("a status has it");
        u64::from_str_radix(line.trim(), 16).expect("a mask") & 0x7fff_ffff
    };
    ["SigBlk:", "SigIgn:", "SigCgt:"].map(mask)
}

#[test]
fn a_command_starts_with_the_signal_dispositions_of_the_caller() {
    let home = Home::new();
    let look = ["cat", "/proc/self/status"];
    assert_eq!(dispositions(&home.run(look).stdout), [0, 0, 0]);
    home.run(["--warm", "--scope", "background"].iter().chain(&look)).status(0);
    home.until_quiet();
    let background = home.run(["--only-if-cached", "--scope", "background"].iter().chain(&look));
    assert_eq!(dispositions(&background.stdout), [0, 0, 0]);

    let ignoring = "trap '' HUP USR1; exec cacheback run --scope ignoring -- \"$@\"";
    let ignored = home.call("/bin/sh", ["-c", ignoring, "sh"]).arg_all(&look).go();
    assert_eq!(dispositions(&ignored.stdout), [0, 1 << (1 - 1) | 1 << (10 - 1), 0]);
}
