//! Results too large for memory: they are written to the database as they arrive, before it is known whether they are
//! kept.

use nix::sys::signal::Signal;
use rusqlite::Connection;

use crate::common::{Gate, Home, Running, wait_until, weakness};

const SIZE: usize = 3_000_000;

/// A home with `large`, which writes `SIZE` bytes before each of two passes of a gate, and then a word.
fn with_a_command() -> (Home, Gate) {
    let home = Home::new();
    let gate = home.gate("large");
    let written = home.work("written");
    let piece = format!("head -c {SIZE} /dev/zero; echo >> '{}'; {}", written.display(), gate.pass());
    home.script("large", &format!("{piece}; {piece}; echo end"));
    home.run(["true"]).status(0);
    (home, gate)
}

fn expected() -> Vec<u8> {
    [vec![0; 2 * SIZE], b"end\n".to_vec()].concat()
}

fn count(home: &Home, table: &str) -> i64 {
    let db = Connection::open(home.db()).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn until_written(home: &Home, times: usize) {
    let written = || std::fs::read(home.work("written")).map_or(0, |text| text.len());
    wait_until("a piece is written", || written() == times);
}

#[test]
fn a_database_that_is_damaged_during_the_fetch_costs_one_warning() {
    let (home, gate) = with_a_command();
    let leader = home.start(["large"]);
    until_written(&home, 1);
    // All chunks of the piece: a later write would overwrite the damaged page.
    let chunks = (SIZE / (512 * 1024)) as i64;
    wait_until("the piece is in the database", || count(&home, "chunk") == chunks);
    let damage = |file: std::fs::File| std::os::unix::fs::FileExt::write_all_at(&file, &[7; 100], 0);
    damage(std::fs::OpenOptions::new().write(true).open(home.db()).unwrap()).unwrap();
    gate.open();
    leader.wait().stdout(expected()).warned_once().stderr_has("is damaged; it is kept as ").status(0);
    home.run(["large"]).stdout(expected()).stderr("").status(0);
    home.run(["large"]).stdout(expected()).stderr("").status(0);
    assert_eq!(home.runs("large"), 2);
}

#[test]
fn callers_that_wait_for_a_failing_command_get_its_large_output() {
    let home = Home::new();
    let gate = home.gated("large", "head -c 3000000 /dev/zero; echo err >&2; exit 4");
    let leader = home.start(["large"]);
    home.until_runs("large", 1);
    let callers: Vec<Running> = (0..3).map(|_| home.start(["large"])).collect();
    callers.iter().for_each(|caller| home.until_joined(caller));
    gate.open();
    for caller in callers.into_iter().chain([leader]) {
        caller.wait().stdout(vec![0; SIZE]).stderr("err\n").status(4);
    }
    assert_eq!(home.runs("large"), 1);
    home.until_quiet();
    assert_eq!((count(&home, "chunk"), count(&home, "pending")), (0, 0));
}

#[test]
fn a_large_output_is_stored_although_the_database_was_locked_while_it_arrived() {
    let (home, gate) = with_a_command();
    let db = Connection::open(home.db()).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let caller = home.start(["large"]);
    until_written(&home, 1);
    all_is_stored_after_a_rollback(&home, &gate, &db, caller);
}

/// Unlocks the database before the last pass.
fn all_is_stored_after_a_rollback(home: &Home, gate: &Gate, db: &Connection, caller: Running) {
    gate.let_one_go();
    until_written(home, 2);
    db.execute_batch("ROLLBACK").unwrap();
    gate.let_one_go();
    caller.wait().stdout(expected()).stderr("").status(0);
    home.run(["--only-if-cached", "large"]).stdout(expected()).stderr("").status(0);
}

#[test]
fn a_large_output_is_stored_although_the_database_was_locked_in_the_middle_of_it() {
    let (home, gate) = with_a_command();
    let caller = home.start(["large"]);
    wait_until("a chunk is written", || count(&home, "chunk") > 0);
    let db = Connection::open(home.db()).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    all_is_stored_after_a_rollback(&home, &gate, &db, caller);
    assert_eq!(count(&home, "pending"), 0);
}

#[test]
fn chunks_of_a_killed_fetch_are_removed_by_a_later_one() {
    let (home, gate) = with_a_command();
    let caller = home.start(["large"]);
    wait_until("a chunk is written", || count(&home, "chunk") > 0);
    for process in home.processes() {
        process.kill(Signal::SIGKILL);
    }
    caller.wait();
    home.until_quiet();
    assert_eq!(count(&home, "pending"), 1);
    gate.open();
    home.run(["large"]).stdout(expected()).stderr("").status(0);
    home.until_quiet();
    assert_eq!(count(&home, "pending"), 0);
    home.run(["--only-if-cached", "large"]).stdout(expected()).stderr("").status(0);
}

#[test]
fn the_fetching_process_of_a_large_output_runs_as_a_batch_and_the_command_does_not() {
    if weakness::PRIORITY.is_here() {
        return;
    }
    let home = Home::new();
    let gate = home.gate("large");
    let file = home.work("pids");
    let output = format!("head -c {SIZE} /dev/zero; echo $PPID $$ > '{}'", file.display());
    home.script("large", &format!("{output}; {}", gate.pass()));
    let caller = home.start(["large"]);
    let pids = || std::fs::read_to_string(&file).unwrap_or_default();
    wait_until("the output is written", || pids().ends_with('\n'));
    let policies: Vec<i32> = pids()
        .split_whitespace()
        // SAFETY: a system call on integers; musl's function of this name does not make it.
        .map(|pid| unsafe { libc::syscall(libc::SYS_sched_getscheduler, pid.parse::<i32>().unwrap()) as i32 })
        .collect();
    assert_eq!(policies, [libc::SCHED_BATCH, libc::SCHED_OTHER]);
    gate.open();
    caller.wait().status(0);
}
