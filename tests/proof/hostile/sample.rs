//! Results for a store.

use std::path::Path;
use std::time::Duration;

use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::{Key, KeyParts};
use cacheback::program::model::time::Timestamp;
use cacheback::program::model::transcript::{Stream, Transcript};
use cacheback::program::policy::{FetchPolicy, Policy};
use cacheback::program::store::local::SqliteStore;
use cacheback::program::store::{Mark, NewEntry, Recipe, Store, StoreError, Summary};

/// A command and its output.
pub(super) struct Sample {
    pub(super) key: Key,
    parts: KeyParts,
    recipe: Recipe,
    pub(super) transcript: Vec<u8>,
}

impl Sample {
    pub(super) fn new(name: &str, size: usize) -> Self {
        let invocation = Invocation::new(name.split(' '));
        let parts = KeyParts { argv: invocation.argv.clone(), ..KeyParts::default() };
        let recipe = Recipe::new(&invocation, Path::new("/"), &FetchPolicy::default(), &Policy::default());
        let mut transcript = Transcript::default();
        let mut number = 0;
        while transcript.as_bytes().len() < size {
            let stream = if number % 3 == 2 { Stream::Stderr } else { Stream::Stdout };
            transcript.push(stream, format!("{name} {number}\n").repeat(1 + number % 700).as_bytes());
            number += 1;
        }
        Self { key: parts.to_key(), parts, recipe, transcript: transcript.as_bytes().to_owned() }
    }

    pub(super) fn store_in(&self, store: &SqliteStore, since: Mark) -> Result<(), StoreError> {
        let summary = Summary {
            took: Duration::from_micros(1_234_567),
            exit: 3,
            size: self.transcript.len() as u64,
            ..Summary::new(self.key, Timestamp::from_millis(1_700_000_000_123), Duration::from_secs(60))
        };
        let new = NewEntry::new(summary, &self.parts, &self.recipe);
        store.store(&new, &mut &self.transcript[..], since).map(drop)
    }
}
