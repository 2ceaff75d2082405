//! When the output of a command is complete: when its pipes are at their end, or no process writes to them any more.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::common::{Home, wait_until};

/// A home with a command that bash runs.
fn home_with(name: &str, body: &str) -> Home {
    let home = Home::new();
    home.executable(
        &home.bin(name),
        &format!("#!/bin/bash\necho >> '{}'\n{body}\n", home.root().join("runs").join(name).display()),
    );
    home
}

#[test]
fn what_a_script_logs_through_a_process_substitution_is_part_of_its_output() {
    for options in [&[][..], &["--pty"]] {
        let home = home_with("report", "exec > >(sleep 0.1; tee -a log.txt) 2>&1; echo report line");
        home.running(options).arg("report").go().stdout("report line\n").stderr("").status(0);
        home.running(options).arg("report").go().stdout("report line\n").stderr("").status(0);
        assert_eq!(home.runs("report"), 1);
    }
}

#[test]
fn what_a_filter_makes_of_the_errors_or_of_a_part_is_part_of_the_output() {
    let home = home_with("errors", "exec 2> >(sleep 0.1; sed s/^/error:/ >&2); echo one; echo two >&2");
    home.run(["errors"]).stdout("one\n").stderr("error:two\n").status(0);
    let home = home_with("part", "{ echo one; echo two >&2; } > >(sleep 0.1; tr a-z A-Z)");
    home.run(["part"]).stdout("ONE\n").stderr("two\n").status(0);
}

#[test]
fn a_filter_that_goes_on_writing_is_read_to_its_end() {
    let slowly = "while read -r line; do sleep 0.1; echo \"$line\"; done";
    let home = home_with("slowly", &format!("exec > >({slowly}); seq 8"));
    home.run(["slowly"]).stdout("1\n2\n3\n4\n5\n6\n7\n8\n").status(0);
    home.run(["--warm", "--scope", "background", "slowly"]).status(0);
    home.until_quiet();
    home.run(["--scope", "background", "--only-if-cached", "slowly"]).stdout("1\n2\n3\n4\n5\n6\n7\n8\n").status(0);
}

#[test]
fn a_process_left_behind_that_never_stops_writing_does_not_hold_the_caller_for_ever() {
    let home = home_with("endless", "(trap '' PIPE; while echo more 2> /dev/null; do sleep 0.05; done) & echo first");
    let outcome = home.run(["--timeout", "2s", "endless"]);
    assert!(outcome.stdout_text().contains("first\n"), "{outcome:?}");
    outcome.status(0);
    home.until_quiet();
}

#[test]
fn a_process_left_behind_in_silence_is_waited_for_shortly_and_its_time_does_not_count() {
    let home = Home::new();
    let gate = home.gate("daemon");
    home.script("start", &format!("({}) & echo hi", gate.pass()));
    let began = Instant::now();
    home.run(["start"]).stdout("hi\n").status(0);
    let waited = began.elapsed();
    assert!(waited >= Duration::from_millis(250), "{waited:?}");
    let shown = home.cacheback(["show", "--json", "--", "start"]).go().json();
    let took = shown["duration"].as_f64().unwrap();
    assert!(took < 0.25, "{took}");
    gate.open();
}

#[test]
fn a_command_that_leaves_no_process_behind_is_not_waited_for() {
    let home = Home::new();
    let fastest = (0..5).map(|_| {
        let began = Instant::now();
        home.run(["--ttl", "0", "echo", "hi"]).stdout("hi\n").status(0);
        began.elapsed()
    });
    assert!(fastest.min().unwrap() < Duration::from_millis(250));
}

#[test]
fn a_signal_ends_the_waiting_for_a_process_left_behind() {
    let alone = "while kill -0 $$ 2> /dev/null; do sleep 0.01; done";
    let body = format!("(trap '' PIPE; {alone}; while echo more 2> /dev/null; do sleep 0.05; done) & echo first");
    let home = home_with("endless", &body);
    let caller = home.start(["endless"]);
    wait_until("only what it has left behind writes", || caller.stdout_so_far().ends_with(b"more\n"));
    caller.signal(Signal::SIGTERM);
    caller.wait().killed_by(Signal::SIGTERM);
    home.until_quiet();
    home.run(["--only-if-cached", "endless"]).status(1);
}
