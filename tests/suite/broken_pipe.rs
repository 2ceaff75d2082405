//! Calls whose output nobody reads any more.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::common::{Home, close_reader, wait_until};

#[test]
fn the_foreground_ends_at_the_next_output_without_a_reader_and_the_capture_goes_on() {
    let home = Home::new();
    let gate = home.gate("slow");
    let pass = gate.pass();
    home.script("slow", &format!("echo first; {pass}; echo second; {pass}; echo third >&2"));
    let call = home.shell("cacheback run -- slow | head -1").spawn();
    call.until_stdout("first\n");
    gate.let_one_go();
    call.wait().stdout("first\n").stderr("").status(0);
    home.until_runs("slow", 1);
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("first\nsecond\n").stderr("third\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn a_command_that_writes_nothing_more_does_not_miss_its_reader() {
    let home = Home::new();
    let gate = home.gate("silent");
    home.script("silent", &format!("{}; touch done", gate.pass()));
    home.script("greeter", &format!("echo hi; {}; touch done", gate.pass()));
    for (name, reader) in [("silent", "true"), ("greeter", "head -1")] {
        let script = format!("cacheback run -- {name} | {reader} > /dev/null; echo ${{PIPESTATUS[0]}}");
        let call = home.call("bash", ["-c", &script]).spawn();
        home.until_runs(name, 1);
        wait_until("its reader is gone", || {
            home.processes().iter().all(|process| !process.command_line.starts_with(&format!("{reader} ")))
        });
        gate.let_one_go();
        call.wait().stdout("0\n").stderr("").status(0);
        fs::remove_file(home.work("done")).unwrap();
        home.run(["--only-if-cached", name]).status(0);
    }
}

#[test]
fn a_call_without_a_reader_ends_by_sigpipe_as_the_command_would() {
    let home = Home::new();
    home.script("lines", "seq 1 100000");
    let script = "cacheback run -- lines | head -1; echo ${PIPESTATUS[0]}";
    home.call("bash", ["-c", script]).go().stdout("1\n141\n").stderr("");
    home.until_quiet();
    home.call("bash", ["-c", script]).go().stdout("1\n141\n").stderr("");
    assert_eq!(home.runs("lines"), 1);
}

#[test]
fn a_hit_without_a_reader_ends_by_sigpipe_without_a_message() {
    let home = Home::new();
    home.script("lines", "seq 1 100000");
    home.run(["lines"]).status(0);
    let (reader, writer) = nix::unistd::pipe().unwrap();
    close_reader(reader);
    home.running(["lines"]).stdout_to(writer).go().killed_by(Signal::SIGPIPE).stderr("");
}

/// The write end of a pipe that nobody reads.
fn unread() -> OwnedFd {
    nix::unistd::pipe().unwrap().1
}

#[test]
fn a_call_whose_messages_nobody_reads_does_its_work() {
    let home = Home::new();
    home.script("lines", "seq 1 3");
    let lines = "1\n2\n3\n";
    home.running(["lines"]).env("HOME", "/dev/null").stderr_to(unread()).go().stdout(lines).status(0);
    home.running(["--status", "lines"]).stderr_to(unread()).go().stdout(lines).status(0);
    home.running(["--status", "lines"]).stderr_to(unread()).go().stdout(lines).status(0);
    home.running(["--status", "--refresh", "lines"]).stderr_to(unread()).go().stdout(lines).status(0);
    home.call("cacheback", ["run", "--ttl", "x", "lines"]).stderr_to(unread()).go().status(125);
    home.call("cacheback", ["run", "no-such-command"]).stderr_to(unread()).go().status(127);
    home.call("cacheback", ["invalidate", "--all"]).stderr_to(unread()).go().status(0);
    home.until_quiet();
    home.call("cacheback", ["delete", "--all"]).stderr_to(unread()).go().status(0);
    fs::write(home.db(), [b'?'; 5000]).unwrap();
    home.running(["lines"]).stderr_to(unread()).go().stdout(lines).status(0);
}

#[test]
fn a_command_whose_errors_nobody_reads_ends_as_without_a_cache() {
    let home = Home::new();
    home.script("loud", "echo loud >&2; echo never");
    home.call("loud", [""; 0]).stderr_to(unread()).go().killed_by(Signal::SIGPIPE);
    home.running(["loud"]).stderr_to(unread()).go().killed_by(Signal::SIGPIPE);
}

#[test]
fn an_endless_command_is_not_left_running() {
    let home = Home::new();
    let script = "cacheback run --max-size 8MiB -- yes | head -1";
    home.shell(script).go().stdout("y\n").stderr("").status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "yes"]).status(1);
    let stored: u64 = walk(&home.cache());
    assert!(stored < 4 << 20, "{stored} bytes are left");
}

#[test]
fn an_endless_silent_command_is_ended_at_the_refresh_timeout() {
    let home = Home::new();
    let gate = home.gate("never");
    let pass = gate.pass();
    home.script("silent", &format!("echo first; {pass}; echo second; {pass}; echo late"));
    let call = home.shell("cacheback run --refresh-timeout 500ms -- silent | head -1").spawn();
    call.until_stdout("first\n");
    gate.let_one_go();
    call.wait().stdout("first\n").status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "silent"]).status(1);
}

#[test]
fn a_command_that_was_quick_before_is_given_ten_seconds_without_a_reader() {
    let home = Home::new();
    home.script("follow", "echo first; test -e quick || { echo second; exec sleep 100; }");
    fs::write(home.work("quick"), "").unwrap();
    home.run(["follow"]).stdout("first\n").status(0);
    fs::remove_file(home.work("quick")).unwrap();
    let began = Instant::now();
    let mut call = home.running(["--refresh", "follow"]).stdout_to(unread()).spawn();
    assert_eq!(call.until_ended().signal(), Some(libc::SIGPIPE));
    home.until_quiet();
    assert!((Duration::from_secs(10)..Duration::from_secs(20)).contains(&began.elapsed()));
    home.run(["--only-if-cached", "follow"]).stdout("first\n").status(0);
}

#[test]
fn an_output_that_cannot_be_written_ends_the_foreground_with_a_line_and_the_capture_goes_on() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.script("slow", &format!("echo first; {}; echo second", gate.pass()));
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let message = "cacheback: writing the output: No space left on device\n";
    home.running(["slow"]).stdout_to(full()).go().stderr(message).status(1);
    home.until_runs("slow", 1);
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("first\nsecond\n").status(0);
    home.running(["--max-size", "1MiB", "yes"]).stdout_to(full()).go().stderr(message).status(1);
    home.until_quiet();
    home.running(["--db", "/proc/cache.db", "--timeout", "1m", "yes"]).stdout_to(full()).go().status(1);
    home.until_quiet();
}

#[test]
fn callers_that_wait_for_the_flight_get_the_whole_output() {
    let home = Home::new();
    let gate = home.gate("slow");
    let pass = gate.pass();
    home.script("slow", &format!("echo first; {pass}; echo second; {pass}; echo third"));
    let hurried = home.shell("cacheback run -- slow | head -1").spawn();
    home.until_runs("slow", 1);
    let waiter = home.start(["slow"]);
    home.until_joined(&waiter);
    hurried.until_stdout("first\n");
    gate.let_one_go();
    hurried.wait().stdout("first\n");
    gate.let_one_go();
    waiter.wait().stdout("first\nsecond\nthird\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn a_lost_reader_of_stderr_ends_the_foreground_too() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.script("slow", &format!("echo first >&2; {}; echo second >&2; echo out", gate.pass()));
    let call = home.shell("cacheback run -- slow 2>&1 > out | head -1").spawn();
    call.until_stdout("first\n");
    gate.let_one_go();
    call.wait().status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("out\n").stderr("first\nsecond\n").status(0);
}

#[test]
fn a_socket_can_lose_its_reader_too() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.script("slow", &format!("echo first; {}; echo second", gate.pass()));
    let (mut reader, writer) = UnixStream::pair().unwrap();
    let call = home.running(["slow"]).stdout_to(OwnedFd::from(writer)).spawn();
    reader.read_exact(&mut [0; 6]).unwrap();
    close_reader(reader);
    gate.let_one_go();
    call.wait().killed_by(Signal::SIGPIPE).stderr("");
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("first\nsecond\n").status(0);
}

#[test]
fn a_reader_who_leaves_after_everything_was_written_is_no_loss() {
    let home = Home::new();
    home.script("lines", "echo one; echo two");
    for _ in 0..2 {
        home.shell("cacheback run -- lines | { read -r line; echo \"$line\"; }").go().stdout("one\n").status(0);
        home.until_quiet();
    }
    wait_until("the result is stored", || home.run(["--only-if-cached", "lines"]).stdout == b"one\ntwo\n");
    assert_eq!(home.runs("lines"), 1);
}

/// The bytes of all files below `directory`.
fn walk(directory: &std::path::Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { entry.metadata().unwrap().len() }).sum()
}

#[test]
fn where_the_caller_ignores_sigpipe_a_lost_reader_is_a_reported_error() {
    let home = Home::new();
    home.script("large", "head -c 3000000 /dev/zero");
    for command in ["yes", "large", "large"] {
        let script = format!("trap '' PIPE; {{ cacheback run -- {command}; echo $? > status; }} | head -c 1 > first");
        home.call("bash", ["-c", &script]).go().stderr_has("cacheback: writing the output: Broken pipe\n").status(0);
        assert_eq!(std::fs::read_to_string(home.work("status")).unwrap(), "1\n", "of {command}");
        if command == "large" {
            home.until_quiet();
        }
    }
}
