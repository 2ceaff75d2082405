//! The line that people see at a terminal while they wait; nothing of it stays.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::Signal;

use crate::common::pty::Terminal;
use crate::common::{Call, Home, Process, Running, wait_until};

/// Starts a leader whose command waits at a gate, so that other callers wait for it.
fn start_leader(home: &Home) -> Running {
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    leader
}

fn at_a_terminal(call: Call) -> Terminal {
    Terminal::with(call.env("TERM", "xterm"))
}

/// The pid that the screen shows.
fn pid_on(screen: &str) -> i32 {
    let (_, rest) = screen.split_once("waiting for process ").expect("the line names the process");
    rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}

#[test]
fn the_line_names_the_process_and_leaves_no_trace() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = start_leader(&home);
    let mut terminal = at_a_terminal(home.shell("printf 'pods: '; cacheback run slow"));
    terminal.until_seen("the same command for");
    let fetcher = Process::find(pid_on(&terminal.seen())).expect("the process exists");
    assert!(fetcher.command_line.contains("cacheback run slow"), "{fetcher:?}");
    assert_eq!(fetcher.parent, leader.pid());
    assert!(terminal.screen()[0].starts_with("pods: cacheback: "), "{:?}", terminal.screen());
    gate.let_one_go();
    assert!(terminal.until_ended().success());
    terminal.until_seen("done\r\n");
    assert_eq!(terminal.screen(), ["pods: done"]);
    leader.wait().stdout("done\n");
}

#[test]
fn the_line_turns_and_counts() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = start_leader(&home);
    let mut terminal = at_a_terminal(home.running(["slow"]));
    for frame in ["cacheback: | ", "cacheback: / ", "cacheback: - ", "cacheback: \\ "] {
        terminal.until_seen(frame);
    }
    assert_eq!(terminal.screen().len(), 1);
    gate.let_one_go();
    assert!(terminal.until_ended().success());
    leader.wait();
}

/// Every line of cacheback's own that was drawn so far, with its trailing spaces.
fn drawn(seen: &str) -> Vec<&str> {
    let frames = seen.split("\x1b[?7l\x1b[K").skip(1);
    frames.filter_map(|frame| Some(frame.split_once("\x1b[?7h")?.0.trim_end_matches("\x1b[K"))).collect()
}

#[test]
fn the_line_is_never_wider_than_the_terminal() {
    for (columns, expected) in
        [(80, "running the same command for "), (40, " waiting for process "), (20, " waiting"), (10, " waiting")]
    {
        let home = Home::new();
        let gate = home.gated("slow", "echo done");
        let leader = start_leader(&home);
        let call = home.running(["slow"]).env("TERM", "xterm");
        let mut terminal = Terminal::with_columns(columns, call);
        terminal.until_seen(expected);
        gate.let_one_go();
        assert!(terminal.until_ended().success());
        terminal.until_seen("done\r\n");
        let seen = terminal.seen();
        let lines = drawn(&seen);
        assert!(lines.iter().all(|line| line.chars().count() < columns.into() && !line.contains('…')), "{lines:?}");
        assert!(columns == 80 || lines.iter().all(|line| !line.contains("command")), "{lines:?}");
        assert_eq!(terminal.screen(), ["done"]);
        leader.wait();
    }
}

#[test]
fn the_line_follows_the_width_of_the_terminal() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = start_leader(&home);
    let mut terminal = at_a_terminal(home.running(["slow"]));
    terminal.until_seen("the same command for");
    for columns in [40, 20] {
        terminal.resize(columns);
        let is_short = |line: &&str| line.chars().count() < columns.into();
        wait_until("the line is short", || drawn(&terminal.seen()).last().is_some_and(is_short));
    }
    assert!(drawn(&terminal.seen()).last().is_some_and(|line| line.contains(" waiting")), "{:?}", terminal.seen());
    gate.let_one_go();
    assert!(terminal.until_ended().success());
    assert_eq!(terminal.screen(), ["done"]);
    leader.wait();
}

#[test]
fn ctrl_c_takes_the_line_away() {
    for (key, signal) in [("\x03", Signal::SIGINT), ("\x1c", Signal::SIGQUIT)] {
        let home = Home::new();
        let gate = home.gated("slow", "echo done");
        let leader = start_leader(&home);
        let mut terminal = at_a_terminal(home.running(["slow"]));
        terminal.until_seen("waiting for process");
        terminal.send(key);
        assert_eq!(terminal.until_ended().signal(), Some(signal as i32));
        assert!(!terminal.screen().concat().contains("cacheback"), "{:?}", terminal.screen());
        gate.let_one_go();
        leader.wait().stdout("done\n").status(0);
    }
}

#[test]
fn ctrl_z_takes_the_line_away_and_fg_goes_on_waiting() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = start_leader(&home);
    let shell = home.call("bash", ["--norc", "--noprofile", "--noediting", "-i"]).env("PS1", "prompt> ");
    let mut terminal = at_a_terminal(shell);
    terminal.until_seen("prompt> ");
    terminal.send("cacheback run slow\n");
    terminal.until_seen("waiting for process");
    terminal.send("\x1a");
    terminal.until_seen("Stopped");
    assert!(!terminal.screen().concat().contains("waiting"), "{:?}", terminal.screen());
    let frames = terminal.seen().matches("waiting").count();
    terminal.send("fg\n");
    wait_until("the line is shown again", || terminal.seen().matches("waiting").count() > frames);
    gate.let_one_go();
    terminal.until_seen("done\r\n");
    terminal.send("exit\n");
    terminal.until_ended();
    assert!(!terminal.screen().concat().contains("waiting"), "{:?}", terminal.screen());
    leader.wait().stdout("done\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

/// Makes a command that has run once; the next run waits at the gate.
fn known(home: &Home, body: &str) -> crate::common::Gate {
    let gate = home.gated("slow", body);
    gate.let_one_go();
    home.run(["slow"]).status(0);
    gate
}

#[test]
fn progress_is_gone_before_the_first_byte() {
    let home = Home::new();
    let gate = known(&home, "echo done >&2");
    let mut terminal = at_a_terminal(home.running(["--refresh", "--progress", "slow"]));
    terminal.until_seen("last time");
    assert_eq!(terminal.screen().len(), 1);
    gate.let_one_go();
    assert!(terminal.until_ended().success());
    terminal.until_seen("done\r\n");
    assert_eq!(terminal.screen(), ["done"]);
}

#[test]
fn progress_is_never_wider_than_the_terminal() {
    for (columns, begin) in [(80, "cacheback: ["), (40, "cacheback: "), (20, "cacheback: "), (12, "")] {
        let home = Home::new();
        let gate = known(&home, "echo done");
        let call = home.running(["--refresh", "--progress", "slow"]).env("TERM", "xterm");
        let mut terminal = Terminal::with_columns(columns, call);
        wait_until("the line is drawn", || !drawn(&terminal.seen()).is_empty());
        gate.let_one_go();
        assert!(terminal.until_ended().success());
        terminal.until_seen("done\r\n");
        let seen = terminal.seen();
        for line in drawn(&seen) {
            assert!(line.starts_with(begin) && line.chars().count() < columns.into(), "{line:?} in {columns} columns");
            assert!(columns == 80 || !line.contains([']', '…']), "{line:?} in {columns} columns");
        }
        assert_eq!(terminal.screen(), ["done"]);
    }
}

#[test]
fn progress_stays_while_the_output_goes_to_a_file() {
    let home = Home::new();
    let gate = home.gate("slow");
    let pass = gate.pass();
    home.script("slow", &format!("{pass}; echo first; {pass}; echo second"));
    gate.let_one_go();
    gate.let_one_go();
    home.run(["slow"]).status(0);
    let script = "cacheback run --refresh --progress slow > output";
    let mut terminal = at_a_terminal(home.shell(script));
    terminal.until_seen("last time");
    gate.let_one_go();
    wait_until("the first line is in the file", || {
        fs::read_to_string(home.work("output")).is_ok_and(|text| text == "first\n")
    });
    let frames = terminal.seen().matches("last time").count();
    wait_until("the line is drawn again", || terminal.seen().matches("last time").count() > frames);
    gate.let_one_go();
    assert!(terminal.until_ended().success());
    assert_eq!(terminal.screen(), [""; 0]);
    assert_eq!(fs::read_to_string(home.work("output")).unwrap(), "first\nsecond\n");
}

#[test]
fn ctrl_c_takes_progress_away() {
    let home = Home::new();
    let _gate = known(&home, "echo done");
    let mut terminal = at_a_terminal(home.running(["--refresh", "--progress", "slow"]));
    terminal.until_seen("last time");
    terminal.send("\x03");
    assert_eq!(terminal.until_ended().signal(), Some(Signal::SIGINT as i32));
    assert!(!terminal.screen().concat().contains("cacheback"), "{:?}", terminal.screen());
}

#[test]
fn progress_is_not_for_files_and_not_stored() {
    let home = Home::new();
    let gate = known(&home, "echo done");
    gate.let_one_go();
    home.run(["--refresh", "--progress", "slow"]).stdout("done\n").stderr("").status(0);
    let mut terminal = at_a_terminal(home.running(["--refresh", "--progress", "slow"]));
    terminal.until_seen("last time");
    gate.let_one_go();
    assert!(terminal.until_ended().success());
    home.run(["slow"]).stdout("done\n").stderr("").status(0);
}
