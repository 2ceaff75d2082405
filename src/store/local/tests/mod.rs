mod concurrency;
mod conditions;
mod damage;
mod details;
mod origins;
mod overtaken;
mod peeking;
mod pruning;
mod selectors;
mod statistics;
mod usage;

use super::*;
use crate::model::invocation::Invocation;
use crate::model::key::KeyParts;
use crate::model::time::Timestamp;
use crate::model::transcript::{Stream, Transcript};
use crate::policy::{FetchPolicy, Policy};
use crate::store::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const INLINE: usize = 1000;
const CHUNKED: usize = 3 * 1024 * 1024 + 7;

struct Home {
    dir: TempDir,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache.db")
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::create(&Place::check(self.path()).unwrap()).unwrap()
    }
}

/// A command and what there is to store of it.
#[derive(Clone)]
struct Sample {
    key: Key,
    parts: KeyParts,
    recipe: Recipe,
    transcript: Vec<u8>,
}

impl Sample {
    fn new(command: &str, size: usize) -> Self {
        let invocation = Invocation::new(command.split(' '));
        let parts = KeyParts { argv: invocation.argv.clone(), ..KeyParts::default() };
        let recipe = Recipe::new(&invocation, Path::new("/here"), &FetchPolicy::default(), &Policy::default());
        Self { key: parts.to_key(), parts, recipe, transcript: output(command, size) }
    }

    fn scoped(mut self, scope: &str) -> Self {
        self.parts.scope = Some(scope.into());
        self.key = self.parts.to_key();
        self
    }

    fn entry(&self) -> NewEntry<'_> {
        NewEntry {
            key: self.key,
            parts: &self.parts,
            recipe: &self.recipe,
            fetched_at: Timestamp::from_millis(1_700_000_000_123),
            took: Duration::from_micros(1_234_567),
            exit: 3,
            is_failure: true,
            condition: &Condition::NONE,
            keep: Duration::from_secs(60),
            size: self.transcript.len() as u64,
            is_by_hand: false,
            is_late: false,
        }
    }

    fn store_in(&self, store: &SqliteStore, since: Mark) -> Stored {
        store.store(&self.entry(), &mut &self.transcript[..], since).unwrap()
    }

    fn selected(&self) -> Selected {
        Selected { key: self.key, parts: self.parts.clone(), recipe: self.recipe.clone() }
    }
}

/// A transcript of about `size` bytes that nothing else has, on both streams.
fn output(name: &str, size: usize) -> Vec<u8> {
    let mut transcript = Transcript::default();
    let mut number = 0;
    while transcript.as_bytes().len() < size {
        let stream = if number % 3 == 2 { Stream::Stderr } else { Stream::Stdout };
        let line = format!("{name} {number}\n").repeat(1 + number % 700);
        transcript.push(stream, line.as_bytes());
        number += 1;
    }
    transcript.as_bytes().to_owned()
}

/// What `replay` writes, as a transcript again.
fn replayed(store: &SqliteStore, entry: &Entry) -> Result<Vec<u8>, ReplayError> {
    let mut transcript = Transcript::default();
    store.replay(entry, &mut |stream, data| {
        transcript.push(stream, data);
        Ok(())
    })?;
    Ok(transcript.as_bytes().to_owned())
}

#[test]
fn what_was_stored_is_found() {
    let home = Home::new();
    let store = home.store();
    for size in [0, INLINE, row::INLINE_MAX as usize - 9999, CHUNKED, 9 * CHUNKED] {
        let sample = Sample::new("echo hello", size);
        let Stored::Fresh(result) = sample.store_in(&store, Mark(0)) else { unreachable!() };
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        let new = sample.entry();
        assert_eq!(
            entry,
            Entry {
                key: new.key,
                fetched_at: new.fetched_at,
                took: new.took,
                exit: new.exit,
                invalidated: false,
                is_failure: new.is_failure,
                has_lifetime: false,
                expires_at: new.fetched_at.after(new.keep),
                result,
                size: new.size,
                body: entry.body.clone(),
            }
        );
        assert_eq!(matches!(entry.body, Body::Inline(_)), new.size <= row::INLINE_MAX);
        assert!(replayed(&store, &entry).unwrap() == sample.transcript, "{size} bytes");
    }
}

#[test]
fn an_empty_store_has_nothing() {
    let home = Home::new();
    assert!(SqliteStore::open(&Place::check(home.path()).unwrap()).unwrap().is_none());
    let place = Place::create(home.path()).unwrap();
    let store = SqliteStore::open(&place).unwrap().unwrap();
    let sample = Sample::new("echo", INLINE);
    assert_eq!(store.lookup(&sample.key).unwrap(), None);
    assert_eq!(store.mark().unwrap(), Mark(0));
    assert_eq!(store.failure(&sample.key).unwrap(), None);
    assert_eq!(store.keys_with_prefix("0").unwrap(), []);
    assert_eq!(fs::metadata(home.path()).unwrap().len(), 0, "reading makes nothing");
    sample.store_in(&store, Mark(0));
    assert!(store.lookup(&sample.key).unwrap().is_some());
}

#[test]
fn an_invalidated_entry_is_still_found() {
    let home = Home::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("echo", size);
        sample.store_in(&store, store.mark().unwrap());
        assert_eq!(store.invalidate(&Selector::Key(sample.key)).unwrap(), [sample.selected()]);
        assert_eq!(store.invalidate(&Selector::Key(sample.key)).unwrap(), [sample.selected()]);
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        assert!(entry.invalidated);
        assert!(replayed(&store, &entry).unwrap() == sample.transcript);
    }
}

#[test]
fn a_deleted_entry_is_gone() {
    let home = Home::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("echo", size);
        sample.store_in(&store, store.mark().unwrap());
        assert_eq!(store.delete(&Selector::Key(sample.key)).unwrap(), 1);
        assert_eq!(store.delete(&Selector::Key(sample.key)).unwrap(), 0);
        assert_eq!(store.lookup(&sample.key).unwrap(), None);
    }
}

#[test]
fn a_new_result_takes_the_place_of_the_old_one() {
    let home = Home::new();
    let store = home.store();
    for (old, new) in [(INLINE, INLINE), (INLINE, CHUNKED), (CHUNKED, CHUNKED), (CHUNKED, INLINE)] {
        Sample::new("date", old).store_in(&store, Mark(0));
        let sample = Sample { transcript: output("other", new), ..Sample::new("date", 0) };
        sample.store_in(&store, Mark(0));
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        assert!(replayed(&store, &entry).unwrap() == sample.transcript);
    }
}

#[test]
fn keys_that_share_a_row_are_told_apart() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("echo", INLINE);
    sample.store_in(&store, Mark(0));
    let mut other = sample.key;
    other.0[31] ^= 1;
    assert_eq!(store.lookup(&other).unwrap(), None);
    assert_eq!(store.delete(&Selector::Key(other)).unwrap(), 0);
    assert!(store.lookup(&sample.key).unwrap().is_some());
}

#[test]
fn a_transcript_of_another_length_is_not_stored() {
    let home = Home::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("echo", size);
        for wrong in [sample.entry().size - 1, sample.entry().size + 1] {
            let new = NewEntry { size: wrong, ..sample.entry() };
            let stored = store.store(&new, &mut &sample.transcript[..], Mark(0));
            assert!(matches!(stored, Err(StoreError { kind: StoreErrorKind::Transcript, .. })), "{stored:?}");
            assert_eq!(store.lookup(&sample.key).unwrap(), None);
            assert_eq!(count(&store, "chunk") + count(&store, "pending"), 0, "nothing is left behind");
        }
    }
}

#[test]
fn the_writers_own_error_ends_a_replay() {
    let home = Home::new();
    let store = home.store();
    for size in [INLINE, CHUNKED, 9 * CHUNKED] {
        let sample = Sample::new("echo", size);
        sample.store_in(&store, Mark(0));
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        let replay = store.replay(&entry, &mut |_, _| Err(std::io::ErrorKind::BrokenPipe.into()));
        assert!(matches!(replay, Err(ReplayError::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe));
    }
}

#[test]
fn failures_are_remembered_until_a_result_is_stored_or_deleted() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("false", INLINE);
    let failure = Failure {
        count: 3,
        at: Timestamp::from_millis(5),
        status: 255,
        retry_at: Timestamp::from_millis(9),
        stderr: b"oh\xff\n".to_vec(),
    };
    let record = || {
        store.record_failure(&sample.key, &Failure { count: 2, ..failure.clone() }).unwrap();
        store.record_failure(&sample.key, &failure).unwrap();
        assert_eq!(store.failure(&sample.key).unwrap().as_ref(), Some(&failure));
    };
    record();
    assert_eq!(store.failure(&Sample::new("true", 0).key).unwrap(), None);
    sample.store_in(&store, Mark(0));
    assert_eq!(store.failure(&sample.key).unwrap(), None);
    for selector in [Selector::matching("false").unwrap(), Selector::Key(sample.key), Selector::All] {
        record();
        store.delete(&selector).unwrap();
        assert_eq!(store.failure(&sample.key).unwrap(), None, "{selector:?}");
    }
}

#[test]
fn every_file_is_ours_alone() {
    let home = Home::new();
    let store = SqliteStore::create(&Place::check(home.dir.path().join("a/b/cache.db")).unwrap()).unwrap();
    Sample::new("echo", CHUNKED).store_in(&store, Mark(0));
    let write = store.connection.write().unwrap();
    barriers::append(&write, &Selector::All, barriers::Barrier::Deletion).unwrap();
    let names =
        ["a", "a/b", "a/b/cache.db", "a/b/cache.db-journal", "a/b/cache.db-flights", "a/b/cache.db-flights/chunks"];
    for name in names {
        let metadata = fs::metadata(home.dir.path().join(name)).unwrap();
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.mode() & 0o7777, expected, "{name}");
    }
}

/// The umask is the whole process's, so the test above runs again in others.
#[test]
fn every_file_is_ours_alone_whatever_the_umask() {
    for umask in ["0", "0777"] {
        let script = format!(r#"umask {umask}; exec "$0" --exact store::local::tests::every_file_is_ours_alone"#);
        let test = Command::new("sh").arg("-c").arg(script).arg(std::env::current_exe().unwrap()).output().unwrap();
        let said = String::from_utf8_lossy(&test.stdout);
        assert!(test.status.success() && said.contains("1 passed"), "umask {umask}: {said}");
    }
}

fn count(store: &SqliteStore, table: &str) -> i64 {
    store.connection.raw().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}
