//! `prune` removes the entries that are due, and no others.

use std::fs;

use rusqlite::Connection;

use crate::common::{Home, Outcome};

fn prune(home: &Home, options: &[&str]) -> Outcome {
    home.cacheback(["prune"].iter().chain(options)).go()
}

/// Five entries, `echo 0` the oldest.
fn filled() -> Home {
    let home = Home::new();
    for number in 0..5 {
        home.run(["echo", &number.to_string()]).status(0);
    }
    home.until_quiet();
    home
}

fn change(home: &Home, statement: &str) {
    Connection::open(home.db()).unwrap().execute_batch(statement).unwrap();
}

fn kept(home: &Home) -> Vec<String> {
    let lines = home.cacheback(["list", "--sort", "command"]).go().stdout_text();
    lines.lines().skip(1).filter_map(|line| line.split_once("echo ")).map(|(_, word)| word.to_owned()).collect()
}

#[test]
fn nothing_is_removed_that_is_not_due() {
    let home = filled();
    prune(&home, &[]).counted(0);
    prune(&home, &["--older-than", "1h", "--keep-last", "5", "--max-db-size", "1M"]).counted(0);
    assert_eq!(kept(&home).len(), 5);
    prune(&Home::new(), &[]).counted(0);
}

#[test]
fn expired_entries_are_removed() {
    let home = filled();
    change(&home, "UPDATE entry SET expires_at=1 WHERE id IN (SELECT id FROM entry ORDER BY fetched_at LIMIT 2)");
    prune(&home, &["--dry-run"]).counted(2);
    assert_eq!(kept(&home).len(), 5, "`--dry-run` removed entries");
    prune(&home, &[]).counted(2);
    assert_eq!(kept(&home), ["2", "3", "4"]);
    prune(&home, &["-q"]).stdout("").stderr("").status(0);
}

#[test]
fn older_entries_are_removed() {
    let home = filled();
    change(&home, "UPDATE entry SET fetched_at=fetched_at-7200000 WHERE id=(SELECT id FROM entry ORDER BY fetched_at)");
    prune(&home, &["--older-than", "1h", "--dry-run"]).counted(1);
    prune(&home, &["--older-than", "1h"]).counted(1);
    assert_eq!(kept(&home), ["1", "2", "3", "4"]);
}

#[test]
fn keep_last_keeps_the_newest() {
    let home = filled();
    prune(&home, &["--keep-last", "2", "--dry-run"]).counted(3);
    prune(&home, &["--keep-last", "2"]).counted(3);
    assert_eq!(kept(&home), ["3", "4"]);
    prune(&home, &["--keep-last", "0"]).counted(2);
    assert_eq!(kept(&home), [] as [&str; 0]);
}

#[test]
fn least_recently_used_entries_are_removed_until_the_rest_fits() {
    let home = Home::new();
    let large = |number: &str| format!("head -c 200000 /dev/urandom; : {number}");
    for number in ["1", "2", "3"] {
        home.run(["-s", &large(number)]).status(0);
    }
    home.run(["-s", &large("1")]).status(0);
    home.until_quiet();
    prune(&home, &["--max-db-size", "600K", "--dry-run"]).counted(1);
    prune(&home, &["--max-db-size", "600K"]).counted(1);
    let left = home.cacheback(["list", "--sort", "command", "--json"]).go().stdout_text();
    assert!(left.contains(": 1") && left.contains(": 3") && !left.contains(": 2"), "{left}");
    assert!(fs::metadata(home.db()).unwrap().len() <= 600 * 1024);
    prune(&home, &["--max-db-size", "0"]).counted(2);
}

#[test]
fn the_space_is_given_back() {
    let home = Home::new();
    home.shell("for n in 1 2 3; do head -c 3000000 /dev/urandom | cacheback set -q -- echo $n; done").go().status(0);
    assert!(fs::metadata(home.db()).unwrap().len() > 9_000_000);
    prune(&home, &["--keep-last", "1"]).counted(2);
    let size = fs::metadata(home.db()).unwrap().len();
    assert!(size < 4_000_000, "{size}");
    home.shell("cacheback run --only-if-cached echo 3 | wc -c").go().stdout("3000000\n").status(0);
}

#[test]
fn wrong_values_and_files_are_refused() {
    let home = Home::new();
    prune(&home, &["--older-than", "soon"]).stderr_has("--older-than").status(125);
    prune(&home, &["--keep-last", "-1"]).stderr_has("--keep-last").status(125);
    prune(&home, &["--max-db-size", "big"]).stderr_has("--max-db-size").status(125);
    fs::create_dir_all(home.cache()).unwrap();
    fs::write(home.db(), "no database, but some text that is long enough").unwrap();
    prune(&home, &[]).stdout("").stderr_has("is not a cache").status(125);
    assert!(home.db().exists(), "the file was removed");
}
