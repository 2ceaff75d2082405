//! Results without a fetch: storing one that the caller has, and printing what is stored.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::time::Duration;

use super::conduct::directory;
use super::expiry::Asked;
use super::{Engine, Unusable};
use crate::dependencies::Dependencies;
use crate::fetch::{Printed, Printer};
use crate::model::input::Input;
use crate::model::invocation::Invocation;
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::model::transcript;
use crate::model::transcript::Stream;
use crate::policy::{FetchPolicy, Policy};
use crate::store::{
    Body, Condition, Entry, NewEntry, Recipe, ReplayError, Selected, Selector, SqliteStore, Store, StoreError, Writer,
    replay_inline,
};

/// Bytes of a frame: its length has 32 bits.
const FRAME_MAX: u64 = 1 << 30;

/// What to store a result as.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What it is the result of.
    pub invocation: Invocation,
    /// What its key is made of.
    pub parts: KeyParts,
    /// How long to keep it, and whether failures may be stored.
    pub policy: Policy,
    /// How a refresh is to fetch it.
    pub fetch: FetchPolicy,
    /// For how long it is fresh at most, whatever its readers' ttl is.
    pub lifetime: Option<Duration>,
}

impl From<&Selected> for Setting {
    fn from(selected: &Selected) -> Self {
        Self {
            invocation: selected.recipe.invocation(),
            parts: selected.parts.clone(),
            policy: selected.recipe.policy(),
            fetch: selected.recipe.fetch.clone(),
            lifetime: None,
        }
    }
}

/// A stored result, stale or not, whose output has still to be read.
pub struct StoredResult {
    /// What is stored.
    pub entry: Entry,
    /// What else decides about its freshness.
    pub condition: Condition,
    store: SqliteStore,
}

impl StoredResult {
    /// Hands the output to `write`, after all of it has passed its checksum.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Damaged`] before the first byte is written; `write`'s own.
    pub fn read(&self, write: &mut Writer<'_>) -> Result<(), ReplayError> {
        match &self.entry.body {
            Body::Inline(transcript) => replay_inline(transcript, write),
            Body::Chunked(_) => self.store.replay(&self.entry, write),
        }
    }

    /// Prints the output, each stream to its own descriptor; `None` if it is damaged and nothing has been printed. The
    /// command may have run `on_terminal`.
    pub fn print(&self, on_terminal: bool) -> Option<Printed> {
        let mut printer = Printer::default().of_terminal(on_terminal);
        match self.read(&mut |stream, data| printer.write(stream, data)) {
            Ok(()) => Some(printer.printed(Ok(()))),
            Err(ReplayError::Damaged) => None,
            Err(ReplayError::Write(error)) => Some(printer.printed(Err(error))),
            Err(ReplayError::Torn) => Some(Printed::Failed(io::Error::other("the stored output has changed"))),
        }
    }
}

impl Engine {
    /// What is selected, `limit` entries at most.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn select(&self, selector: &Selector, limit: usize) -> Result<Vec<Selected>, Unusable> {
        match self.open_readable()? {
            Some(store) => Ok(store.select(selector, limit)?),
            None => Ok(Vec::new()),
        }
    }

    /// Calls of shell functions that would have `key` if they were commands, the one that was fetched last first. Looks
    /// at every entry.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn calls_of_functions(&self, key: &Key) -> Result<Vec<Selected>, Unusable> {
        let Some(store) = self.open()? else { return Ok(Vec::new()) };
        let selector = Selector::Key(*key);
        let mut found = Vec::new();
        store.visit(&Selector::All, &mut |selected| {
            if selected.key != *key && selector.matches(&selected.key, &selected.parts, &selected.recipe) {
                found.push(selected);
            }
            ControlFlow::Continue(())
        })?;
        let mut dated = Vec::new();
        for selected in found {
            dated.extend(store.lookup(&selected.key)?.map(|entry| (entry.fetched_at, selected)));
        }
        dated.sort_by_key(|(fetched_at, _)| Reverse(*fetched_at));
        Ok(dated.into_iter().map(|(_, selected)| selected).collect())
    }

    /// What is stored under `key`, whatever its age. Runs nothing, refreshes nothing and counts as no hit.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn peek(&self, key: &Key) -> Result<Option<StoredResult>, Unusable> {
        let Some(store) = self.open_readable()? else { return Ok(None) };
        let Some(entry) = store.lookup(key)? else { return Ok(None) };
        let condition = store.condition(&entry)?.unwrap_or_default();
        Ok(Some(StoredResult { entry, condition, store }))
    }

    /// Stores `output` as what the command writes to standard output, and `exit` as its status, as if it had been
    /// fetched now.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been stored.
    pub fn set(&self, setting: &Setting, output: &Input, exit: u8) -> Result<(), Unusable> {
        let Setting { invocation, parts, policy, fetch, lifetime } = setting;
        let read = |source| Unusable::Store(StoreError::of_transcript(source));
        let (key, fetched_at, directory) = (parts.to_key(), Timestamp::now(), directory(invocation));
        let size = output.open().and_then(|file| file.metadata()).map_err(read)?.len();
        let is_failure = policy.failure_ttl.is_some() && !policy.cache_exit.contains(exit);
        let job = fetch.job.as_ref().filter(|_| !is_failure);
        let asked = Asked { job, key, directory: &directory, fetched_at };
        let patterns = &fetch.depends_on;
        let condition = Condition {
            lifetime: lifetime.or_else(|| self.lifetime(&asked, || output.open())),
            dependencies: (!patterns.is_empty()).then(|| Dependencies::observe(patterns, &directory)).transpose()?,
        };
        let recipe = Recipe::new(invocation, &directory, fetch, policy);
        let store = self.create()?;
        let new = NewEntry {
            key,
            parts,
            recipe: &recipe,
            fetched_at,
            took: Duration::ZERO,
            exit,
            is_failure,
            condition: &condition,
            keep: policy.keep,
            size: size + transcript::HEADER as u64 * size.div_ceil(FRAME_MAX),
            is_by_hand: true,
            is_late: false,
        };
        let since = store.mark()?;
        store.store(&new, &mut Framed::new(output.open().map_err(read)?, size), since)?;
        Ok(())
    }
}

/// A file as the transcript of a command that wrote it to standard output.
struct Framed {
    file: File,
    /// Bytes that are in no frame yet.
    left: u64,
    /// The rest of a frame's header, and how many bytes of its data are to come.
    header: Vec<u8>,
    in_frame: u64,
}

impl Framed {
    fn new(file: File, size: u64) -> Self {
        Self { file, left: size, header: Vec::new(), in_frame: 0 }
    }
}

impl Read for Framed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.header.is_empty() && self.in_frame == 0 && self.left > 0 {
            self.in_frame = self.left.min(FRAME_MAX);
            self.left -= self.in_frame;
            self.header = transcript::header(Stream::Stdout, self.in_frame as usize).to_vec();
        }
        if !self.header.is_empty() {
            let size = buffer.len().min(self.header.len());
            buffer[..size].copy_from_slice(&self.header[..size]);
            self.header.drain(..size);
            return Ok(size);
        }
        let size = (&mut self.file).take(self.in_frame).read(buffer)?;
        self.in_frame -= size as u64;
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transcript::Frames;
    use std::io::{Seek, Write};

    #[test]
    fn a_file_becomes_a_transcript() {
        for size in [0, 1, 5, 100_000] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&vec![7; size]).unwrap();
            file.rewind().unwrap();
            let mut bytes = Vec::new();
            Framed::new(file, size as u64).read_to_end(&mut bytes).unwrap();
            let frames: Vec<_> = Frames::new(&bytes).collect();
            match size {
                0 => assert!(bytes.is_empty()),
                _ => assert_eq!(frames, [(Stream::Stdout, &vec![7; size][..])]),
            }
        }
    }
}
