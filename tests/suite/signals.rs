//! Signals reach the command, and cacheback ends as the command ended.

use std::fs;

use nix::sys::signal::Signal;

use crate::common::{Home, wait_until};

const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

#[test]
fn a_signal_that_kills_the_command_kills_cacheback() {
    for signal in ENDING {
        let home = Home::new();
        let _gate = home.gated("slow", "echo late");
        let call = home.start(["--cache-exit", "any", "slow"]);
        home.until_runs("slow", 1);
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
fn the_result_of_a_command_that_was_told_to_end_is_not_stored() {
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
    let gate = home.gate("counting");
    let pass = gate.pass();
    home.script(
        "counting",
        &format!("trap 'echo got >> log' TERM; echo ready; {pass}; echo first; {pass}; echo second"),
    );
    let call = home.start(["counting"]);
    call.until_stdout("ready\n");
    call.signal(Signal::SIGTERM);
    call.until_stdout("ready\nfirst\n");
    gate.let_one_go();
    call.wait().stdout("ready\nfirst\nsecond\n");
    assert_eq!(fs::read_to_string(home.work("log")).unwrap(), "got\n");
}

#[test]
fn signals_that_the_caller_ignores_stay_ignored() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    // As under nohup.
    let call = home.shell("trap '' HUP INT; exec cacheback run -- slow").spawn();
    home.until_runs("slow", 1);
    call.signal(Signal::SIGHUP).signal(Signal::SIGINT);
    for process in home.processes() {
        process.kill(Signal::SIGHUP);
    }
    gate.let_one_go();
    call.wait().stdout("done\n").status(0);
}

#[test]
fn the_shell_sees_by_which_signal_it_ended() {
    let home = Home::new();
    let _gate = home.gated("slow", "echo late");
    let call = home.shell("cacheback run -- slow & echo $!; wait $!; echo $?").spawn();
    home.until_runs("slow", 1);
    wait_until("the pid is printed", || call.stdout_so_far().ends_with(b"\n"));
    let pid = String::from_utf8(call.stdout_so_far()).unwrap();
    crate::common::kill(pid.trim().parse().unwrap(), Signal::SIGTERM);
    call.wait().stdout(format!("{pid}143\n"));
}

#[test]
fn timeout_can_end_it() {
    let home = Home::new();
    let _gate = home.gated("slow", "echo late");
    let call = home.call("timeout", ["1000", "cacheback", "run", "slow"]).spawn();
    home.until_runs("slow", 1);
    call.signal(Signal::SIGTERM);
    call.wait().killed_by(Signal::SIGTERM);
    home.until_quiet();
    home.call("timeout", ["0.1", "cacheback", "run", "slow"]).go().status(124);
    home.until_quiet();
}

#[test]
fn a_caller_who_waits_for_a_flight_can_be_ended_without_harm_to_the_flight() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    for signal in ENDING {
        let waiter = home.start(["slow"]);
        home.until_joined(&waiter);
        waiter.signal(signal);
        waiter.wait().killed_by(signal).stdout("").stderr("");
    }
    gate.let_one_go();
    leader.wait().stdout("done\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn signals_of_the_caller_do_not_reach_a_background_fetch() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let own_group = || Ok(nix::unistd::setpgid(nix::unistd::Pid::from_raw(0), nix::unistd::Pid::from_raw(0))?);
    let script = home.gate("script");
    let call = home.shell(&format!("cacheback run --warm -- slow; {}", script.pass())).before_exec(own_group).spawn();
    home.until_runs("slow", 1);
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
