//! `--pty`: the command runs on a terminal, and its output is replayed.

use std::fs;

use nix::sys::signal::Signal;

use crate::common::Home;
use crate::common::pty::{Terminal, gets_ctrl_c_once};

/// Prints which of its standard descriptors are terminals, in colour if it is on one.
const COLOURED: &str = r#"if [ -t 1 ] && [ -t 2 ]; then printf '\033[31mred\033[0m\n'; else echo plain; fi
if [ -t 0 ]; then echo 'stdin is a terminal'; fi
echo oops >&2"#;

/// Prints the size of the terminal that it writes to.
const SIZE: &str = r#"exec 3>&1; stty size < "$(readlink /proc/self/fd/3)""#;

#[test]
fn the_command_keeps_its_colours_and_its_bytes_on_fetch_and_on_hit() {
    let home = Home::new();
    home.script("coloured", COLOURED);
    for _ in 0..2 {
        home.run(["--pty", "coloured"]).stdout("\x1b[31mred\x1b[0m\noops\n").stderr("").status(0);
    }
    assert_eq!(home.runs("coloured"), 1);
    home.run(["coloured"]).stdout("plain\n").stderr("oops\n").status(0);
    assert_eq!(home.runs("coloured"), 2, "`--pty` is part of the key");
}

#[test]
fn a_hit_at_a_terminal_looks_like_the_fetch() {
    let home = Home::new();
    home.script("coloured", COLOURED);
    for _ in 0..2 {
        let mut terminal = Terminal::with(home.running(["--pty", "coloured"]));
        terminal.until_seen("\x1b[31mred\x1b[0m\r\noops\r\n");
        assert!(terminal.until_ended().success());
        assert_eq!(terminal.seen(), "\x1b[31mred\x1b[0m\r\noops\r\n");
    }
    assert_eq!(home.runs("coloured"), 1);
}

/// Writes text with queries to the terminal, such as prompts send; the two writes split a query.
const QUERIES: &str = r"printf '\033[6n\033[c\033]11;?\007\033P+q544e\033\\one\033[31m\033[?20'
sleep 0.01
printf '26$p\033[0mtwo\033[18t\033['";

#[test]
fn queries_to_the_terminal_are_not_replayed() {
    let home = Home::new();
    home.script("asking", QUERIES);
    let fetched = "\x1b[6n\x1b[c\x1b]11;?\x07\x1bP+q544e\x1b\\one\x1b[31m\x1b[?2026$p\x1b[0mtwo\x1b[18t\x1b[";
    let replayed = "one\x1b[31m\x1b[0mtwo\x1b[";
    home.run(["--pty", "asking"]).stdout(fetched).status(0);
    home.run(["--pty", "asking"]).stdout(replayed).status(0);
    home.run(["--pty", "--async", "--ttl", "0", "asking"]).stdout(replayed).status(0);
    home.cacheback(["peek", "--pty", "asking"]).go().stdout(replayed).status(0);
    home.cacheback(["show", "--output", "--pty", "asking"]).go().stdout(replayed).status(0);
    home.run(["--pty", "--process-result", "cat", "asking"]).stdout(replayed).status(0);
    let id = home.cacheback(["list", "--ids"]).go().stdout_text();
    home.cacheback(["peek", "--id", id.trim()]).go().stdout(replayed).status(0);
    home.run(["asking"]).stdout(fetched).status(0);
    home.run(["asking"]).stdout(fetched).status(0);
}

#[test]
fn the_size_is_that_of_the_caller_or_else_24_by_80() {
    let home = Home::new();
    home.script("size", SIZE);
    let mut terminal = Terminal::with(home.running(["--pty", "size"]));
    terminal.until_seen("24 200\r\n");
    assert!(terminal.until_ended().success());
    home.run(["--pty", "size"]).stdout("24 200\n");
    home.run(["--pty", "--refresh", "size"]).stdout("24 80\n");
}

#[test]
fn a_background_refresh_has_a_terminal_too() {
    let home = Home::new();
    home.script("size", SIZE);
    let mut terminal = Terminal::with(home.running(["--pty", "size"]));
    assert!(terminal.until_ended().success());
    home.invalidate(["--pty", "size"]).counted(1);
    home.until_quiet();
    assert_eq!(home.runs("size"), 2);
    home.run(["--pty", "--only-if-cached", "size"]).stdout("24 200\n").status(0);
    home.run(["--pty", "--ttl", "0", "--async", "size"]).stdout("24 200\n").status(0);
    home.until_quiet();
    home.run(["--pty", "--only-if-cached", "size"]).stdout("24 80\n").status(0);
}

#[test]
fn output_streams_as_it_comes() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.script("slow", &format!("echo first; {}; echo second >&2", gate.pass()));
    let fetch = home.start(["--pty", "slow"]);
    fetch.until_stdout("first\n");
    gate.let_one_go();
    fetch.wait().stdout("first\nsecond\n").stderr("").status(0);
}

#[test]
fn all_of_a_large_output_arrives_and_the_exit_status_is_the_commands() {
    let home = Home::new();
    home.script("large", "seq 1 200000; exit 3");
    let expected: String = (1..=200_000).map(|number| format!("{number}\n")).collect();
    for _ in 0..2 {
        home.run(["--pty", "--cache-exit", "any", "large"]).stdout(&expected).stderr("").status(3);
    }
    assert_eq!(home.runs("large"), 1);
}

#[test]
fn a_daemon_that_keeps_the_terminal_open_does_not_hold_the_caller() {
    let home = Home::new();
    let gate = home.gate("daemon");
    home.script("leaver", &format!("({}) & echo done", gate.pass()));
    home.run(["--pty", "leaver"]).stdout("done\n").status(0);
    gate.open();
}

#[test]
fn ctrl_c_reaches_the_command_once() {
    gets_ctrl_c_once(&["--pty"]);
}

#[test]
fn a_signal_ends_the_command_and_nothing_is_stored() {
    let home = Home::new();
    let _gate = home.gated("slow", "echo late");
    let fetch = home.start(["--pty", "slow"]);
    home.until_runs("slow", 1);
    fetch.signal(Signal::SIGTERM);
    fetch.wait().killed_by(Signal::SIGTERM);
    home.until_quiet();
    home.run(["--pty", "--only-if-cached", "slow"]).status(1);
}

#[test]
fn a_command_that_never_stops_writing_is_ended_in_time() {
    let home = Home::new();
    home.script("endless", "yes");
    let fetch = home.running(["--pty", "--timeout", "100ms", "endless"]);
    fetch.stdout_to(fs::File::create("/dev/null").unwrap()).go().status(124);
}

#[test]
fn pagers_are_switched_off() {
    let home = Home::new();
    home.script("paged", r#"echo "$PAGER $GIT_PAGER $SYSTEMD_PAGER $LESS""#);
    let call = home.running(["--pty", "paged"]).env("SYSTEMD_PAGER", "less").env("LESS", "FRX");
    call.go().stdout("cat cat cat FRX\n").status(0);
    home.run(["paged"]).stdout("   \n");
}

#[test]
fn a_command_that_reads_from_its_standard_error_gets_the_end_at_once() {
    let home = Home::new();
    // Not `read`, which waits for input before it reads: in the shell of busybox for ever.
    home.script("asking", "cat <&2 || echo nobody");
    assert!(home.run(["--pty", "asking"]).stdout_text().contains("nobody"));
}

#[test]
fn pty_is_part_of_the_selection() {
    let home = Home::new();
    home.script("coloured", COLOURED);
    home.run(["--pty", "coloured"]).status(0);
    home.delete(["coloured"]).counted(0);
    home.delete(["--pty", "coloured"]).counted(1);
}

#[test]
fn the_terminal_of_a_command_follows_the_window() {
    let home = Home::new();
    home.script("resized", "trap 'stty size <&1; exit 0' WINCH; stty size <&1; while :; do sleep 0.01; done");
    let mut terminal = Terminal::with(home.running(["--pty", "resized"]));
    terminal.until_seen("24 200");
    terminal.resize(133);
    terminal.until_seen("24 133");
    assert!(terminal.until_ended().success());
}
