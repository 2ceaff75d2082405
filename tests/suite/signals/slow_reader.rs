//! Signals to a call whose reader is slow, or that waits for another call.

use super::*;

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
        crate::common::close_reader(reader);
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
        crate::common::close_reader(reader);
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
        crate::common::close_reader(reader);
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
