//! Several connections at once.

use super::*;
use std::thread;

#[test]
fn readers_do_not_wait_for_an_open_write_transaction() {
    let home = Home::new();
    let (reader, writer) = (home.store(), home.store());
    let sample = Sample::new("echo", CHUNKED);
    sample.store_in(&writer, Mark(0));
    let write = writer.connection.write().unwrap();
    write.execute("DELETE FROM chunk", []).unwrap();
    write.execute("DELETE FROM entry", []).unwrap();
    let entry = reader.lookup(&sample.key).unwrap().unwrap();
    assert!(replayed(&reader, &entry).unwrap() == sample.transcript);
    write.commit().unwrap();
    assert_eq!(reader.lookup(&sample.key).unwrap(), None);
}

#[test]
fn a_reader_gives_up_on_a_database_that_stays_locked() {
    let home = Home::new();
    let (reader, writer) = (home.store(), home.store());
    writer.connection.raw().execute_batch("BEGIN EXCLUSIVE").unwrap();
    let found = SqliteStore::open(reader.place()).unwrap().unwrap().lookup(&Sample::new("echo", 0).key);
    assert!(matches!(found, Err(StoreError { kind: StoreErrorKind::Busy, .. })), "{found:?}");
}

#[test]
fn preparing_waits_for_nobody_and_keeps_no_lock() {
    let home = Home::new();
    let (prepared, other) = (home.store(), home.store());
    let sample = Sample::new("echo", INLINE);
    other.connection.raw().execute_batch("BEGIN EXCLUSIVE").unwrap();
    let locked = prepare::prepare(&prepared.connection, &sample.key);
    assert!(matches!(locked, Err(Fault::Sqlite(_))), "{locked:?}");
    other.connection.raw().execute_batch("ROLLBACK").unwrap();
    prepare::prepare(&prepared.connection, &sample.key).unwrap();
    other.connection.raw().execute_batch("BEGIN EXCLUSIVE; ROLLBACK").unwrap();
    assert!(matches!(sample.store_in(&prepared, Mark(0)), Stored::Fresh(_)));
}

#[test]
fn results_stored_read_and_pruned_at_once_stay_whole() {
    const THREADS: usize = 4;
    let home = Home::new();
    drop(home.store());
    let samples: Vec<Sample> = [INLINE, 100_000, 400_000, CHUNKED, 2 * CHUNKED]
        .into_iter()
        .enumerate()
        .map(|(number, size)| Sample::new(&format!("echo {number}"), size))
        .collect();
    let work = |number: usize| {
        let store = home.store();
        let (mut found, mut damaged) = (0, 0);
        for round in 0..15 {
            let sample = &samples[(number + round) % samples.len()];
            sample.store_in(&store, store.mark().unwrap());
            for sample in &samples {
                let Some(entry) = store.lookup(&sample.key).unwrap() else { continue };
                match replayed(&store, &entry) {
                    Ok(transcript) => {
                        assert!(transcript == sample.transcript);
                        found += 1;
                    }
                    // Replaced and pruned between the lookup and the replay.
                    Err(ReplayError::Damaged) => damaged += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            match round % 5 {
                1 => drop(store.invalidate(&Selector::Key(sample.key)).unwrap()),
                3 => drop(store.delete(&Selector::Key(sample.key)).unwrap()),
                _ => store.prune(Timestamp::from_millis(0), u64::MAX).unwrap(),
            }
        }
        assert!(found > damaged, "{found} found, {damaged} damaged");
    };
    thread::scope(|scope| {
        (0..THREADS).for_each(|number| drop(scope.spawn(move || work(number))));
    });
}
