//! `kill -9` of any process, at any point: no caller waits for a timeout, no key is blocked, no result is wrong.

use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::common::{Gate, Home, Process, Running, can_trace, skipped, wait_until};

/// A home with a flight in progress: its leader, and three callers that wait for it.
fn with_a_flight() -> (Home, Gate, Running, Vec<Running>) {
    let home = Home::new();
    let gate = home.gated("slow", "echo out; echo err >&2; exit 3");
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    let waiters: Vec<Running> = (0..3).map(|_| home.start(["slow"])).collect();
    for waiter in &waiters {
        home.until_joined(waiter);
    }
    (home, gate, leader, waiters)
}

/// The children of the process `pid`: the fetching process of a caller.
fn fetchers(home: &Home, pid: i32) -> Vec<Process> {
    home.processes().into_iter().filter(|process| process.parent == pid).collect()
}

/// Expects that exactly one of `waiters` runs the command again, before any timeout.
#[track_caller]
fn one_runs_again(home: &Home, gate: &Gate, waiters: Vec<Running>) {
    home.until_runs("slow", 2);
    // A command whose fetching process was killed may still wait at the gate, too.
    gate.open();
    for waiter in waiters {
        waiter.wait().stdout("out\n").stderr("err\n").status(3);
    }
    assert_eq!(home.runs("slow"), 2);
    home.until_quiet();
    assert_sound(home);
}

#[track_caller]
fn assert_sound(home: &Home) {
    let db = rusqlite::Connection::open(home.db()).unwrap();
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[test]
fn when_the_caller_is_killed_its_command_ends_and_one_of_the_waiters_goes_on() {
    let (home, gate, leader, waiters) = with_a_flight();
    let command = home.processes().into_iter().find(|process| process.command_line.contains("bin/slow")).unwrap();
    leader.signal(Signal::SIGKILL);
    leader.wait().killed_by(Signal::SIGKILL);
    wait_until("the command is ended", || !Process::is_alive(command.pid));
    one_runs_again(&home, &gate, waiters);
}

#[test]
fn a_flight_that_was_taken_over_is_not_ended_by_the_old_fetching_process() {
    let (home, gate, leader, waiters) = with_a_flight();
    let left = fetchers(&home, leader.pid());
    assert_eq!(left.len(), 1, "{left:#?}");
    leader.signal(Signal::SIGKILL);
    leader.wait().killed_by(Signal::SIGKILL);
    home.until_runs("slow", 2);
    wait_until("the old fetch is over", || !left.iter().any(|process| Process::is_alive(process.pid)));
    let late = home.start(["slow"]);
    home.until_joined(&late);
    one_runs_again(&home, &gate, waiters.into_iter().chain([late]).collect());
}

#[test]
fn when_the_fetching_process_is_killed_the_caller_ends_with_137_and_one_of_the_waiters_goes_on() {
    let (home, gate, leader, waiters) = with_a_flight();
    let fetchers = fetchers(&home, leader.pid());
    assert_eq!(fetchers.len(), 1, "{fetchers:#?}");
    fetchers[0].kill(Signal::SIGKILL);
    leader.wait().status(137);
    one_runs_again(&home, &gate, waiters);
}

#[test]
fn when_caller_and_fetching_process_are_killed_together_one_of_the_waiters_goes_on() {
    let (home, gate, leader, waiters) = with_a_flight();
    let fetchers = fetchers(&home, leader.pid());
    leader.signal(Signal::SIGSTOP);
    for process in &fetchers {
        process.kill(Signal::SIGKILL);
    }
    leader.signal(Signal::SIGKILL);
    leader.wait().killed_by(Signal::SIGKILL);
    one_runs_again(&home, &gate, waiters);
}

#[test]
fn when_the_command_is_killed_all_callers_get_that_status() {
    let (home, _gate, leader, waiters) = with_a_flight();
    let command = home.processes().into_iter().find(|process| process.command_line.contains("bin/slow")).unwrap();
    command.kill(Signal::SIGKILL);
    for caller in waiters.into_iter().chain([leader]) {
        caller.wait().stdout("").status(137);
    }
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn when_a_waiter_is_killed_the_others_are_served() {
    let (home, gate, leader, mut waiters) = with_a_flight();
    waiters.pop().unwrap().signal(Signal::SIGKILL).process();
    gate.let_one_go();
    for caller in waiters.into_iter().chain([leader]) {
        caller.wait().stdout("out\n").stderr("err\n").status(3);
    }
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn when_a_background_fetch_is_killed_the_next_stale_hit_starts_another_at_once() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    for runs in 2..5 {
        let outcome = home.run(["--status", "--async", "--ttl", "0", "slow"]);
        outcome.stdout("done\n").status(0);
        assert_eq!(outcome.cache_status().get("detail"), Some("refreshing"), "{outcome}");
        home.until_runs("slow", runs);
        for process in home.processes() {
            process.kill(Signal::SIGKILL);
        }
        home.until_quiet();
    }
    assert_sound(&home);
}

#[test]
fn when_a_background_fetch_is_killed_its_waiters_go_on() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.run(["--warm", "slow"]).status(0);
    home.until_runs("slow", 1);
    let fetch = home.processes();
    let waiters: Vec<Running> = (0..3).map(|_| home.start(["slow"])).collect();
    for waiter in &waiters {
        home.until_joined(waiter);
    }
    for process in &fetch {
        process.kill(Signal::SIGKILL);
    }
    // A killed command that has not ended yet could still take the line that lets the next one pass.
    wait_until("the killed processes are gone", || !fetch.iter().any(|process| Process::is_alive(process.pid)));
    home.until_runs("slow", 2);
    gate.let_one_go();
    for waiter in waiters {
        waiter.wait().stdout("done\n").status(0);
    }
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn the_file_of_a_killed_flight_is_removed_by_a_later_fetch() {
    let (home, _gate, leader, waiters) = with_a_flight();
    for process in home.processes() {
        process.kill(Signal::SIGKILL);
    }
    home.until_quiet();
    for caller in waiters.into_iter().chain([leader]) {
        caller.wait().killed_by(Signal::SIGKILL);
    }
    let left = || {
        std::fs::read_dir(home.flights())
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().len() == 64)
            .count()
    };
    assert_eq!(left(), 1);
    // Storing a large result prunes.
    home.run(["head", "-c", "2000000", "/dev/zero"]).status(0);
    home.until_quiet();
    assert_eq!(left(), 0);
}

#[test]
fn a_caller_killed_at_any_moment_leaves_no_wrong_result_and_no_blocked_key() {
    let home = Home::new();
    home.script("large", "head -c 2000000 /dev/zero; echo end");
    let expected = [vec![0; 2_000_000], b"end\n".to_vec()].concat();
    for round in 0..40u64 {
        let caller = home.start(["--refresh", "large"]);
        thread::sleep(Duration::from_micros(round * 1500));
        caller.signal(Signal::SIGKILL);
        if round % 4 == 3 {
            for process in home.processes() {
                process.kill(Signal::SIGKILL);
            }
        }
        caller.wait();
        if round % 5 == 4 {
            home.run(["large"]).stdout(&expected).stderr("").status(0);
            home.run(["--only-if-cached", "large"]).stdout(&expected).stderr("").status(0);
        }
    }
    home.until_quiet();
    assert_sound(&home);
    home.run(["large"]).stdout(&expected).stderr("").status(0);
}

#[test]
fn background_fetches_killed_at_any_moment_leave_no_wrong_result() {
    let home = Home::new();
    home.script("large", "head -c 2000000 /dev/zero; echo end");
    let expected = [vec![0; 2_000_000], b"end\n".to_vec()].concat();
    home.run(["large"]).status(0);
    for round in 0..25u64 {
        home.run(["--async", "--ttl", "0", "large"]).stdout(&expected).stderr("").status(0);
        thread::sleep(Duration::from_micros(round * 2000));
        for process in home.processes() {
            process.kill(Signal::SIGKILL);
        }
    }
    home.until_quiet();
    assert_sound(&home);
    home.run(["--refresh", "large"]).stdout(&expected).stderr("").status(0);
}

#[test]
fn what_a_killed_writer_left_is_recovered_without_waiting_for_the_disk() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = Home::new();
    home.run(["echo", "stored"]).stdout("stored\n").status(0);
    let before = std::fs::read(home.db()).unwrap();
    let sql = rusqlite::Connection::open(home.db()).unwrap();
    sql.execute_batch("PRAGMA cache_size=1; BEGIN IMMEDIATE; INSERT INTO chunk VALUES(1,zeroblob(500000))").unwrap();
    let journal = home.cache().join("cache.db-journal");
    let (half, rollback) = (std::fs::read(home.db()).unwrap(), std::fs::read(&journal).unwrap());
    sql.execute_batch("ROLLBACK").unwrap();
    drop(sql);
    assert!(half != before, "the transaction has not reached the file");
    std::fs::write(home.db(), half).unwrap();
    std::fs::write(&journal, rollback).unwrap();
    let syncs = "trace=fsync,fdatasync,sync_file_range,msync";
    let call = home.call("strace", ["-f", "-qq", "-o", "trace", "-e", syncs]);
    call.arg_all(&["cacheback", "run", "echo", "stored"]).go().stdout("stored\n").stderr("").status(0);
    assert!(!journal.exists(), "nothing was recovered");
    assert_eq!(std::fs::read_to_string(home.work("trace")).unwrap(), "");
    assert_sound(&home);
}
