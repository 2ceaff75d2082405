//! A slow reader holds up only its own call: not the command, not the flight, and no caller that waits for it.
//!
//! | the reader | the command | what has to happen |
//! |---|---|---|
//! | slow | running, or done, in memory, in the database, in the flight's file | stored; others are served at once |
//! | slow | running, over `--max-size` | others run it for themselves at once; only then is the command slowed |
//! | slow, behind a filter or `--stale-if-error` | done | the same |
//! | slow, no room on the disk | running | slowed; nothing is lost |
//! | gone | done and stored | SIGPIPE, nothing is left behind |
//! | slow, caller signalled | done and stored | the caller ends by the signal; the result stays |
//! | slow, caller killed | done and stored | nothing is left behind; the result stays |
//! | slow, caller killed | running | as with any reader; see `crash` |
//! | slow, after `--timeout` | running | ended, with 5 s for the reader; see `fetching` |
//! | slow, after `--timeout` | done and stored | the reader gets everything |

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use nix::fcntl::OFlag;
use nix::sys::signal::Signal;

use crate::common::{Home, Running, close_reader, wait_until};

const MIB: usize = 1024 * 1024;

/// A pipe that nobody reads yet, as (reader, writer).
fn pipe() -> (File, OwnedFd) {
    // Without the flag, the processes of the test would inherit the read end and be readers.
    let (reader, writer) = nix::unistd::pipe2(OFlag::O_CLOEXEC).unwrap();
    (reader.into(), writer)
}

fn read_all(mut reader: File) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

fn is_stored(home: &Home, name: &str) -> bool {
    home.run(["--only-if-cached", name]).status.code() == Some(0)
}

/// What `seq` prints up to `last`.
fn numbers(last: usize) -> Vec<u8> {
    (1..=last).flat_map(|number| format!("{number}\n").into_bytes()).collect()
}

/// Starts a fetch of `numbers`, which prints them up to `last`, and waits until only its reader is not done.
fn done_but_for_its_reader(home: &Home, last: usize) -> (File, Running) {
    home.script("numbers", &format!("exec seq {last}"));
    let (reader, writer) = pipe();
    let call = home.running(["numbers"]).stdout_to(writer).spawn();
    wait_until("the result is stored", || is_stored(home, "numbers"));
    (reader, call)
}

#[test]
fn other_callers_are_served_while_the_reader_has_read_nothing() {
    for last in [20_000, 100_000, 1_000_000] {
        let home = Home::new();
        let (reader, call) = done_but_for_its_reader(&home, last);
        home.run(["numbers"]).stdout(numbers(last)).status(0);
        assert_eq!(home.runs("numbers"), 1);
        assert!(read_all(reader) == numbers(last));
        call.wait().stderr("").status(0);
        home.until_quiet();
    }
}

#[test]
fn callers_that_have_joined_the_flight_are_served_too() {
    for exit in [0, 4] {
        let home = Home::new();
        let gate = home.gated("numbers", &format!("seq 1000000; exit {exit}"));
        let (reader, writer) = pipe();
        let leader = home.running(["numbers"]).stdout_to(writer).spawn();
        home.until_runs("numbers", 1);
        let waiters = [home.start(["numbers"]), home.start(["numbers"])];
        waiters.iter().for_each(|waiter| home.until_joined(waiter));
        gate.open();
        for waiter in waiters {
            waiter.wait().stdout(numbers(1_000_000)).status(exit);
        }
        assert_eq!(home.runs("numbers"), 1);
        assert!(read_all(reader) == numbers(1_000_000));
        leader.wait().status(exit);
    }
}

#[test]
fn the_time_of_the_reader_is_not_counted_for_the_command() {
    let home = Home::new();
    let (reader, call) = done_but_for_its_reader(&home, 1_000_000);
    let shown = home.cacheback(["show", "--json", "--", "numbers"]).go().json();
    let took = shown["duration"].as_f64().unwrap();
    close_reader(reader);
    call.wait();
    assert!(took > 0.0 && took < 10.0, "{took}");
}

#[test]
fn both_streams_reach_the_reader_in_their_order() {
    let home = Home::new();
    home.script("both", "i=0; while [ $i -lt 30000 ]; do echo out; echo err >&2; i=$((i + 1)); done");
    let (reader, writer) = pipe();
    let twin = writer.try_clone().unwrap();
    let call = home.running(["both"]).stdout_to(writer).stderr_to(twin).spawn();
    wait_until("the result is stored", || is_stored(&home, "both"));
    let read = read_all(reader);
    call.wait().status(0);
    assert_eq!(read.len(), 30_000 * 8);
    let hit = home.shell("cacheback run -- both 2>&1").go().stdout.clone();
    assert!(read == hit, "the hit differs from the fetch");
}

#[test]
fn beyond_max_size_other_callers_run_the_command_at_once_and_only_then_is_it_slowed() {
    let home = Home::new();
    let gate = home.gated("large", &format!("head -c {} /dev/zero; exit 3", 8 * MIB));
    let (reader, writer) = pipe();
    let options = ["--max-size", "1MiB", "large"];
    let leader = home.running(options).stdout_to(writer).spawn();
    home.until_runs("large", 1);
    let waiter = home.start(options);
    home.until_joined(&waiter);
    gate.let_one_go();
    home.until_runs("large", 2);
    let is_head = || home.processes().iter().any(|process| process.command_line.starts_with("head -c "));
    assert!(is_head(), "the leader's command waits for its reader");
    gate.open();
    waiter.wait().stdout(vec![0; 8 * MIB]).status(3);
    assert!(is_head(), "the leader's command waits for its reader");
    assert!(read_all(reader) == vec![0; 8 * MIB]);
    leader.wait().stderr("").status(3);
    home.until_quiet();
}

#[test]
fn a_reader_may_take_longer_than_the_timeout_of_the_command() {
    let home = Home::new();
    home.script("numbers", "exec seq 500000");
    let (reader, writer) = pipe();
    let call = home.running(["--timeout", "2s", "numbers"]).stdout_to(writer).spawn();
    wait_until("the result is stored", || is_stored(&home, "numbers"));
    let began = std::time::Instant::now();
    wait_until("the time of the command is up", || began.elapsed().as_secs() > 2);
    assert!(read_all(reader) == numbers(500_000));
    call.wait().status(0);
}

#[test]
fn a_reader_that_leaves_ends_the_call_and_the_result_stays() {
    let home = Home::new();
    let (reader, call) = done_but_for_its_reader(&home, 1_000_000);
    close_reader(reader);
    call.wait().killed_by(Signal::SIGPIPE).stderr("");
    home.until_quiet();
    assert!(is_stored(&home, "numbers"));
}

#[test]
fn a_signal_ends_the_call_and_the_result_stays() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let home = Home::new();
        let (reader, call) = done_but_for_its_reader(&home, 1_000_000);
        call.signal(signal);
        call.wait().killed_by(signal).stderr("");
        home.until_quiet();
        close_reader(reader);
        assert!(is_stored(&home, "numbers"));
    }
}

#[test]
fn a_killed_call_leaves_nothing_but_the_result() {
    let home = Home::new();
    let (reader, call) = done_but_for_its_reader(&home, 1_000_000);
    call.signal(Signal::SIGKILL);
    call.wait().killed_by(Signal::SIGKILL);
    home.until_quiet();
    close_reader(reader);
    assert!(is_stored(&home, "numbers"));
    let names: Vec<_> = std::fs::read_dir(home.flights()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["chunks"]);
}

#[test]
fn a_reader_under_stale_if_error_does_not_hold_up_other_callers() {
    let home = Home::new();
    let gate = home.gated("numbers", "seq 1000000");
    gate.open();
    home.run(["numbers"]).status(0);
    let gate = home.gate("second");
    home.script("numbers", &format!("{}; seq 500000", gate.pass()));
    let (reader, writer) = pipe();
    let leader = home.running(["--ttl", "0", "--stale-if-error", "numbers"]).stdout_to(writer).spawn();
    home.until_runs("numbers", 2);
    let waiter = home.start(["--ttl", "0", "numbers"]);
    home.until_joined(&waiter);
    gate.open();
    waiter.wait().stdout(numbers(500_000)).status(0);
    assert_eq!(home.runs("numbers"), 2);
    assert!(read_all(reader) == numbers(500_000));
    leader.wait().status(0);
}

#[test]
fn a_slow_filter_does_not_hold_up_other_callers() {
    let home = Home::new();
    home.script("numbers", "exec seq 1000000");
    let gate = home.gate("filter");
    let filter = format!("{}; wc -l", gate.pass());
    let call = home.start(["--process-result", &filter, "numbers"]);
    wait_until("the result is stored", || is_stored(&home, "numbers"));
    gate.open();
    call.wait().stdout("1000000\n").status(0);
}

#[test]
fn without_room_on_the_disk_the_reader_slows_the_command_and_nothing_is_lost() {
    let home = Home::new();
    home.script("numbers", "exec seq 1000000");
    // Kibibytes: enough for the database, and not for the output.
    let script = "ulimit -f 1000; trap '' XFSZ; cacheback run -q numbers";
    let (reader, writer) = pipe();
    let call = home.call("bash", ["-c", script]).stdout_to(writer).spawn();
    home.until_runs("numbers", 1);
    wait_until("there is no room any more", || {
        home.processes().iter().any(|process| process.command_line.starts_with("seq ") && process.state == 'S')
    });
    assert!(read_all(reader) == numbers(1_000_000));
    call.wait().status(0);
}
