//! Which locks a hit takes: none that a fetch holds, and none that a fetch would have to wait for.

use std::fs;
use std::io::Read;

use rusqlite::Connection;

use crate::common::{Home, can_trace, skipped, wait_until};

/// The locks that `cacheback run ARGS` and its children ask for, a line each; the call prints the megabyte of `large`.
fn locks_of(home: &Home, args: &[&str]) -> Vec<String> {
    let call = home.call("strace", ["-f", "-qq", "-o", "trace", "-e", "trace=flock,fcntl", "cacheback", "run"]);
    call.arg_all(args).go().stdout(vec![0; 1_000_000]).stderr("").status(0);
    home.until_quiet();
    let trace = fs::read_to_string(home.work("trace")).unwrap();
    trace.lines().filter(|line| line.contains("flock(") || line.contains("LCK")).map(str::to_owned).collect()
}

fn with_an_entry() -> Home {
    let home = Home::new();
    home.script("large", "head -c 1000000 /dev/zero");
    home.run(["large"]).status(0);
    home
}

#[test]
fn a_fresh_hit_asks_for_no_flight_and_for_no_lock_to_write() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = with_an_entry();
    for args in [&["large"][..], &["--async", "large"], &["--only-if-cached", "large"]] {
        let locks = locks_of(&home, args);
        assert!(!locks.is_empty(), "the database is read without a lock");
        assert!(!locks.iter().any(|lock| lock.contains("flock(") || lock.contains("F_WRLCK")), "{locks:#?}");
    }
    assert_eq!(home.runs("large"), 1);
}

#[test]
fn a_stale_hit_and_its_refresh_wait_for_no_flight() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = with_an_entry();
    let locks = locks_of(&home, &["--async", "--ttl", "0", "large"]);
    let flights: Vec<&String> = locks.iter().filter(|lock| lock.contains("flock(")).collect();
    assert!(
        !flights.is_empty() && flights.iter().all(|lock| lock.contains("LOCK_NB") || lock.contains("LOCK_UN")),
        "{flights:#?}"
    );
    assert_eq!(home.runs("large"), 2);
}

#[test]
fn a_hit_that_is_read_slowly_does_not_lock_the_database() {
    let home = with_an_entry();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let slow = home.running(["large"]).stdout_to(writer).spawn();
    reader.read_exact(&mut [0]).unwrap();
    wait_until("the call waits for its reader", || slow.process().is_some_and(|process| process.state == 'S'));
    Connection::open(home.db()).unwrap().execute_batch("PRAGMA busy_timeout=0; BEGIN EXCLUSIVE; ROLLBACK").unwrap();
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 999_999);
    slow.wait().stderr("").status(0);
}
