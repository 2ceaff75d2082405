//! What happens to the database while it is browsed, and a database of many entries.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::Duration;

use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::{KeyOptions, KeyParts};
use cacheback::program::policy::{FetchPolicy, Policy};
use cacheback::program::store::Recipe;
use rusqlite::{Connection, params};

use super::{browse, browser, last_line, until_selects, with_entries};
use crate::common::Home;

#[test]
fn changes_by_other_processes_are_shown() {
    let Some(home) = with_entries(1) else { return };
    let server = browse(&home, "");
    server.until_shows("1 entry");
    home.run(["echo", "new"]).status(0);
    server.until_shows("2 entries");
    server.until_shows("echo new");
    until_selects(&server, "echo 1");
    home.delete(["--", "echo", "1"]).status(0);
    server.until_shows("1 entry");
    until_selects(&server, "echo new");
    home.run(["echo", "new"]).status(0);
    server.until("the hit is counted", |screen| {
        screen.lines().any(|line| line.ends_with("     1  echo new") || line.ends_with("  1  echo new"))
    });
}

#[test]
fn the_database_may_be_removed_and_made_again() {
    let Some(home) = with_entries(2) else { return };
    let server = browse(&home, "");
    server.until_shows("2 entries");
    fs::remove_dir_all(home.cache()).unwrap();
    server.until_shows("nothing is stored");
    home.run(["echo", "again"]).status(0);
    server.until_shows("echo again");
    server.keys(&["q"]);
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
}

#[test]
fn a_failure_to_read_the_database_is_shown_and_the_list_stays() {
    let Some(home) = with_entries(2) else { return };
    let server = browse(&home, "");
    server.until_shows("2 entries");
    let stored = fs::read(home.db()).unwrap();
    fs::write(home.db(), vec![b'x'; stored.len()]).unwrap();
    server.until("an error", |screen| !last_line(screen).starts_with("? help"));
    assert!(server.screen().contains("echo 1"), "{}", server.screen());
    fs::write(home.db(), &stored).unwrap();
    server.until("it is read again", |screen| last_line(screen).starts_with("? help"));
    let sql = Connection::open(home.db()).unwrap();
    sql.execute_batch("BEGIN EXCLUSIVE").unwrap();
    server.keys(&["C-l"]);
    server.until("an error", |screen| !last_line(screen).starts_with("? help"));
    sql.execute_batch("COMMIT").unwrap();
    server.until("it is read again", |screen| last_line(screen).starts_with("? help"));
    server.until_shows("echo 1");
}

#[test]
fn many_entries_are_not_all_read() {
    const COUNT: i64 = 200_000;
    let Some(home) = with_entries(1) else { return };
    fill(&home, COUNT);
    let server = browse(&home, "");
    server.until_shows("over 10000 entries, by age");
    until_selects(&server, "echo 1");
    server.keys(&["j"]);
    until_selects(&server, "entry 199999");
    server.keys(&["G"]);
    until_selects(&server, "entry 0");
    server.keys(&["k", "PageUp"]);
    until_selects(&server, "entry 10");
    let browser = browser(&home);
    assert!(browser.peak_kib() < 64 * 1024, "{} KiB", browser.peak_kib());
    // A search goes on while keys are typed.
    server.keys(&["/"]);
    server.types("entry 190000");
    until_selects(&server, "entry 190000");
    server.keys(&["C-c"]);
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
}

/// Adds rows to the database, each newer than the one before, and all older than the rows that exist. Their outputs are
/// damaged.
fn fill(home: &Home, count: i64) {
    let mut sql = Connection::open(home.db()).unwrap();
    let (first, expires): (i64, i64) =
        sql.query_row("SELECT fetched_at,expires_at FROM entry", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let write = sql.transaction().unwrap();
    let mut insert =
        write.prepare("INSERT INTO entry VALUES(?1,?2,?3,0,0,0,0,?4,?5,0,0,zeroblob(16),?6,?7,x'')").unwrap();
    for number in 0..count {
        let invocation = Invocation::new(["entry", &number.to_string()]);
        let parts = KeyParts::new(&invocation, &KeyOptions::default(), Path::new("/"), |_: &OsStr| None);
        let policy = Policy { ttl: Duration::from_secs(60), ..Policy::default() };
        let recipe = Recipe::new(&invocation, Path::new("/"), &FetchPolicy::default(), &policy);
        let key = parts.to_key();
        let id = key.first_bits().cast_signed();
        let row = params![
            id,
            &key.0[..],
            first - count + number,
            expires,
            (id.unsigned_abs() >> 1 & !0xf_ffff) as i64,
            parts.encode(),
            recipe.encode(&parts)
        ];
        insert.execute(row).unwrap();
    }
    drop(insert);
    write.commit().unwrap();
}
