//! Looking an entry up without SQLite finds what SQLite finds, or nothing.

mod damage;
mod locks;

use super::*;

/// What is found without SQLite, in a process that has no database open.
fn quick_entry(home: &Home, sample: &Sample) -> Option<Entry> {
    SqliteStore::quick_entry(&Place::check(home.path()).unwrap(), &sample.key).flatten()
}

/// Stores all of `samples` in one transaction.
fn store_all(home: &Home, samples: &[Sample]) {
    let store = home.store();
    let write = store.connection.write().unwrap();
    for sample in samples {
        row::insert(&write, &sample.entry(), chunks::new_result(false), false, &sample.transcript, Mark(0)).unwrap();
    }
    write.commit().unwrap();
}

/// Looks for all of `samples` with SQLite and without; returns how many were there with their transcripts.
fn compare(home: &Home, samples: &[Sample]) -> usize {
    let store = home.store();
    let expected: Vec<Option<Entry>> = samples.iter().map(|sample| store.lookup(&sample.key).unwrap()).collect();
    drop(store);
    let mut count = 0;
    for (sample, expected) in samples.iter().zip(expected) {
        let expected = expected.filter(|entry| matches!(entry.body, Body::Inline(_)));
        assert!(quick_entry(home, sample) == expected, "{:?}, {} bytes", sample.parts.argv, sample.transcript.len());
        count += usize::from(expected.is_some());
    }
    count
}

/// A transcript of exactly `size` bytes.
fn sized(command: &str, size: usize) -> Sample {
    let mut sample = Sample::new(command, size);
    sample.transcript.truncate(size);
    sample
}

fn depth(home: &Home) -> u8 {
    let bytes = fs::read(home.path()).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let store = home.store();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name='entry'";
    let mut page: usize = store.connection.raw().query_row(root, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    let mut depth = 1;
    while bytes[(page - 1) * connection::PAGE_SIZE] == 5 {
        page = number((page - 1) * connection::PAGE_SIZE + 8);
        depth += 1;
    }
    depth
}

#[test]
fn every_entry_with_its_transcript_is_found_at_every_depth() {
    // Rows that fill a page each make a deep table, even if they are few.
    for (count, largest, levels) in [(0, 300, 1), (1, 300, 1), (10, 300, 1), (20_000, 300, 2), (1_500, 16_000, 3)] {
        let home = Home::new();
        let samples: Vec<Sample> =
            (0..count).map(|number| sized(&format!("echo {number}"), number * 7 % 300 + largest - 300)).collect();
        store_all(&home, &samples);
        assert_eq!(depth(&home), levels, "{count} entries");
        assert_eq!(compare(&home, &samples), count);
        for number in 0..100 {
            assert_eq!(quick_entry(&home, &Sample::new(&format!("absent {number}"), 0)), None);
        }
    }
}

#[test]
fn transcripts_of_every_length_are_found() {
    let home = Home::new();
    let around = |size: usize| size.saturating_sub(40)..size + 40;
    // Where a row begins to overflow, and where it comes to need another overflow page.
    let sizes = around(40).chain(around(15_900).step_by(2)).chain(around(16_100)).chain(around(32_400).step_by(3));
    let sizes = sizes.chain([50_000, 100_001, 262_143, row::INLINE_MAX as usize]);
    let samples: Vec<Sample> = sizes.map(|size| sized(&format!("echo {size}"), size)).collect();
    store_all(&home, &samples);
    assert_eq!(compare(&home, &samples), samples.len());
}

#[test]
fn long_command_lines_are_found() {
    let home = Home::new();
    let samples: Vec<Sample> = [100, 400, 1000, 4000, 7_900, 8_000, 8_100, 8_200, 20_000, 500_000]
        .into_iter()
        .flat_map(|length| [0, 1, 50, 20_000, 60_000].map(|size| sized(&format!("echo {}", "x".repeat(length)), size)))
        .enumerate()
        .map(|(number, sample)| sample.scoped(&number.to_string()))
        .collect();
    store_all(&home, &samples);
    assert_eq!(compare(&home, &samples), samples.len());
}

#[test]
fn what_is_found_follows_every_change() {
    let home = Home::new();
    let mut samples: Vec<Sample> =
        (0..400).map(|number| sized(&format!("echo {number}"), number * 997 % 30_000)).collect();
    store_all(&home, &samples);
    let store = home.store();
    for (number, sample) in samples.iter_mut().enumerate() {
        match number % 5 {
            0 => {
                sample.transcript = output("new", number * 331 % 60_000);
                sample.store_in(&store, Mark(0));
            }
            1 => drop(store.delete(&Selector::Key(sample.key)).unwrap()),
            2 => drop(store.invalidate(&Selector::Key(sample.key)).unwrap()),
            _ => {}
        }
    }
    drop(store);
    assert_eq!(compare(&home, &samples), 320);
    let pages = fs::metadata(home.path()).unwrap().len();
    let store = home.store();
    for sample in &samples[50..] {
        store.delete(&Selector::Key(sample.key)).unwrap();
    }
    store.prune(Timestamp::from_millis(0), u64::MAX).unwrap();
    drop(store);
    assert!(fs::metadata(home.path()).unwrap().len() < pages / 2, "pages have been moved");
    assert_eq!(compare(&home, &samples), 40);
}

#[test]
fn what_sqlite_has_to_read_is_left_to_it() {
    let home = Home::new();
    let inline = Sample::new("echo", INLINE);
    assert_eq!(quick_entry(&home, &inline), None, "no file");
    Place::create(home.path()).unwrap();
    assert_eq!(quick_entry(&home, &inline), None, "an empty file");
    let chunked = Sample::new("cat big", CHUNKED);
    inline.store_in(&home.store(), Mark(0));
    chunked.store_in(&home.store(), Mark(0));
    assert_eq!(compare(&home, &[inline.clone(), chunked]), 1);
    let change = |sql: &str| rusqlite::Connection::open(home.path()).unwrap().execute_batch(sql).unwrap();
    for (sql, undo) in [
        ("PRAGMA user_version=99", "PRAGMA user_version=2"),
        ("PRAGMA application_id=1", "PRAGMA application_id=0x6362636b"),
        ("PRAGMA page_size=8192; VACUUM", "PRAGMA page_size=16384; VACUUM"),
    ] {
        change(sql);
        assert_eq!(quick_entry(&home, &inline), None, "{sql}");
        change(undo);
        assert!(quick_entry(&home, &inline).is_some(), "{undo}");
    }
    let mut other = inline.clone();
    other.key.0[31] ^= 1;
    assert_eq!(quick_entry(&home, &other), None, "another key with the same row");
    let link = home.dir.path().join("link.db");
    std::os::unix::fs::symlink(home.path(), &link).unwrap();
    assert_eq!(SqliteStore::quick_entry(&Place::check(link).unwrap(), &inline.key).flatten(), None, "a link");
}

#[test]
fn what_a_fetch_has_to_know_is_what_sqlite_reads() {
    let home = Home::new();
    let samples: Vec<Sample> = (0..400).map(|number| Sample::new(&format!("stored {number}"), 300)).collect();
    store_all(&home, &samples);
    let absent = Sample::new("absent", 10);
    let store = home.store();
    for number in 0..1_500 {
        store.delete(&Selector::Scope(format!("scope {number}").into())).unwrap();
    }
    let failure = Failure {
        count: 2,
        at: Timestamp::from_millis(5),
        status: 1,
        retry_at: Timestamp::from_millis(7),
        stderr: vec![b'x'; 9_000],
    };
    store.record_failure(&samples[3].key, &failure).unwrap();
    store.record_failure(&absent.key, &failure).unwrap();
    let expected = |sample: &Sample| BeforeFetch {
        entry: store.lookup(&sample.key).unwrap(),
        retry_at: store.failure(&sample.key).unwrap().map(|failure| failure.retry_at),
        mark: store.mark().unwrap(),
    };
    let expected = [3, 4, 399].map(|index| expected(&samples[index])).into_iter().chain([expected(&absent)]);
    let expected: Vec<BeforeFetch> = expected.collect();
    drop(store);
    let place = Place::check(home.path()).unwrap();
    let keys = [&samples[3], &samples[4], &samples[399], &absent].map(|sample| sample.key);
    let seen: Vec<BeforeFetch> = keys.iter().map(|key| SqliteStore::quick_before_fetch(&place, key).unwrap()).collect();
    assert_eq!(seen, expected);
    assert_eq!(seen[3].entry, None);
    assert_eq!(SqliteStore::quick_entry(&place, &absent.key), Some(None));
}
