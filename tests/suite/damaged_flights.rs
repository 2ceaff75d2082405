//! The file of a flight with a changed byte: the command runs again, and no wrong output is printed.

use nix::sys::signal::Signal;
use rusqlite::Connection;

use crate::common::{FlightFile, Home, Running, wait_until};

const SIZE: usize = 3_000_000;

/// Stops `caller` until it gets a `SIGCONT`.
fn stop(caller: &Running) {
    caller.signal(Signal::SIGSTOP);
    wait_until("the caller has stopped", || caller.process().is_some_and(|process| process.state == 'T'));
}

#[test]
fn a_caller_that_waited_for_a_failing_command_runs_it_again() {
    for (body, expected) in [("echo out", b"out\n".to_vec()), ("head -c 3000000 /dev/zero", vec![0; SIZE])] {
        let home = Home::new();
        let gate = home.gated("slow", &format!("{body}; exit 3"));
        let leader = home.start(["slow"]);
        home.until_runs("slow", 1);
        let waiter = home.start(["slow"]);
        home.until_joined(&waiter);
        let file = FlightFile::only_one_in(&home);
        stop(&waiter);
        gate.let_one_go();
        leader.wait().stdout(&expected).status(3);
        home.until_left(&waiter);
        file.damage(file.size() - 1);
        waiter.signal(Signal::SIGCONT);
        home.until_runs("slow", 2);
        gate.let_one_go();
        waiter.wait().stdout(&expected).stderr("").status(3);
        assert_eq!(home.runs("slow"), 2);
    }
}

#[test]
fn a_large_output_that_is_changed_while_the_database_is_locked_is_not_stored() {
    let home = Home::new();
    home.run(["true"]).status(0);
    let gate = home.gate("large");
    home.script("large", &format!("head -c {SIZE} /dev/zero; {}; echo end", gate.pass()));
    let db = Connection::open(home.db()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let leader = home.start(["large"]);
    wait_until("a leader has made its file", || FlightFile::find(&home).is_some());
    let waiter = home.start(["large"]);
    home.until_joined(&waiter);
    let file = FlightFile::only_one_in(&home);
    wait_until("the output is in the file", || file.size() > SIZE as u64);
    file.damage(SIZE as u64 / 2);
    db.execute_batch("ROLLBACK").unwrap();
    let expected = [vec![0; SIZE], b"end\n".to_vec()].concat();
    gate.let_one_go();
    leader.wait().stdout(&expected).stderr_has("the result is not stored").warned_once().status(0);
    gate.let_one_go();
    waiter.wait().stdout(&expected).stderr("").status(0);
    home.run(["--only-if-cached", "large"]).stdout(&expected).stderr("").status(0);
}

#[test]
fn output_that_is_changed_while_stale_if_error_holds_it_back_is_replaced_by_the_stale_result() {
    let home = Home::new();
    let gate = home.gated("slow", "cat state");
    gate.let_one_go();
    std::fs::write(home.work("state"), "old\n").unwrap();
    home.run(["slow"]).stdout("old\n");
    std::fs::write(home.work("state"), "new\n").unwrap();
    let caller = home.start(["--ttl", "0", "--stale-if-error", "slow"]);
    home.until_runs("slow", 2);
    let file = FlightFile::only_one_in(&home);
    stop(&caller);
    gate.let_one_go();
    home.until_left(&caller);
    file.damage(file.size() - 1);
    caller.signal(Signal::SIGCONT);
    caller.wait().stdout("old\n").stderr_has("its output was lost").warned_once().status(0);
}
