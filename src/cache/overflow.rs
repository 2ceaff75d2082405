//! Where a transcript goes that outgrows memory while it is fetched.
//!
//! It is written to the database as it arrives, so that it is written once. From the moment at which that would take
//! waiting, or fails, the flight's file has what follows, each byte at its place in the transcript; storing the result
//! moves it on. Whether it is stored shows only at the end: what is not is garbage in the database, for a prune to find,
//! and those who wait for the flight find the whole transcript in its file.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use super::Cache;
use crate::fetch::capture::Spool;
use crate::flight::{TRANSCRIPT_AT, TranscriptReader};
use crate::store::{Incoming, Mark, NewEntry, ReplayError, SqliteStore, Store, StoreError, Stored};

/// How long a piece of output may wait for the database: whoever reads it along waits as long.
const PATIENCE: Duration = Duration::from_millis(100);

/// The spool of one fetch.
pub(super) struct Overflow<'a> {
    cache: &'a Cache,
    flight: &'a File,
    /// The database, if it has been opened already.
    store: RefCell<Option<SqliteStore>>,
    transcript: RefCell<Transcript>,
}

#[derive(Debug, Default)]
struct Transcript {
    size: u64,
    /// The beginning of it.
    incoming: Option<Incoming>,
    /// Where the part in the file begins.
    in_file_from: Option<u64>,
    leaves_garbage: bool,
}

impl std::fmt::Debug for Overflow<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Overflow").field("transcript", &self.transcript).finish_non_exhaustive()
    }
}

impl<'a> Overflow<'a> {
    /// Nothing so far; what comes goes to the database of `cache` and to the file of a flight.
    pub(super) fn new(cache: &'a Cache, flight: &'a File) -> Self {
        Self { cache, flight, store: RefCell::default(), transcript: RefCell::default() }
    }

    /// Takes a database that is open already.
    pub(super) fn lend(&self, store: Option<SqliteStore>) {
        *self.store.borrow_mut() = store;
    }

    /// Gives it back.
    pub(super) fn take_store(&self) -> Option<SqliteStore> {
        self.store.take()
    }

    /// Whether chunks have been written that no entry has.
    pub(super) fn leaves_garbage(&self) -> bool {
        let transcript = self.transcript.borrow();
        transcript.leaves_garbage || transcript.incoming.is_some()
    }

    /// Stores everything that was appended as `new`.
    pub(super) fn store(&self, new: &NewEntry<'_>, since: Mark) -> Result<Stored, StoreError> {
        let mut transcript = self.transcript.borrow_mut();
        let mut store = self.store.borrow_mut();
        let from = transcript.in_file_from.unwrap_or(transcript.size);
        let mut rest = TranscriptReader::new(self.flight, from, transcript.size);
        match (&mut transcript.incoming, store.as_ref()) {
            (Some(incoming), Some(store)) => {
                let stored = incoming.finish(store, new, &mut rest, since)?;
                transcript.incoming = None;
                transcript.leaves_garbage = stored == Stored::Deleted;
                Ok(stored)
            }
            _ => {
                let store = match &mut *store {
                    Some(store) => store,
                    none => none.insert(self.cache.open_or_create()?),
                };
                store.store(new, &mut rest, since)
            }
        }
    }

    /// Hands everything that was appended to `take`, in order.
    ///
    /// # Errors
    ///
    /// It cannot be read back; `take`'s own.
    pub(super) fn read_back(&self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let transcript = self.transcript.borrow();
        let store = self.store.borrow();
        if let (Some(incoming), Some(store)) = (&transcript.incoming, store.as_ref()) {
            incoming.read_back(store, &mut *take).map_err(|error| match error {
                ReplayError::Write(error) => error,
                error => io::Error::other(error),
            })?;
            take(incoming.rest())?;
        }
        let from = transcript.in_file_from.unwrap_or(transcript.size);
        let mut in_file = TranscriptReader::new(self.flight, from, transcript.size);
        let mut piece = vec![0; 64 * 1024];
        loop {
            match in_file.read(&mut piece)? {
                0 => return Ok(()),
                size => take(&piece[..size])?,
            }
        }
    }

    /// Whether all of it is in the flight's file.
    pub(super) fn is_in_file(&self) -> bool {
        self.transcript.borrow().in_file_from == Some(0)
    }

    /// Completes the transcript in the flight's file.
    pub(super) fn write_to_file(&self) -> io::Result<()> {
        let mut transcript = self.transcript.borrow_mut();
        let store = self.store.borrow();
        let (Some(incoming), Some(store)) = (&mut transcript.incoming, store.as_ref()) else {
            return if transcript.in_file_from == Some(0) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) };
        };
        let mut at = TRANSCRIPT_AT;
        let mut write = |bytes: &[u8]| {
            self.flight.write_all_at(bytes, at)?;
            at += bytes.len() as u64;
            Ok(())
        };
        match incoming.read_back(store, &mut write) {
            Ok(()) => write(&incoming.take_rest()),
            Err(ReplayError::Write(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

impl Spool for Overflow<'_> {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut transcript = self.transcript.borrow_mut();
        if transcript.size == 0 {
            transcript.incoming = self.begin();
        }
        let at = transcript.size;
        transcript.size += bytes.len() as u64;
        if transcript.in_file_from.is_some() {
            return self.flight.write_all_at(bytes, TRANSCRIPT_AT + at);
        }
        let store = self.store.borrow();
        let (Some(incoming), Some(store)) = (&mut transcript.incoming, store.as_ref()) else {
            transcript.in_file_from = Some(at);
            return self.flight.write_all_at(bytes, TRANSCRIPT_AT + at);
        };
        if incoming.append(store, bytes, PATIENCE).is_err() {
            // What is wrong is told if it is still wrong at the end.
            let (from, rest) = (incoming.written(), incoming.take_rest());
            transcript.in_file_from = Some(from);
            return self.flight.write_all_at(&rest, TRANSCRIPT_AT + from);
        }
        Ok(())
    }

    fn discard(&self) {
        let mut transcript = self.transcript.borrow_mut();
        if transcript.in_file_from.is_some() {
            // Frees the disk at once; a failure leaves the bytes until the flight ends.
            let _ = self.flight.set_len(0);
        }
        let leaves_garbage = transcript.leaves_garbage || transcript.incoming.is_some();
        *transcript = Transcript { leaves_garbage, ..Transcript::default() };
    }
}

impl Overflow<'_> {
    fn begin(&self) -> Option<Incoming> {
        let mut store = self.store.borrow_mut();
        let store = match &mut *store {
            Some(store) => store,
            none => none.insert(self.cache.open_or_create().ok()?),
        };
        store.take_in(PATIENCE).ok()
    }
}
