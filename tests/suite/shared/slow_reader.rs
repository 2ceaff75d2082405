//! The caller's reader and the server wait for each other in no way.
//!
//! | the reader | the server | what has to happen |
//! |---|---|---|
//! | reads nothing | answers | other hosts have the result |
//! | reads | silent | it gets everything, and the call ends; the server gets the result later |
//! | leaves; the call gets a signal; it is killed | silent | the call ends; the server gets the result later |

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::signal::Signal;

use crate::common::fleet::{Fleet, shared};
use crate::common::{Outcome, Running, close_reader, wait_until};

const LAST: usize = 300_000;

/// What `count` prints.
fn numbers() -> Vec<u8> {
    (1..=LAST).flat_map(|number| format!("{number}\n").into_bytes()).collect()
}

/// A pipe that nobody reads yet, as (reader, writer).
fn pipe() -> (File, OwnedFd) {
    let (reader, writer) = nix::unistd::pipe2(OFlag::O_CLOEXEC).unwrap();
    (reader.into(), writer)
}

fn read_all(mut reader: &File) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Starts a fetch whose reader reads nothing. The server is silent from the moment at which it has given leave for the
/// run. Returns when the result is stored at this host.
fn done_but_for_reader_and_server(fleet: &Fleet) -> (File, Running) {
    let home = &fleet.one;
    let runs = home.runs("count");
    let word = &runs.to_string();
    let gate = home.gate(word);
    home.script("count", &format!("{}; exec seq {LAST}", gate.pass()));
    let (reader, writer) = pipe();
    let call = home.running(["count", word]).stdout_to(writer).spawn();
    home.until_runs("count", runs + 1);
    fleet.server.signal(Signal::SIGSTOP);
    gate.open();
    wait_until("the result is stored", || home.run(["--only-if-cached", "count", word]).status.code() == Some(0));
    (reader, call)
}

/// Has `end` see to the end of the call while the server is silent, and expects that the server gets the result after
/// that. More than once, as a server that is silent for some seconds is given up.
fn is_shared_after(what: &str, fleet: &Fleet, end: impl Fn(File, Running)) {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let before = fleet.server.count("*}:e:*");
        let (reader, call) = done_but_for_reader_and_server(fleet);
        end(reader, call);
        fleet.server.signal(Signal::SIGCONT);
        fleet.one.until_quiet();
        if fleet.server.count("*}:e:*") == before + 1 {
            return;
        }
        assert!(Instant::now() < until, "{what}: the server was given up before the call had ended");
        // The breaker is open: the next ask finds that it is there again.
        shared(&fleet.one, &["doctor"]).go();
    }
}

#[test]
fn other_hosts_have_the_result_while_the_reader_has_read_nothing() {
    let Some(fleet) = Fleet::start() else { return };
    // A copy may take as long as the fetch has.
    fleet.one.script("count", &format!("sleep 3; exec seq {LAST}"));
    let (reader, writer) = pipe();
    let call = fleet.one.running(["count"]).stdout_to(writer).spawn();
    wait_until("the server has the result", || fleet.server.count("*}:e:*") == 1);
    fleet.other.run(["count"]).stdout(numbers());
    assert_eq!(fleet.other.runs("count"), 0);
    assert!(read_all(&reader) == numbers());
    call.wait().stderr("").status(0);
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*}:w:*"), 0);
}

#[test]
fn the_reader_has_everything_while_the_server_is_silent() {
    let Some(fleet) = Fleet::start() else { return };
    is_shared_after("it reads", &fleet, |reader, call| {
        assert!(read_all(&reader) == numbers());
        call.wait().stderr("").status(0);
    });
}

#[test]
fn the_end_of_a_call_does_not_wait_for_the_server_and_keeps_nothing_from_it() {
    let Some(fleet) = Fleet::start() else { return };
    is_shared_after("it leaves", &fleet, |reader, call| {
        close_reader(reader);
        call.wait().killed_by(Signal::SIGPIPE).stderr("");
    });
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        is_shared_after(signal.as_str(), &fleet, |_reader, call| {
            call.signal(signal);
            let _: &Outcome = call.wait().killed_by(signal).stderr("");
        });
    }
}
