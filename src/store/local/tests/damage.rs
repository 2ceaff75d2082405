//! A damaged file may cost a fetch, never a wrong answer.

use super::*;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

const PAGE: usize = connection::PAGE_SIZE;

/// A database with several entries, of which the tests look up two: one inline, one in chunks.
struct TestDatabase {
    home: Home,
    samples: [Sample; 2],
    entries: [Entry; 2],
    bytes: Vec<u8>,
}

impl TestDatabase {
    fn new() -> Self {
        let home = Home::new();
        let store = home.store();
        let samples = [Sample::new("echo inline", 9000), Sample::new("echo chunked", 300_000)];
        for number in 0..20 {
            Sample::new(&format!("echo {number}"), 300).store_in(&store, Mark(0));
        }
        store.invalidate(&Selector::Key(samples[0].key)).unwrap();
        let entries = samples.each_ref().map(|sample| {
            sample.store_in(&store, store.mark().unwrap());
            store.lookup(&sample.key).unwrap().unwrap()
        });
        assert!(matches!(entries[0].body, Body::Inline(_)) && matches!(entries[1].body, Body::Chunked(_)));
        drop(store);
        let bytes = fs::read(home.path()).unwrap();
        Self { home, samples, entries, bytes }
    }

    /// Looks up both entries in the damaged file; returns how many were served.
    fn count_served(&self, damage: &str) -> usize {
        let mut served = 0;
        for (sample, entry) in self.samples.iter().zip(&self.entries) {
            let Ok(Some(store)) = SqliteStore::open(&Place::check(self.home.path()).unwrap()) else { continue };
            let Ok(Some(found)) = store.lookup(&sample.key) else { continue };
            assert!(found == *entry, "{damage}: another entry was found");
            let written = Cell::new(false);
            let mut transcript = Transcript::default();
            let replay = store.replay(&found, &mut |stream, data| {
                written.set(true);
                transcript.push(stream, data);
                Ok(())
            });
            match replay {
                Ok(()) => assert!(transcript.as_bytes() == sample.transcript, "{damage}: another output was written"),
                Err(ReplayError::Damaged) => assert!(!written.get(), "{damage}: too late"),
                Err(error) => panic!("{damage}: {error}"),
            }
            served += usize::from(replay.is_ok());
        }
        served
    }

    /// Makes every kind of change to the damaged file. Errors may be returned, but no wrong entry may be found
    /// afterwards.
    fn change(&self, damage: &str) {
        let Ok(Some(store)) = SqliteStore::open(&Place::check(self.home.path()).unwrap()) else { return };
        for size in [10, 300_000] {
            let other = Sample::new(&format!("echo other {size}"), size);
            let _ = store.store(&other.entry(), &mut &other.transcript[..], Mark(0));
            if let Ok(Some(entry)) = store.lookup(&other.key)
                && let Ok(transcript) = replayed(&store, &entry)
            {
                assert!(transcript == other.transcript, "{damage}");
            }
        }
        let _ = store.prune(Timestamp::from_millis(0), u64::MAX);
        drop(store);
        self.count_served(damage);
        let Ok(Some(store)) = SqliteStore::open(&Place::check(self.home.path()).unwrap()) else { return };
        let _ = store.invalidate(&Selector::Scope("none".into()));
        let _ = store.delete(&Selector::matching("echo 1*").unwrap());
    }

    fn restore(&self, bytes: &[u8]) {
        for suffix in ["-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(self.home.dir.path().join(format!("cache.db{suffix}")));
        }
        fs::write(self.home.path(), bytes).unwrap();
    }
}

#[test]
fn flipped_bits_are_noticed() {
    let database = TestDatabase::new();
    assert_eq!(database.count_served("none"), 2);
    let file = fs::OpenOptions::new().write(true).open(database.home.path()).unwrap();
    let small = database.bytes.len().min(12 * PAGE);
    let offsets = (0..100).chain((100..small).step_by(97)).chain((small..database.bytes.len()).step_by(4003));
    let mut lost = 0;
    for (number, offset) in offsets.enumerate() {
        let original = database.bytes[offset];
        let flipped = original ^ [0x01, 0x80, 0xff, 0x03][number % 4];
        file.write_all_at(&[flipped], offset as u64).unwrap();
        let damage = format!("byte {offset} from {original} to {flipped}");
        lost += 2 - database.count_served(&damage);
        file.write_all_at(&[original], offset as u64).unwrap();
    }
    assert!(lost > 100, "only {lost} were lost: the damage missed");
}

#[test]
fn a_damaged_file_may_be_written_to() {
    let database = TestDatabase::new();
    for (number, offset) in (0..100).step_by(3).chain((100..12 * PAGE).step_by(977)).enumerate() {
        let mut bytes = database.bytes.clone();
        bytes[offset] ^= [0x01, 0xff, 0x80][number % 3];
        database.restore(&bytes);
        database.change(&format!("byte {offset}"));
    }
}

#[test]
fn a_file_cut_anywhere_is_noticed() {
    let database = TestDatabase::new();
    let lengths = [0, 1, 15, 16, 18, 60, 99, 100, 101, 107, 500, 511, 512, 513, 4000, 4095];
    let pages = (1..database.bytes.len() / PAGE).step_by(3);
    for length in lengths.into_iter().chain(pages.flat_map(|page| [page * PAGE, page * PAGE + 100])) {
        database.restore(&database.bytes[..length]);
        database.count_served(&format!("cut to {length}"));
        if length % 7 == 0 {
            database.change(&format!("cut to {length}"));
        }
    }
}

#[test]
fn pages_swapped_or_zeroed_are_noticed() {
    let database = TestDatabase::new();
    let pages = database.bytes.len() / PAGE;
    let page = |number: usize| number * PAGE..(number + 1) * PAGE;
    for first in 0..pages.min(20) {
        let mut bytes = database.bytes.clone();
        bytes[page(first)].fill(0);
        database.restore(&bytes);
        database.count_served(&format!("page {first} zeroed"));
        for second in [first + 1, (first * 7 + 3) % pages] {
            let mut bytes = database.bytes.clone();
            bytes.copy_within(page(second), first * PAGE);
            bytes[page(second)].copy_from_slice(&database.bytes[page(first)]);
            database.restore(&bytes);
            database.count_served(&format!("pages {first} and {second} swapped"));
            database.change(&format!("pages {first} and {second} swapped"));
        }
    }
}

#[test]
fn noise_is_no_database() {
    let database = TestDatabase::new();
    let noise: Vec<u8> =
        (0..100_000_u64).map(|number| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    for length in [1, 99, 100, 511, 512, 4096, 100_000] {
        database.restore(&noise[..length]);
        assert_eq!(database.count_served("noise"), 0);
        database.change("noise");
        // With a good header in front.
        let mut bytes = noise[..length].to_vec();
        bytes[..length.min(100)].copy_from_slice(&database.bytes[..length.min(100)]);
        database.restore(&bytes);
        assert_eq!(database.count_served("noise after a header"), 0);
        database.change("noise after a header");
    }
}

#[test]
fn columns_of_the_wrong_type_are_noticed_and_replaced() {
    let database = TestDatabase::new();
    let columns = "key fetched_at took exit invalidated is_failure expires_at result size chunked checksum body";
    for column in columns.split(' ') {
        for value in ["NULL", "1.5", "'text'", "x'00'", "-1", "2", "256", "9223372036854775807"] {
            database.restore(&database.bytes);
            let store = database.home.store();
            store.connection.raw().execute(&format!("UPDATE entry SET {column}={value}"), []).unwrap();
            assert_eq!(database.count_served(column), 0, "{column}={value}");
            for sample in &database.samples {
                sample.store_in(&store, store.mark().unwrap());
                let entry = store.lookup(&sample.key).unwrap().unwrap();
                assert!(replayed(&store, &entry).unwrap() == sample.transcript);
            }
            store.prune(Timestamp::from_millis(0), u64::MAX).unwrap();
            store.delete(&Selector::All).unwrap();
        }
    }
}

#[test]
fn damaged_entries_are_selected_but_not_handed_on() {
    let home = Home::new();
    let store = home.store();
    for sql in ["UPDATE entry SET parts=x'31'", "UPDATE entry SET recipe=x'00'", "UPDATE entry SET key=NULL"] {
        let samples = ["echo 1", "echo 2", "echo 3"].map(|command| Sample::new(command, INLINE));
        for sample in &samples {
            sample.store_in(&store, store.mark().unwrap());
        }
        store.connection.raw().execute(sql, []).unwrap();
        assert_eq!(store.invalidate(&Selector::Scope("none".into())).unwrap(), [], "{sql}");
        for sample in &samples {
            assert!(store.lookup(&sample.key).unwrap().is_none_or(|entry| entry.summary.invalidated), "{sql}");
        }
        assert_eq!(store.delete(&Selector::Scope("none".into())).unwrap(), 3, "{sql}");
    }
}

#[test]
fn damaged_entries_are_not_listed() {
    let home = Home::new();
    let store = home.store();
    let samples = ["one", "two", "three", "four", "five"].map(|command| Sample::new(command, 10));
    for sample in &samples {
        sample.store_in(&store, Mark(0));
    }
    let damage = |sample: &Sample, change: &str| {
        let statement = format!("UPDATE entry SET {change} WHERE id=?1");
        store.connection.raw().execute(&statement, [ids::id_of(&sample.key)]).unwrap();
    };
    damage(&samples[0], "key=x'00'");
    damage(&samples[1], "recipe=NULL");
    damage(&samples[2], "fetched_at='soon'");
    damage(&samples[4], "fetched_at=4.5");
    let mut keys = Vec::new();
    let each = &mut |detail: Detail| {
        keys.push(detail.summary.key);
        ControlFlow::Continue(())
    };
    store.details(Start::of(Order::NewestFirst), &[], each).unwrap();
    assert_eq!(keys, [samples[3].key]);
}
