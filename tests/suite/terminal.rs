//! At a terminal: Ctrl-C, Ctrl-Z, Ctrl-\, hanging up, and the message to people who wait.

use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use crate::common::pty::{Terminal, gets_ctrl_c_once};
use crate::common::{Home, Process, wait_until};

#[test]
fn output_reaches_the_terminal_as_it_comes() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.script("slow", &format!("echo first; {}; echo second >&2", gate.pass()));
    let mut terminal = Terminal::with(home.running(["slow"]));
    terminal.until_seen("first\r\n");
    gate.let_one_go();
    terminal.until_seen("second\r\n");
    assert!(terminal.until_ended().success());
    let mut terminal = Terminal::with(home.running(["slow"]));
    terminal.until_seen("first\r\nsecond\r\n");
    assert!(terminal.until_ended().success());
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn ctrl_c_ends_the_command_and_cacheback_by_the_same_signal() {
    for (key, signal) in [("\x03", Signal::SIGINT), ("\x1c", Signal::SIGQUIT)] {
        let home = Home::new();
        let gate = home.gate("slow");
        home.script("slow", &gate.pass_as_head());
        let mut terminal = Terminal::with(home.running(["--cache-exit", "any", "slow"]));
        home.until_head_waits();
        terminal.send(key);
        assert_eq!(terminal.until_ended().signal(), Some(signal as i32));
        home.until_quiet();
        home.run(["--only-if-cached", "slow"]).status(1);
    }
}

#[test]
fn the_command_gets_ctrl_c_once() {
    gets_ctrl_c_once(&[]);
}

#[test]
fn a_caller_that_waits_for_a_flight_can_be_interrupted() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    let mut terminal = Terminal::with(home.running(["slow"]));
    home.until_joined(&terminal.running);
    terminal.send("\x03");
    assert_eq!(terminal.until_ended().signal(), Some(Signal::SIGINT as i32));
    gate.let_one_go();
    leader.wait().stdout("done\n").status(0);
}

#[test]
fn a_caller_that_waits_for_long_prints_one_message() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    let elsewhere = home.start(["slow"]);
    let mut terminal = Terminal::with(home.running(["slow"]));
    terminal.until_seen("cacheback: ");
    gate.let_one_go();
    terminal.until_seen("done\r\n");
    assert!(terminal.until_ended().success());
    assert_eq!(terminal.seen().matches("cacheback: ").count(), 1, "{}", terminal.seen());
    leader.wait().stdout("done\n").stderr("");
    elsewhere.wait().stdout("done\n").stderr("");
}

#[test]
fn a_hang_up_ends_the_command_and_cacheback() {
    let home = Home::new();
    let _gate = home.gated("slow", "echo late");
    let mut terminal = Terminal::with(home.running(["slow"]));
    home.until_runs("slow", 1);
    terminal.hang_up();
    assert_eq!(terminal.until_ended().signal(), Some(Signal::SIGHUP as i32));
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).status(1);
}

#[test]
fn a_background_fetch_survives_the_end_of_the_terminal() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    // In a shell: if cacheback led the session, its end would hang up the terminal.
    let mut terminal = Terminal::with(home.shell("cacheback run --warm slow; read -r line"));
    home.until_runs("slow", 1);
    terminal.hang_up();
    assert_eq!(terminal.until_ended().signal(), Some(Signal::SIGHUP as i32));
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn a_background_fetch_is_not_interrupted_by_ctrl_c() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let mut terminal = Terminal::with(home.shell("cacheback run --warm slow; read -r line"));
    home.until_runs("slow", 1);
    terminal.send("\x03");
    assert_eq!(terminal.until_ended().signal(), Some(Signal::SIGINT as i32));
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
}

/// Whether there are processes of cacheback and the command, and all are stopped.
fn all_stopped(home: &Home) -> bool {
    let (stopped, going): (Vec<Process>, Vec<Process>) = home
        .processes()
        .into_iter()
        .filter(|process| process.command_line.contains("slow") && !process.command_line.starts_with("bash"))
        .partition(|process| process.state == 'T');
    !stopped.is_empty() && going.is_empty()
}

#[test]
fn ctrl_z_stops_and_fg_continues() {
    let home = Home::new();
    let gate = home.gated("slow", "echo out; exit 6");
    let mut terminal = Terminal::at_prompt(&home);
    terminal.send("cacheback run -- slow\n");
    home.until_runs("slow", 1);
    terminal.send("\x1a");
    terminal.until_seen("Stopped");
    wait_until("all processes are stopped", || all_stopped(&home));
    terminal.send("fg\n");
    wait_until("the command continues", || !all_stopped(&home));
    gate.let_one_go();
    terminal.until_seen("out\r\n");
    terminal.send("echo status=$?\n");
    terminal.until_seen("status=6");
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn a_stopped_command_can_go_on_in_the_background() {
    let home = Home::new();
    let gate = home.gated("slow", "echo out");
    let mut terminal = Terminal::at_prompt(&home);
    terminal.send("cacheback run -- slow\n");
    home.until_runs("slow", 1);
    terminal.send("\x1a");
    terminal.until_seen("Stopped");
    terminal.send("bg; wait; echo status=$?\n");
    wait_until("the command continues", || !all_stopped(&home));
    gate.let_one_go();
    terminal.until_seen("out\r\n");
    terminal.until_seen("status=0");
    terminal.send("exit\n");
    terminal.until_ended();
    home.run(["--only-if-cached", "slow"]).stdout("out\n").status(0);
}

#[test]
fn ctrl_c_in_an_interactive_shell_is_130() {
    let home = Home::new();
    let _gate = home.gated("slow", "echo late");
    let mut terminal = Terminal::at_prompt(&home);
    terminal.send("cacheback run -- slow\n");
    home.until_runs("slow", 1);
    terminal.send("\x03");
    terminal.until_seen("^C");
    terminal.send("echo status=$?\n");
    terminal.until_seen("status=130");
    terminal.send("exit\n");
    terminal.until_ended();
}
