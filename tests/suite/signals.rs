//! Signals reach the command, and cacheback ends as the command ended.

use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use crate::common::{Counting, Home, Process, is_full, is_root, wait_until};

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

/// Sends a signal by its number.
fn send(pid: i32, signal: i32) {
    // SAFETY: a system call on integers.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// Signals that are no request to end. Those from 34 to 64 are real-time signals; the tap uses 38.
const OTHERS: [i32; 8] = [libc::SIGUSR1, libc::SIGUSR2, libc::SIGALRM, libc::SIGWINCH, libc::SIGCONT, 36, 38, 64];

#[test]
fn other_signals_reach_the_command_and_do_not_end_the_call() {
    for signal in OTHERS {
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
    for signal in OTHERS {
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

#[test]
fn a_call_that_waits_for_a_slow_reader_after_the_end_of_the_command_can_be_ended() {
    for to_group in [false, true] {
        let home = Home::new();
        // More than one pipe holds, less than two.
        home.script("numbers", "exec seq 1 18000");
        let (reader, writer) = nix::unistd::pipe().unwrap();
        let call = home.running(["numbers"]).stdout_to(writer).before_exec(own_group).spawn();
        home.until_runs("numbers", 1);
        let stored = || home.run(["--only-if-cached", "numbers"]).status.code() == Some(0);
        wait_until("the command has ended, and its result is stored", stored);
        crate::common::kill(if to_group { -call.pid() } else { call.pid() }, Signal::SIGTERM);
        call.wait().killed_by(Signal::SIGTERM).stderr("");
        drop(reader);
        home.until_quiet();
        home.run(["--only-if-cached", "numbers"]).status(0);
    }
}

#[test]
fn a_slow_reader_does_not_keep_an_endless_command_from_being_ended() {
    for to_group in [false, true] {
        let home = Home::new();
        home.script("endless", "exec yes");
        let (reader, writer) = nix::unistd::pipe().unwrap();
        let call = home.running(["endless"]).stdout_to(writer).before_exec(own_group).spawn();
        wait_until("the pipe is full", || is_full(&reader));
        crate::common::kill(if to_group { -call.pid() } else { call.pid() }, Signal::SIGTERM);
        call.wait().killed_by(Signal::SIGTERM).stderr("");
        drop(reader);
    }
}

#[test]
fn an_endless_command_can_be_ended_behind_a_pipe_or_socket_that_cannot_be_opened_again() {
    for kind in ["pipe", "socket"] {
        let home = Home::new();
        home.script("endless", "exec yes");
        let (reader, writer): (OwnedFd, OwnedFd) = match kind {
            "pipe" => nix::unistd::pipe().unwrap(),
            _ => UnixStream::pair().map(|(reader, writer)| (reader.into(), writer.into())).unwrap(),
        };
        File::from(writer.try_clone().unwrap()).set_permissions(Permissions::from_mode(0o0)).unwrap();
        // Root may open anything, unless its capabilities are dropped.
        let call = if is_root() {
            home.call("setpriv", ["--bounding-set=-all", "cacheback"])
        } else {
            home.call("cacheback", [""; 0])
        };
        let call = call.arg_all(&["run", "--max-size", "64KiB", "endless"]).stdout_to(writer).spawn();
        home.until_runs("endless", 1);
        let waits_to_write =
            || home.processes().iter().any(|process| process.command_line == "yes" && process.state == 'S');
        wait_until("there is no room any more", waits_to_write);
        call.signal(Signal::SIGTERM);
        call.wait().killed_by(Signal::SIGTERM).stderr("");
        drop(reader);
    }
}

#[test]
fn what_a_command_writes_after_a_signal_waits_for_a_slow_reader() {
    let home = Home::new();
    let gate = home.gate("polite");
    let answered = home.work("answered");
    let end = format!("seq 1 18000; : > '{}'; exit 5", answered.display());
    home.script("polite", &format!("trap \"{end}\" TERM; echo ready; {}", gate.pass()));
    let (reader, writer) = nix::unistd::pipe().unwrap();
    let call = home.running(["polite"]).stdout_to(writer).before_exec(own_group).spawn();
    let mut reader = BufReader::new(File::from(reader));
    let mut text = String::new();
    reader.read_line(&mut text).unwrap();
    crate::common::kill(-call.pid(), Signal::SIGTERM);
    wait_until("the command has answered", || answered.exists());
    // Longer than cacheback needs to find out whether the signal went to the group.
    thread::sleep(Duration::from_millis(60));
    reader.read_to_string(&mut text).unwrap();
    call.wait().status(5).stderr("");
    assert!(text.starts_with("ready\n1\n") && text.ends_with("\n18000\n"), "{} bytes", text.len());
}

#[test]
fn a_caller_that_waits_for_a_flight_can_be_ended_without_harm_to_the_flight() {
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
