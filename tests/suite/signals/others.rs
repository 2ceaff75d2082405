//! Signals that are no request to end.

use super::*;

/// Sends a signal by its number.
fn send(pid: i32, signal: i32) {
    // SAFETY: a system call on integers.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// Signals that are no request to end. Those from 34 to 64 are real-time signals; the tap uses 38.
const OTHERS: [i32; 8] = [libc::SIGUSR1, libc::SIGUSR2, libc::SIGALRM, libc::SIGWINCH, libc::SIGCONT, 36, 38, 64];

fn others() -> impl Iterator<Item = i32> {
    OTHERS.into_iter().filter(|signal| *signal < 34 || !weakness::REAL_TIME.is_here())
}

#[test]
fn other_signals_reach_the_command_and_do_not_end_the_call() {
    for signal in others() {
        for to_fetcher in [false, true] {
            let home = Home::new();
            home.script(
                "catching",
                &format!("trap 'echo catching; exit 5' {signal}; echo ready; while :; do sleep 0.01; done"),
            );
            let call = home.start(["catching"]);
            call.until_stdout("ready\n");
            let is_fetcher = |process: &Process| process.parent == call.pid();
            let pid = match to_fetcher {
                true => home.processes().into_iter().find(is_fetcher).expect("it runs").pid,
                false => call.pid(),
            };
            send(pid, signal);
            call.wait().stdout("ready\ncatching\n").stderr("").status(5);
        }
    }
}

#[test]
fn other_signals_reach_a_background_fetch() {
    for signal in others() {
        let home = Home::new();
        home.script(
            "catching",
            &format!("trap 'echo catching; exit 0' {signal}; : > ready; while :; do sleep 0.01; done"),
        );
        home.run(["--warm", "catching"]).status(0);
        wait_until("it runs", || home.work("ready").exists());
        let is_fetcher = |process: &Process| process.command_line.contains("cacheback run");
        send(home.processes().into_iter().find(is_fetcher).expect("it runs").pid, signal);
        home.until_quiet();
        assert_eq!(home.runs("catching"), 1);
    }
}

#[test]
fn a_command_that_another_signal_kills_ends_the_call_by_it() {
    for signal in [Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGALRM] {
        let home = Home::new();
        let gate = home.gate("slow");
        home.script("slow", &gate.pass_as_head());
        let call = home.start(["slow"]);
        home.until_head_waits();
        call.signal(signal);
        call.wait().killed_by(signal).stdout("").stderr("");
    }
}

#[test]
fn an_alarm_that_is_set_for_the_call_ends_it() {
    let Some(home) = Home::with("perl") else { return };
    let gate = home.gate("slow");
    home.script("slow", &gate.pass_as_head());
    let script = "alarm 1; exec @ARGV";
    let call = home.call("perl", ["-e", script, "cacheback", "run", "slow"]).go();
    call.killed_by(Signal::SIGALRM).stdout("").stderr("");
    home.until_quiet();
}

#[test]
fn a_new_window_size_does_not_keep_a_result_from_being_stored() {
    let home = Home::new();
    home.script("resized", "trap 'echo resized; exit 0' WINCH; echo ready; while :; do sleep 0.01; done");
    let call = home.start(["resized"]);
    call.until_stdout("ready\n");
    send(call.pid(), libc::SIGWINCH);
    call.wait().stdout("ready\nresized\n").status(0);
    home.run(["--only-if-cached", "resized"]).stdout("ready\nresized\n").status(0);
}

#[test]
fn continuing_the_caller_continues_its_stopped_processes() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let call = home.running(["slow"]).before_exec(own_group).spawn();
    home.until_runs("slow", 1);
    let in_group = |state: char| {
        let members = home.processes().into_iter().filter(|process| process.group == call.pid());
        members.filter(|process| process.state == state).count()
    };
    crate::common::kill(-call.pid(), Signal::SIGSTOP);
    wait_until("all are stopped", || in_group('T') == 3);
    call.signal(Signal::SIGCONT);
    gate.let_one_go();
    call.wait().stdout("done\n").status(0);
}

#[test]
fn signals_that_the_caller_ignores_are_ignored() {
    for signal in [libc::SIGUSR1, libc::SIGTERM, 38] {
        let home = Home::new();
        let gate = home.gated("slow", "echo done");
        let call = home.shell(&format!("trap '' {signal}; exec cacheback run slow")).spawn();
        home.until_runs("slow", 1);
        send(call.pid(), signal);
        gate.let_one_go();
        call.wait().stdout("done\n").status(0);
        home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
    }
}
