//! Beginning a database, and files that are not ours to change.

use super::*;
use crate::store::local::schema::KNOWN;
use std::sync::Barrier;
use std::thread;

fn open(home: &Home) -> SqliteStore {
    SqliteStore::open(&Place::check(home.path()).unwrap()).unwrap().unwrap()
}

/// Checks that every method of the store fails as expected, and that the file is the same afterwards.
fn assert_all_refuse(home: &Home, is_expected: fn(&StoreError) -> bool) {
    let before = fs::read(home.path()).unwrap();
    let store = open(home);
    let sample = Sample::new("echo", INLINE);
    let large = Sample::new("echo", CHUNKED);
    let errors = [
        store.lookup(&sample.key).unwrap_err(),
        store.mark().unwrap_err(),
        store.store(&sample.entry(), &mut &sample.transcript[..], Mark(0)).unwrap_err(),
        store.store(&large.entry(), &mut &large.transcript[..], Mark(0)).unwrap_err(),
        store.invalidate(&Selector::All).unwrap_err(),
        store.delete(&Selector::All).unwrap_err(),
        store.keys_with_prefix("0").unwrap_err(),
        store.failure(&sample.key).unwrap_err(),
        store.prune(Timestamp::now(), u64::MAX).unwrap_err(),
        SqliteStore::create(store.place()).unwrap_err(),
    ];
    for error in errors {
        assert!(is_expected(&error), "{error:?}");
    }
    drop(store);
    assert!(fs::read(home.path()).unwrap() == before, "the file is left alone");
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let home = Home::new();
    Sample::new("echo", INLINE).store_in(&home.store(), Mark(0));
    open(&home).connection.raw().pragma_update(None, "user_version", KNOWN + 1).unwrap();
    assert_all_refuse(&home, |error| {
        error.to_string().contains(&format!("(schema {}, this one knows {KNOWN})", KNOWN + 1))
    });
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    for version in [0, 1] {
        let home = Home::new();
        let sql = rusqlite::Connection::open(home.path()).unwrap();
        sql.execute_batch("PRAGMA auto_vacuum=FULL; CREATE TABLE bookmarks(url); INSERT INTO bookmarks VALUES('x')")
            .unwrap();
        sql.pragma_update(None, "user_version", version).unwrap();
        drop(sql);
        fs::set_permissions(home.path(), Permissions::from_mode(0o600)).unwrap();
        assert_all_refuse(&home, |error| error.kind == StoreErrorKind::Foreign);
    }
}

#[test]
fn what_is_no_database_is_left_alone_until_it_is_set_aside() {
    let home = Home::new();
    drop(home.store());
    Place::check(home.path()).unwrap().ensure_flights_dir().unwrap();
    fs::write(home.path(), "dear diary,\0".repeat(1000)).unwrap();
    assert_all_refuse(&home, |error| error.is_corrupt());
    let place = Place::check(home.path()).unwrap();
    let aside = SqliteStore::set_aside(&place).unwrap().unwrap();
    assert!(fs::read_to_string(aside).unwrap().starts_with("dear diary,\0"));
    assert!(SqliteStore::open(&Place::check(home.path()).unwrap()).unwrap().is_none());
    let sample = Sample::new("echo", INLINE);
    sample.store_in(&home.store(), Mark(0));
    assert_eq!(SqliteStore::set_aside(&place).unwrap(), None, "it was another file");
    assert!(open(&home).lookup(&sample.key).unwrap().is_some());
}

#[test]
fn a_creator_that_was_killed_leaves_an_empty_store() {
    let sample = Sample::new("echo", INLINE);
    for half_done in ["", "PRAGMA auto_vacuum=INCREMENTAL"] {
        let home = Home::new();
        Place::create(home.path()).unwrap();
        open(&home).connection.raw().execute_batch(half_done).unwrap();
        assert_eq!(open(&home).lookup(&sample.key).unwrap(), None);
        sample.store_in(&home.store(), Mark(0));
        assert!(open(&home).lookup(&sample.key).unwrap().is_some());
    }
}

#[test]
fn any_number_of_processes_may_create_the_store_at_once() {
    for _ in 0..10 {
        let home = Home::new();
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8 {
                let (home, start) = (&home, &start);
                scope.spawn(move || {
                    start.wait();
                    Sample::new(&format!("echo {number}"), INLINE).store_in(&home.store(), Mark(0));
                });
            }
        });
        assert_eq!(count(&open(&home), "entry"), 8);
        let vacuum: i64 =
            open(&home).connection.raw().pragma_query_value(None, "auto_vacuum", |row| row.get(0)).unwrap();
        assert_eq!(vacuum, 2);
    }
}

#[test]
fn a_database_that_another_thread_has_open_is_not_set_aside() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("cache.db");
    let store = SqliteStore::create(&Place::check(&path).unwrap()).unwrap();
    let place = Place::check(&path).unwrap();
    assert_eq!(SqliteStore::set_aside(&place).unwrap(), None);
    drop(store);
    assert!(SqliteStore::set_aside(&place).unwrap().is_some());
}
