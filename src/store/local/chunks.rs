//! Transcripts too long for their entry's row: written and read a chunk at a time, each in a transaction of its own.
//!
//! The chunks of a result exist before its entry does, and for a while after its entry was replaced. Meanwhile its name
//! stands in `pending`, and a process that writes or reads the chunks holds a shared lock on the byte of that name in
//! the file `chunks` beside the flights. A pending result whose byte can be locked exclusively is garbage. The kernel
//! drops the locks when their holder ends.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Read};

use rusqlite::OptionalExtension;
use xxhash_rust::xxh3::xxh3_128;

use super::SqliteStore;
use super::connection::Connection;
use super::fault::Fault;
use super::ids::number_of;
use super::place::{Place, PlaceError};
use crate::model::time::Timestamp;
use crate::model::transcript::Splitter;
use crate::store::{ChunkDigest, ReplayError, ResultId, Writer};
use crate::sys::lock::{FileLocks, Lock};

/// Bytes of a chunk. The last chunk of a result may have fewer.
///
/// A commit keeps readers out while it writes its pages: 0.9 ms for a mebibyte. Storing 256 MiB again and again beside
/// lookups took 0.47 s each time, and the lookups' 99th percentile rose from 0.29 to 0.64 ms; with chunks of 256 KiB,
/// 0.65 s and 0.56 ms; with 1 MiB, 0.44 s and 2.4 ms.
pub(crate) const CHUNK: usize = 512 * 1024;
/// A result with at most this many chunks stays in memory after it was verified, and is not read again.
const KEPT_CHUNKS: usize = 8;

/// The distance between the first rows of two results.
const ROWS: u64 = 1 << 20;
/// How many chunks a result may have.
pub(crate) const CHUNKS_MAX: u64 = ROWS / 2;
/// This bit is set in the names of results of shared calls. A hit knows by it whether other hosts' invalidations have
/// reached the result, without reading anything else; programs that know nothing of it see a name like any other.
pub(crate) const SHARED: i64 = CHUNKS_MAX as i64;

/// A name for a new result: the row of its first chunk. Random, with its low 20 bits zero but for [`SHARED`].
///
/// A forked child would draw the same numbers as its parent if only the standard library's random state were used.
pub(crate) fn new_result(is_shared: bool) -> ResultId {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_i64(Timestamp::now().as_millis());
    let bits = hasher.finish() >> 1 & !(ROWS - 1);
    ResultId::from_bits(if is_shared { bits | SHARED.cast_unsigned() } else { bits })
}

/// Verifies every chunk, then reads them again to write them out.
pub(crate) fn replay(
    store: &SqliteStore,
    result: ResultId,
    digests: &[ChunkDigest],
    write: &mut Writer<'_>,
) -> Result<(), ReplayError> {
    let lock = ChunkLock::new(&store.place).ok();
    // Without a lock, the output may end early at worst. A refused lock means that the chunks are being removed.
    if let Some(Ok(false)) = lock.as_ref().map(|lock| lock.share(result)) {
        return Err(ReplayError::Damaged);
    }
    let rows = || (number_of(result)..).zip(digests);
    let mut kept = Vec::new();
    let mut buffer = Vec::new();
    for (row, expected) in rows() {
        if !read_chunk(&store.connection, row, expected, &mut buffer) {
            return Err(ReplayError::Damaged);
        }
        if digests.len() <= KEPT_CHUNKS {
            kept.push(std::mem::take(&mut buffer));
        }
    }
    let mut splitter = Splitter::default();
    let mut feed = |piece: &[u8]| splitter.feed(piece, &mut *write).map_err(ReplayError::Write);
    if !kept.is_empty() {
        return kept.iter().try_for_each(|piece| feed(piece));
    }
    for (row, expected) in rows() {
        if !read_chunk(&store.connection, row, expected, &mut buffer) {
            return Err(ReplayError::Torn);
        }
        feed(&buffer)?;
    }
    Ok(())
}

/// Whether all chunks of a result are there and fit their digests.
pub(crate) fn are_whole(store: &SqliteStore, result: ResultId, digests: &[ChunkDigest]) -> bool {
    let lock = ChunkLock::new(&store.place).ok();
    if let Some(Ok(false)) = lock.as_ref().map(|lock| lock.share(result)) {
        return false;
    }
    let mut buffer = Vec::new();
    (number_of(result)..).zip(digests).all(|(row, expected)| read_chunk(&store.connection, row, expected, &mut buffer))
}

/// Reads the chunk in `row` into `buffer`. Returns whether it is there and has the digest `expected`.
pub(crate) fn read_chunk(connection: &Connection, row: i64, expected: &ChunkDigest, buffer: &mut Vec<u8>) -> bool {
    read_into(connection, row, buffer).is_ok() && digest(buffer) == *expected
}

/// The chunk is copied to `buffer`, because no lock may be held while it is written out. The blob interface copies it
/// once (66 ms for 256 MiB); a SELECT takes as long to fill a buffer of SQLite's, which has to be copied again.
fn read_into(connection: &Connection, row: i64, buffer: &mut Vec<u8>) -> rusqlite::Result<()> {
    let blob = connection.raw().blob_open("main", "chunk", "data", row, true)?;
    if blob.len() > CHUNK {
        return Err(rusqlite::Error::BlobSizeError);
    }
    buffer.resize(blob.len(), 0);
    blob.read_at_exact(buffer, 0)?;
    blob.close()
}

pub(crate) fn digest(chunk: &[u8]) -> ChunkDigest {
    xxh3_128(chunk).to_le_bytes()
}

/// Removes chunks of a pending result, `limit` at most, and then the result; returns how many chunks were removed.
///
/// `claim` is called when it is certain that the result is pending and stays so; it returns whether its chunks may be
/// removed.
pub(crate) fn remove(
    connection: &Connection,
    result: ResultId,
    limit: usize,
    claim: impl Fn() -> bool,
) -> Result<usize, Fault> {
    for removed in 0..limit {
        let write = connection.write()?;
        let is_pending: bool =
            write.query_row("SELECT EXISTS(SELECT 1 FROM pending WHERE result=?1)", [number_of(result)], |row| {
                row.get(0)
            })?;
        if !is_pending || !claim() {
            return Ok(removed);
        }
        let chunk = write
            .query_row(
                "SELECT id FROM chunk WHERE id BETWEEN ?1 AND ?2 LIMIT 1",
                [number_of(result), last_row(result)],
                |row| row.get::<_, i64>(0),
            )
            .optional()?;
        match chunk {
            Some(row) => write.execute("DELETE FROM chunk WHERE id=?1", [row])?,
            None => write.execute("DELETE FROM pending WHERE result=?1", [number_of(result)])?,
        };
        write.commit()?;
        if chunk.is_none() {
            return Ok(removed);
        }
    }
    Ok(limit)
}

pub(crate) fn last_row(result: ResultId) -> i64 {
    number_of(result).saturating_add(CHUNKS_MAX as i64 - 1)
}

/// Fills `buffer` with exactly `length` bytes.
pub(crate) fn read_exactly(transcript: &mut dyn Read, length: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    transcript.take(length as u64).read_to_end(buffer)?;
    if buffer.len() == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// Fails if there is more to be read than was announced.
pub(crate) fn expect_end(transcript: &mut dyn Read) -> io::Result<()> {
    match transcript.take(1).read_to_end(&mut Vec::new())? {
        0 => Ok(()),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

/// The file whose bytes stand for results.
#[derive(Debug)]
pub(crate) struct ChunkLock(FileLocks);

impl ChunkLock {
    pub(crate) const NAME: &str = "chunks";

    pub(crate) fn new(place: &Place) -> Result<Self, PlaceError> {
        let path = || place.flights_dir().join(Self::NAME);
        let file = place.open_lock_file(Self::NAME)?;
        FileLocks::of(file).map(Self).map_err(|source| PlaceError::File { path: path(), source })
    }

    /// Keeps the chunks of `result` from being removed; `false` if they are being removed.
    pub(crate) fn share(&self, result: ResultId) -> io::Result<bool> {
        self.0.set(Lock::Shared, number_of(result))
    }

    /// Locks `result` for removal; `false` if its chunks are being read or written.
    pub(crate) fn take(&self, result: ResultId) -> io::Result<bool> {
        self.0.set(Lock::Exclusive, number_of(result))
    }

    /// Unlocks `result`.
    pub(crate) fn release(&self, result: ResultId) -> io::Result<bool> {
        self.0.set(Lock::Free, number_of(result))
    }
}
