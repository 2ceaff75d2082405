//! Damage in a page of the database costs at most a fetch: the first call that meets it sets the file aside.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::*;

/// The size of a page; what is zeroed is less.
const PAGE: usize = 16 * 1024;
const ZEROED: usize = 4096;

/// A home whose database has rows of every kind that a call may read, and unused pages.
fn filled() -> Home {
    let home = Home::new();
    home.script("fail", "test -e ok");
    fs::write(home.work("file"), "").unwrap();
    for (options, command) in [
        (&[][..], "seq 10"),
        (&[], "seq 3000"),
        (&[], "seq 20000"),
        (&[], "seq 50000"),
        (&["--depends-on", "file"], "seq 11"),
        (&["--tag", "old"], "seq 12"),
    ] {
        home.run([options, &["-s", command]].concat()).status(0);
    }
    for number in 0..200 {
        home.run(["echo", &number.to_string()]).status(0);
    }
    fs::write(home.work("ok"), "").unwrap();
    home.run(["fail"]).status(0);
    fs::remove_file(home.work("ok")).unwrap();
    home.run(["--async", "--ttl", "0", "fail"]).status(0);
    home.invalidate(["--tag", "old"]);
    home.until_quiet();
    let db = Connection::open(home.db()).unwrap();
    db.execute_batch("DELETE FROM entry WHERE id IN (SELECT id FROM entry LIMIT 50 OFFSET 100)").unwrap();
    assert_eq!(db.query_row("SELECT count(*) FROM failure", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    home
}

fn aside(home: &Home) -> Vec<PathBuf> {
    let names = fs::read_dir(home.cache()).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.to_string_lossy().contains("cache.db.corrupt-")).collect()
}

/// Puts `bytes` in place of the database.
fn restore(home: &Home, bytes: &[u8]) {
    let _ = fs::remove_file(home.cache().join("cache.db-journal"));
    aside(home).iter().for_each(|path| fs::remove_file(path).unwrap());
    fs::write(home.db(), bytes).unwrap();
    fs::set_permissions(home.db(), Permissions::from_mode(0o600)).unwrap();
}

/// Zeroes the beginning of each page in turn, and calls `check` with what says which.
fn for_each_page(home: &Home, check: impl Fn(&str)) {
    let bytes = fs::read(home.db()).unwrap();
    assert!(bytes.len() / PAGE > 20, "{} pages", bytes.len() / PAGE);
    // The last pages hold output alone.
    for page in (0..bytes.len() / PAGE).filter(|page| *page < 20 || page % 5 == 0) {
        let mut damaged = bytes.clone();
        damaged[page * PAGE..][..ZEROED].fill(0);
        restore(home, &damaged);
        check(&format!("page {}", page + 1));
    }
}

/// Damages the pages that every fetch reads.
fn damage_what_a_fetch_reads(home: &Home) {
    let db = Connection::open(home.db()).unwrap();
    let root = |table: &str| {
        let query = format!("SELECT rootpage FROM sqlite_schema WHERE name='{table}'");
        db.query_row(&query, [], |row| row.get::<_, i64>(0)).unwrap() as usize
    };
    let roots = ["barrier", "failure"].map(root);
    drop(db);
    // In place: for a process that has the file open, a shorter one would be another damage.
    let file = fs::OpenOptions::new().write(true).open(home.db()).unwrap();
    for root in roots {
        file.write_all_at(&[0; ZEROED], ((root - 1) * PAGE) as u64).unwrap();
    }
}

#[test]
fn damage_in_any_page_keeps_no_call_from_the_cache() {
    let home = filled();
    let expected = |last: usize| (1..=last).map(|number| format!("{number}\n")).collect::<String>();
    for_each_page(&home, |page| {
        home.run(["--async", "--ttl", "0", "-q", "-s", "seq 10"]).stdout(expected(10)).status(0);
        home.until_quiet();
        // What the first calls have stored goes with the file if a later one meets the damage.
        for _ in 0..2 {
            home.run(["--depends-on", "file", "-s", "seq 11"]).stdout(expected(11)).status(0);
            for command in [10, 3000, 50_000, 50] {
                let outcome = home.run(["--status", "-s", &format!("seq {command}")]);
                assert_ne!(outcome.cache_status().get("fwd"), Some("bypass"), "{page}: {outcome}");
                outcome.stdout(expected(command)).status(0);
            }
        }
        for command in [3000, 50] {
            let outcome = home.run(["--only-if-cached", "-s", &format!("seq {command}")]);
            assert!(outcome.stdout == expected(command).as_bytes(), "{page}: {command} is not stored");
            outcome.stderr("").status(0);
        }
        assert!(aside(&home).len() <= 1, "{page}: {:?}", aside(&home));
    });
}

#[test]
fn the_first_run_that_meets_damage_says_so_and_the_next_is_a_hit() {
    let home = filled();
    damage_what_a_fetch_reads(&home);
    let first = home.run(["--status", "echo", "new"]);
    first.stdout("new\n").status(0).stderr_has("cache.db is damaged; it is kept as").stderr_has("fwd=uri-miss; stored");
    home.run(["--status", "echo", "new"]).stdout("new\n").stderr_has("cacheback; hit").status(0);
    assert_eq!(aside(&home).len(), 1);
}

#[test]
fn a_damaged_database_can_be_cleared_and_pruned_and_entries_invalidated_and_deleted() {
    let home = filled();
    for_each_page(&home, |page| {
        let bytes = fs::read(home.db()).unwrap();
        for command in
            [&["prune"][..], &["invalidate", "--tag", "old"], &["delete", "--tag", "old"], &["clear", "--yes"]]
        {
            restore(&home, &bytes);
            let outcome = home.cacheback(command).go();
            assert_eq!(outcome.status.code(), Some(0), "{page}: {command:?}: {outcome}");
            home.until_quiet();
        }
        assert!(aside(&home).is_empty(), "{page}: {:?}", aside(&home));
    });
}

#[test]
fn callers_that_notice_damage_at_once_set_it_aside_once() {
    let home = filled();
    for round in 0..5 {
        aside(&home).iter().for_each(|path| fs::remove_file(path).unwrap());
        damage_what_a_fetch_reads(&home);
        let words = |number: usize| format!("{round} {number}");
        let callers: Vec<_> = (0..8).map(|number| home.start(["echo", &words(number)])).collect();
        for (number, caller) in callers.into_iter().enumerate() {
            caller.wait().stdout(format!("{}\n", words(number))).status(0);
        }
        assert_eq!(aside(&home).len(), 1);
        home.run(["echo", &words(8)]).stdout(format!("{}\n", words(8))).stderr("").status(0);
    }
}

#[test]
fn a_fetch_that_has_a_database_open_which_is_set_aside_keeps_its_output() {
    let home = filled();
    let gate = home.gated("slow", "seq 100000");
    let slow = home.start(["slow"]);
    home.until_runs("slow", 1);
    damage_what_a_fetch_reads(&home);
    home.run(["echo", "new"]).stdout("new\n").stderr_has("is damaged; it is kept as").status(0);
    gate.open();
    let expected: String = (1..=100_000).map(|number| format!("{number}\n")).collect();
    let outcome = slow.wait();
    outcome.stdout(expected.as_str()).status(0);
    assert!(outcome.stderr_text().lines().count() <= 1, "{outcome}");
    home.run(["echo", "new"]).stdout("new\n").stderr("").status(0);
    home.run(["slow"]).stdout(expected.as_str()).stderr("").status(0);
}
