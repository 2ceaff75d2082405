use super::*;
use crate::invocation::Invocation;
use crate::key::KeyParts;
use crate::policy::FetchPolicy;
use crate::store::{Body, Recipe};
use crate::transcript::{Stream, Transcript};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

pub const INLINE: usize = 1000;
pub const CHUNKED: usize = 3 * 1024 * 1024 + 7;

pub struct Home {
    dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("cache.db")
    }

    pub fn store(&self) -> SqliteStore {
        SqliteStore::create(&Place::check(self.path()).unwrap()).unwrap()
    }
}

/// A command and what there is to store of it.
#[derive(Clone)]
pub struct Sample {
    pub key: Key,
    pub parts: KeyParts,
    pub recipe: Recipe,
    pub transcript: Vec<u8>,
}

impl Sample {
    pub fn new(command: &str, size: usize) -> Self {
        let invocation = Invocation::new(command.split(' '));
        let parts = KeyParts { argv: invocation.argv.clone(), ..KeyParts::default() };
        let recipe = Recipe::new(&invocation, Path::new("/here"), &FetchPolicy::default(), Duration::from_secs(60));
        Self { key: parts.to_key(), parts, recipe, transcript: output(command, size) }
    }

    pub fn scoped(mut self, scope: &str) -> Self {
        self.parts.scope = Some(scope.into());
        self.key = self.parts.to_key();
        self
    }

    pub fn entry(&self) -> NewEntry<'_> {
        NewEntry {
            key: self.key,
            parts: &self.parts,
            recipe: &self.recipe,
            fetched_at: Timestamp::from_millis(1_700_000_000_123),
            took: Duration::from_micros(1_234_567),
            exit: 3,
            is_failure: true,
            keep: Duration::from_secs(60),
            size: self.transcript.len() as u64,
        }
    }

    pub fn store_in(&self, store: &SqliteStore, since: Mark) -> Stored {
        store.store(&self.entry(), &mut &self.transcript[..], since).unwrap()
    }

    pub fn selected(&self) -> Selected {
        Selected { key: self.key, parts: self.parts.clone(), recipe: self.recipe.clone() }
    }
}

/// A transcript of about `size` bytes that nothing else has, on both streams.
pub fn output(name: &str, size: usize) -> Vec<u8> {
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
pub fn replayed(store: &SqliteStore, entry: &Entry) -> Result<Vec<u8>, ReplayError> {
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
    assert_eq!(std::fs::metadata(home.path()).unwrap().len(), 0, "reading makes nothing");
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
fn what_was_invalidated_or_deleted_while_it_was_fetched_is_not_fresh() {
    let home = Home::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("make world", size).scoped("work");
        let others = [
            Selector::Key(Sample::new("make", 0).key),
            Selector::prefix(&format!("{}0", &Sample::new("make", 0).key.to_string()[..63])).unwrap(),
            Selector::Scope("home".into()),
            Selector::matching("make").unwrap(),
        ];
        let selectors = [
            Selector::Key(sample.key),
            Selector::prefix(&sample.key.short()).unwrap(),
            Selector::Scope("work".into()),
            Selector::matching("make *").unwrap(),
            Selector::All,
        ];
        for selector in &selectors {
            let mark = store.mark().unwrap();
            for other in &others {
                store.invalidate(other).unwrap();
                store.delete(other).unwrap();
            }
            assert!(matches!(sample.store_in(&store, mark), Stored::Fresh(_)), "others do not matter");
            store.invalidate(selector).unwrap();
            assert!(matches!(sample.store_in(&store, mark), Stored::Invalidated(_)), "{selector:?}");
            assert!(store.lookup(&sample.key).unwrap().unwrap().invalidated);
            store.delete(selector).unwrap();
            assert_eq!(sample.store_in(&store, mark), Stored::Deleted, "{selector:?}");
            assert_eq!(store.lookup(&sample.key).unwrap(), None);
            assert!(matches!(sample.store_in(&store, store.mark().unwrap()), Stored::Fresh(_)));
        }
    }
}
