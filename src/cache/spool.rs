//! The spool of a fetch: where its transcript goes once that outgrows memory.
//!
//! The transcript is written to the database as it arrives, so that it is written once. When that fails or would have
//! to wait, the rest goes to the flight's file, sealed, each byte at its place, and is moved to the database when the
//! result is stored. If it is not stored, a later prune removes what is in the database, and waiters read the file.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use super::{Engine, Fetch, Local};
use crate::codec::seal::{Seal, Sealed, Sealing};
use crate::fetch::Fetched;
use crate::fetch::capture::Spool;
use crate::flight::{Flight, Lead as _, TRANSCRIPT_AT, TranscriptReader};
use crate::model::input::nameless_file;
use crate::model::key::Key;
use crate::model::transcript::{Splitter, Stream};
use crate::store::{Backend, Incoming, Mark, NewEntry, ReplayError, Store, StoreError, Stored};

/// How long a piece of output may wait for the database. The reader of the output waits as long.
const PATIENCE: Duration = Duration::from_millis(100);

/// The spool of one fetch.
pub struct FlightSpool<'a, B: Backend = Local> {
    engine: &'a Engine<B>,
    flight: &'a Flight,
    is_shared: bool,
    /// The database, if it has been opened already.
    store: RefCell<Option<B::Store>>,
    transcript: RefCell<Transcript<B::Store>>,
}

struct Transcript<S: Store> {
    size: u64,
    /// The beginning of the transcript, which is in the database.
    incoming: Option<S::Incoming>,
    /// The rest of it, which is in the flight's file.
    in_file: Option<InFile>,
    leaves_garbage: bool,
}

/// The part of a transcript that is in the flight's file, at its place there.
#[derive(Debug)]
struct InFile {
    from: u64,
    /// In a box: it is half a kibibyte, and most fetches have none.
    sealing: Box<Sealing>,
}

impl InFile {
    /// Empty, for the part that begins at `from` in the transcript.
    fn beginning_at(from: u64) -> Self {
        Self { from, sealing: Box::default() }
    }

    fn append(&mut self, file: &File, bytes: &[u8]) -> io::Result<()> {
        file.write_all_at(bytes, TRANSCRIPT_AT + self.from + self.sealing.size())?;
        self.sealing.add(bytes);
        Ok(())
    }

    fn reader<'a>(&self, file: &'a File) -> Sealed<TranscriptReader<'a>> {
        let seal = self.sealing.seal();
        Sealed::new(TranscriptReader::new(file, self.from, self.from + seal.size), seal)
    }
}

impl<S: Store> Default for Transcript<S> {
    fn default() -> Self {
        Self { size: 0, incoming: None, in_file: None, leaves_garbage: false }
    }
}

impl<S: Store> Transcript<S> {
    /// Bytes that are not in the file.
    fn before_file(&self) -> u64 {
        self.in_file.as_ref().map_or(self.size, |part| part.from)
    }

    fn rest<'a>(&self, file: &'a File) -> Box<dyn Read + 'a> {
        match &self.in_file {
            Some(part) => Box::new(part.reader(file)),
            None => Box::new(io::empty()),
        }
    }
}

impl<B: Backend> std::fmt::Debug for FlightSpool<'_, B> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FlightSpool").field("size", &self.transcript.borrow().size).finish_non_exhaustive()
    }
}

impl<'a, B: Backend> FlightSpool<'a, B> {
    /// Empty. What is appended goes to the database and to the flight's file.
    pub fn new(fetch: &'a Fetch<'_, B>) -> Self {
        let (engine, flight, is_shared) = (fetch.engine, &fetch.flight, fetch.call.sharing.is_some());
        Self { engine, flight, is_shared, store: RefCell::default(), transcript: RefCell::default() }
    }

    /// Opens the database while there is time, and reads what storing the result of `key` will need. An error here
    /// comes again when the result is stored, and is reported then.
    pub fn prepare(&self, key: &Key) {
        let Ok(Some(store)) = self.engine.backend.open() else { return };
        store.prepare(key);
        *self.store.borrow_mut() = Some(store);
    }

    /// Takes the database out of the spool, if it is open.
    pub(super) fn take_store(&self) -> Option<B::Store> {
        self.store.take()
    }

    /// Lets go of everything that others may wait for: what was written, and the database.
    pub(super) fn let_go(&self) {
        self.transcript.take();
        self.store.take();
    }

    /// Reads something from the database, if there is one.
    pub(super) fn with_store<T>(
        &self,
        read: impl FnOnce(&B::Store) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match &*self.store.borrow() {
            Some(store) => read(store).map(Some),
            None => self.engine.backend.open()?.as_ref().map(read).transpose(),
        }
    }

    /// Whether chunks have been written that belong to no entry.
    pub(super) fn leaves_garbage(&self) -> bool {
        let transcript = self.transcript.borrow();
        transcript.leaves_garbage || transcript.incoming.is_some()
    }

    /// Stores everything that was appended as `new`.
    ///
    /// An attempt that failed because the database was locked may be repeated.
    pub(super) fn store(&self, new: &NewEntry<'_>, since: Mark, patience: Duration) -> Result<Stored, StoreError> {
        let mut transcript = self.transcript.borrow_mut();
        let mut store = self.store.borrow_mut();
        let mut rest = transcript.rest(self.flight.file());
        let before_file = transcript.before_file();
        match (&mut transcript.incoming, store.as_ref()) {
            (Some(incoming), Some(store)) => {
                store.be_patient_for(patience);
                // Skips what an earlier attempt has moved.
                let taken = incoming.written() + incoming.rest().len() as u64;
                let moved = taken.saturating_sub(before_file);
                io::copy(&mut rest.by_ref().take(moved), &mut io::sink()).map_err(StoreError::of_transcript)?;
                let stored = incoming.finish(store, new, &mut rest, since)?;
                if stored != Stored::Overtaken {
                    // Waiters still get what was overtaken.
                    transcript.incoming = None;
                }
                transcript.leaves_garbage = stored == Stored::Deleted;
                Ok(stored)
            }
            _ => {
                let store = match &mut *store {
                    Some(store) => store,
                    none => none.insert(self.engine.backend.open_or_create()?),
                };
                store.be_patient_for(patience);
                store.store(new, &mut rest, since)
            }
        }
    }

    /// Hands everything that was appended to `take`, in order.
    ///
    /// # Errors
    ///
    /// It cannot be read back as it was; `take`'s own.
    pub(super) fn read_back(&self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let transcript = self.transcript.borrow();
        let store = self.store.borrow();
        let mut left = transcript.before_file();
        // An attempt to store it may have moved some of the rest to the database already.
        let mut take_beginning = |piece: &[u8]| {
            let piece = &piece[..piece.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            left -= piece.len() as u64;
            take(piece)
        };
        if let (Some(incoming), Some(store)) = (&transcript.incoming, store.as_ref()) {
            incoming.read_back(store, &mut take_beginning).map_err(|error| match error {
                ReplayError::Write(error) => error,
                error => io::Error::other(error),
            })?;
            take_beginning(incoming.rest())?;
        }
        if left > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = transcript.rest(self.flight.file());
        let mut piece = vec![0; 64 * 1024];
        loop {
            match rest.read(&mut piece)? {
                0 => return Ok(()),
                size => take(&piece[..size])?,
            }
        }
    }

    /// What the command wrote to standard output, in a file without a name.
    pub(super) fn stdout_of(&self, fetched: &Fetched<'_>) -> io::Result<File> {
        let mut file = nameless_file()?;
        let mut splitter = Splitter::default();
        let mut take = |piece: &[u8]| {
            splitter.feed(piece, |stream, data| match stream {
                Stream::Stdout => file.write_all(data),
                Stream::Stderr => Ok(()),
            })
        };
        let in_memory = fetched.capture.in_memory();
        if in_memory.len() as u64 == fetched.capture.size() {
            take(in_memory)?;
        } else {
            self.read_back(&mut take)?;
        }
        file.rewind()?;
        Ok(file)
    }

    /// Whether all of it is in the flight's file.
    pub(super) fn is_in_file(&self) -> bool {
        self.transcript.borrow().in_file.as_ref().is_some_and(|part| part.from == 0)
    }

    /// Completes the transcript in the flight's file.
    pub(super) fn copy_to_file(&self) -> io::Result<Seal> {
        let transcript = self.transcript.borrow();
        let before_file = transcript.before_file();
        if let Some(part) = transcript.in_file.as_ref().filter(|_| before_file == 0) {
            return Ok(part.sealing.seal());
        }
        let mut sealing = Sealing::default();
        self.read_back(&mut |piece| {
            if sealing.size() < before_file {
                self.flight.file().write_all_at(piece, TRANSCRIPT_AT + sealing.size())?;
            }
            sealing.add(piece);
            Ok(())
        })?;
        Ok(sealing.seal())
    }
}

impl<B: Backend> Spool for FlightSpool<'_, B> {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut transcript = self.transcript.borrow_mut();
        if transcript.size == 0 {
            transcript.incoming = self.begin();
        }
        let at = transcript.size;
        transcript.size += bytes.len() as u64;
        if let Some(part) = &mut transcript.in_file {
            return part.append(self.flight.file(), bytes);
        }
        let store = self.store.borrow();
        let (Some(incoming), Some(store)) = (&mut transcript.incoming, store.as_ref()) else {
            return transcript.in_file.insert(InFile::beginning_at(at)).append(self.flight.file(), bytes);
        };
        if incoming.append(store, bytes, PATIENCE).is_err() {
            // The error is reported if it is still there at the end.
            let (from, rest) = (incoming.written(), incoming.take_rest());
            return transcript.in_file.insert(InFile::beginning_at(from)).append(self.flight.file(), &rest);
        }
        Ok(())
    }

    fn discard(&self) {
        let mut transcript = self.transcript.borrow_mut();
        if transcript.in_file.is_some() {
            // Frees the disk at once; a failure leaves the bytes until the flight ends.
            let _ = self.flight.file().set_len(0);
        }
        let leaves_garbage = transcript.leaves_garbage || transcript.incoming.is_some();
        *transcript = Transcript { leaves_garbage, ..Transcript::default() };
    }

    fn scratch(&self) -> io::Result<File> {
        self.flight.scratch()
    }
}

impl<B: Backend> FlightSpool<'_, B> {
    fn begin(&self) -> Option<<B::Store as Store>::Incoming> {
        let mut store = self.store.borrow_mut();
        let store = match &mut *store {
            Some(store) => store,
            none => none.insert(self.engine.backend.open_or_create().ok()?),
        };
        store.receive(PATIENCE, self.is_shared).ok()
    }
}
