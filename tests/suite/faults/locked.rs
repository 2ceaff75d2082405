//! A database that another program has locked holds up nobody.

use super::*;

#[test]
fn a_database_that_another_program_has_locked_costs_a_warning() {
    let home = with_an_entry();
    let other = Connection::open(home.db()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let outcome = home.run(["--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").status(3);
    // A hit may be possible beside the lock; a fetch cannot be stored.
    let outcome = home.run(["--refresh", "--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").status(3).stderr_has("cacheback: ");
    assert_eq!(outcome.stderr_text().lines().count(), 2, "{outcome}");
    home.run(["-q", "--refresh", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    drop(other);
    home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
}

#[test]
fn a_locked_database_holds_up_the_storing_and_not_the_caller() {
    for (name, script, size) in [("small", "echo x", 2), ("large", "head -c 3000000 /dev/zero", 3_000_000)] {
        let home = with_an_entry();
        home.until_quiet();
        let reader = Connection::open(home.db()).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
        let outcome = home.run(["--status", "-s", script]);
        assert_eq!(outcome.stdout.len(), size);
        assert!(
            outcome.stderr_text().contains("fwd=uri-miss") && !outcome.stderr_text().contains("stored"),
            "{outcome}"
        );
        // There are hits in the meantime.
        home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").status(3);
        // If the caller had waited until storing gave up, there would be no result.
        crate::common::close_reader(reader);
        home.until_quiet();
        let outcome = home.run(["--only-if-cached", "-s", script]);
        assert_eq!(outcome.status(0).stdout.len(), size, "{name}: {outcome}");
    }
}

#[test]
fn a_locked_database_does_not_hold_up_callers_that_wait_for_the_flight() {
    let home = with_an_entry();
    let gate = home.gated("slow", "echo slow");
    home.until_quiet();
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    let joiner = home.start(["slow"]);
    home.until_joined(&joiner);
    let reader = Connection::open(home.db()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
    gate.open();
    // Both end while the database is still locked.
    joiner.wait().stdout("slow\n").stderr("").status(0);
    leader.wait().stdout("slow\n").stderr("").status(0);
    assert!(!home.processes().is_empty(), "no process stores the result any more");
    crate::common::close_reader(reader);
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("slow\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}
