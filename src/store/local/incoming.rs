//! A long transcript on its way into the database, chunk by chunk, before it is known whether it will be kept.
//!
//! Its chunks are garbage until [`finish`](Incoming::finish) adds their entry. If it is dropped before that, or its
//! process is killed, the next prune removes them.

use std::io::{self, ErrorKind, Read};
use std::thread;
use std::time::{Duration, Instant};

use super::SqliteStore;
use super::chunks;
use super::chunks::{CHUNK, ChunkLock};
use super::fault::Fault;
use super::ids;
use super::place::PlaceError;
use super::row;
use crate::store::{ChunkDigest, Incoming, Mark, NewEntry, ReplayError, ResultId, StoreError, Stored};

/// The pause between the chunks of one writer. Readers try again as often, so they get their turn. Without this pause,
/// the 99th percentile of lookups was 3 to 5 ms with chunks of any size.
const CHUNK_PAUSE: Duration = Duration::from_micros(50);

/// A result without an entry yet.
#[derive(Debug)]
pub struct LocalIncoming {
    result: ResultId,
    /// Keeps the chunks from being taken for garbage.
    _lock: ChunkLock,
    digests: Vec<ChunkDigest>,
    /// The bytes that are not written yet: less than a chunk, unless writing failed.
    rest: Vec<u8>,
    /// When the last chunk was written.
    written_at: Option<Instant>,
}

/// Stores a complete transcript.
pub(crate) fn store(
    store: &SqliteStore,
    new: &NewEntry<'_>,
    transcript: &mut dyn Read,
    since: Mark,
) -> Result<Stored, Fault> {
    let mut incoming = LocalIncoming::begin(store, store.connection.write_patience(), new.origin.is_shared())?;
    let written = incoming.write_rest(store, new.summary.size, transcript);
    let stored = written.and_then(|()| incoming.insert_entry(store, new, since));
    if !matches!(stored, Ok(Stored::Fresh(_) | Stored::Invalidated(_))) {
        // If this fails, a later prune removes them.
        let _ = chunks::remove(&store.connection, incoming.result, usize::MAX, || true);
    }
    stored
}

impl LocalIncoming {
    /// Names a new result, locks it and notes it as pending.
    pub(crate) fn begin(store: &SqliteStore, patience: Duration, is_shared: bool) -> Result<Self, Fault> {
        loop {
            let result = chunks::new_result(is_shared);
            let lock = ChunkLock::new(&store.place)?;
            let fault = |source| PlaceError::File { path: store.place.flights_dir().join(ChunkLock::NAME), source };
            if !lock.share(result).map_err(fault)? {
                continue;
            }
            let write = store.connection.write_within(patience)?;
            let range = [ids::number_of(result), chunks::last_row(result)];
            let is_taken: bool =
                write.query_row("SELECT EXISTS(SELECT 1 FROM chunk WHERE id BETWEEN ?1 AND ?2)", range, |row| {
                    row.get(0)
                })?;
            if is_taken || write.execute("INSERT OR IGNORE INTO pending VALUES(?1)", [ids::number_of(result)])? == 0 {
                continue;
            }
            write.commit()?;
            return Ok(Self { result, _lock: lock, digests: Vec::new(), rest: Vec::new(), written_at: None });
        }
    }

    pub(crate) fn write_rest(&mut self, store: &SqliteStore, size: u64, more: &mut dyn Read) -> Result<(), Fault> {
        if size.div_ceil(CHUNK as u64) > chunks::CHUNKS_MAX {
            return Err(Fault::Transcript(io::Error::from(ErrorKind::FileTooLarge)));
        }
        while self.written() < size {
            let length = (size - self.written()).min(CHUNK as u64);
            let missing =
                length.checked_sub(self.rest.len() as u64).ok_or(Fault::Transcript(ErrorKind::InvalidData.into()))?;
            self.rest.reserve_exact(missing as usize);
            let read = more.take(missing).read_to_end(&mut self.rest).map_err(Fault::Transcript)?;
            if read as u64 != missing {
                return Err(Fault::Transcript(ErrorKind::UnexpectedEof.into()));
            }
            self.write_chunk(store, store.connection.write_patience())?;
        }
        if !self.rest.is_empty() {
            return Err(Fault::Transcript(ErrorKind::InvalidData.into()));
        }
        chunks::expect_end(more).map_err(Fault::Transcript)
    }

    fn write_chunk(&mut self, store: &SqliteStore, patience: Duration) -> Result<(), Fault> {
        if let Some(written_at) = self.written_at {
            thread::sleep(CHUNK_PAUSE.saturating_sub(written_at.elapsed()));
        }
        let row = ids::number_of(self.result) + self.digests.len() as i64;
        let digest = chunks::digest(&self.rest);
        let write = store.connection.write_within(patience)?;
        write.execute("INSERT INTO chunk VALUES(?1,?2)", rusqlite::params![row, self.rest])?;
        write.commit()?;
        self.written_at = Some(Instant::now());
        self.digests.push(digest);
        self.rest.clear();
        Ok(())
    }

    fn insert_entry(&self, store: &SqliteStore, new: &NewEntry<'_>, since: Mark) -> Result<Stored, Fault> {
        let write = store.connection.write()?;
        // If the row is gone, the chunks were removed as garbage, and no entry may refer to them.
        if write.execute("DELETE FROM pending WHERE result=?1", [ids::number_of(self.result)])? == 0 {
            return Err(rusqlite::Error::StatementChangedRows(0).into());
        }
        let stored = row::insert(&write, new, self.result, true, self.digests.as_flattened(), since)?;
        if matches!(stored, Stored::Deleted | Stored::Overtaken) {
            write.rollback()?;
        } else {
            write.commit()?;
        }
        Ok(stored)
    }
}

impl Incoming<SqliteStore> for LocalIncoming {
    fn append(&mut self, store: &SqliteStore, mut bytes: &[u8], patience: Duration) -> Result<(), StoreError> {
        self.rest.reserve(CHUNK.saturating_sub(self.rest.len()));
        while self.rest.len() + bytes.len() >= CHUNK {
            let (head, tail) = bytes.split_at(CHUNK.saturating_sub(self.rest.len()));
            self.rest.extend_from_slice(head);
            bytes = tail;
            if let Err(fault) = self.write_chunk(store, patience) {
                self.rest.extend_from_slice(bytes);
                return Err(fault.into_error(store.place.path()));
            }
        }
        self.rest.extend_from_slice(bytes);
        Ok(())
    }

    fn written(&self) -> u64 {
        self.digests.len() as u64 * CHUNK as u64
    }

    fn rest(&self) -> &[u8] {
        &self.rest
    }

    fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rest)
    }

    fn finish(
        &mut self,
        store: &SqliteStore,
        new: &NewEntry<'_>,
        more: &mut dyn Read,
        since: Mark,
    ) -> Result<Stored, StoreError> {
        store.run(|| self.write_rest(store, new.summary.size, more).and_then(|()| self.insert_entry(store, new, since)))
    }

    fn read_back(&self, store: &SqliteStore, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), ReplayError> {
        let mut buffer = Vec::new();
        (ids::number_of(self.result)..).zip(&self.digests).try_for_each(|(row, digest)| {
            if !chunks::read_chunk(&store.connection, row, digest, &mut buffer) {
                return Err(ReplayError::Damaged);
            }
            take(&buffer).map_err(ReplayError::Write)
        })
    }
}
