//! Results to be stored.

use std::path::Path;
use std::time::Duration;

use crate::model::invocation::Invocation;
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::model::transcript::{Stream, Transcript};
use crate::policy::{FetchPolicy, Policy};
use crate::store::*;

/// The size of a transcript that the local store keeps in its entry.
pub(crate) const INLINE: usize = 1000;
/// The size of one that the local store keeps in chunks.
pub(crate) const CHUNKED: usize = 3 * 1024 * 1024 + 7;

/// A command and its result.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) key: Key,
    pub(crate) parts: KeyParts,
    pub(crate) recipe: Recipe,
    pub(crate) transcript: Vec<u8>,
}

impl Sample {
    pub(crate) fn new(command: &str, size: usize) -> Self {
        let invocation = Invocation::new(command.split(' '));
        let parts = KeyParts { argv: invocation.argv.clone(), ..KeyParts::default() };
        let recipe = Recipe::new(&invocation, Path::new("/here"), &FetchPolicy::default(), &Policy::default());
        Self { key: parts.to_key(), parts, recipe, transcript: output(command, size) }
    }

    pub(crate) fn scoped(mut self, scope: &str) -> Self {
        self.parts.scope = Some(scope.into());
        self.key = self.parts.to_key();
        self
    }

    pub(crate) fn entry(&self) -> NewEntry<'_> {
        let summary = Summary {
            took: Duration::from_micros(1_234_567),
            exit: 3,
            is_failure: true,
            size: self.transcript.len() as u64,
            ..Summary::new(self.key, Timestamp::from_millis(1_700_000_000_123), Duration::from_secs(60))
        };
        NewEntry::new(summary, &self.parts, &self.recipe)
    }

    /// The same with another summary.
    pub(crate) fn entry_with(&self, change: impl FnOnce(&mut Summary)) -> NewEntry<'_> {
        let mut new = self.entry();
        change(&mut new.summary);
        new
    }

    pub(crate) fn store_in(&self, store: &impl Store, since: Mark) -> Stored {
        store.store(&self.entry(), &mut &self.transcript[..], since).unwrap()
    }

    pub(crate) fn selected(&self) -> Selected {
        Selected { key: self.key, parts: self.parts.clone(), recipe: self.recipe.clone() }
    }
}

/// A transcript of about `size` bytes on both streams, another one for each `name`.
pub(crate) fn output(name: &str, size: usize) -> Vec<u8> {
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
pub(crate) fn replayed(store: &impl Store, entry: &Entry) -> Result<Vec<u8>, ReplayError> {
    let mut transcript = Transcript::default();
    store.replay(entry, &mut |stream, data| {
        transcript.push(stream, data);
        Ok(())
    })?;
    Ok(transcript.as_bytes().to_owned())
}
