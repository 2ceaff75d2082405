//! The row of an entry: its columns, the checksum over them, and how a new one takes the place of an old one.

use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::barriers::{self, Barrier};
use super::chunks::CHUNK;
use super::condition;
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::store::{Body, Change, ChunkDigest, Entry, Mark, NewEntry, Position, ResultId, Selector, Stored};

/// Transcripts up to this size, in bytes, are stored in their entry's row.
pub(crate) const INLINE_MAX: u64 = 256 * 1024;

type Checksum = [u8; 16];

/// The columns that a hit reads and the checksum covers.
pub(crate) struct Head {
    pub(crate) key: Key,
    pub(crate) fetched_at: i64,
    pub(crate) took: i64,
    pub(crate) exit: u8,
    pub(crate) invalidated: bool,
    pub(crate) standing: Standing,
    pub(crate) expires_at: i64,
    pub(crate) result: i64,
    pub(crate) size: u64,
    pub(crate) chunked: bool,
}

/// What else than its age the freshness of an entry depends on, as the column `is_failure` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Plain = 0,
    /// It is stored only because of a failure ttl.
    Failure = 1,
    /// Its condition has a lifetime of its own.
    Timed = 2,
}

impl Standing {
    fn of(new: &NewEntry<'_>) -> Self {
        match new.condition.lifetime {
            _ if new.is_failure => Self::Failure,
            Some(_) => Self::Timed,
            None => Self::Plain,
        }
    }

    /// Back from its number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        [Self::Plain, Self::Failure, Self::Timed].into_iter().find(|standing| *standing as i64 == number)
    }
}

impl Head {
    /// The head hashed to 64 bits seeds the hash of the body, which therefore need not stand beside it in memory.
    ///
    /// An invalidation inverts the checksum, so that it can be marked without reading the body again, and without
    /// lending a damaged row a good checksum.
    fn checksum(&self, body: &[u8]) -> Checksum {
        let mut head = [0; 75];
        let (key, rest) = head.split_at_mut(32);
        key.copy_from_slice(&self.key.0);
        let numbers = [self.fetched_at, self.took, self.expires_at, self.result, self.size as i64];
        rest[..40].copy_from_slice(numbers.map(i64::to_le_bytes).as_flattened());
        rest[40..].copy_from_slice(&[self.exit, self.standing as u8, self.chunked.into()]);
        let checksum = xxh3_128_with_seed(body, xxh3_64(&head)).to_le_bytes();
        if self.invalidated { inverted(checksum) } else { checksum }
    }

    /// The entry of `key` that this and `body` are, if their checksum is right.
    pub(crate) fn entry(&self, key: &Key, checksum: &[u8], body: Vec<u8>) -> Option<Entry> {
        if self.key != *key || self.checksum(&body) != checksum {
            return None;
        }
        let body = if self.chunked {
            let (digests, []) = body.as_chunks::<{ size_of::<ChunkDigest>() }>() else {
                return None;
            };
            (digests.len() as u64 == self.size.div_ceil(CHUNK as u64)).then(|| Body::Chunked(digests.to_vec()))?
        } else {
            (body.len() as u64 == self.size).then_some(Body::Inline(body))?
        };
        Some(Entry {
            key: self.key,
            fetched_at: Timestamp::from_millis(self.fetched_at),
            took: Duration::from_micros(self.took.try_into().ok()?),
            exit: self.exit,
            invalidated: self.invalidated,
            is_failure: self.standing == Standing::Failure,
            has_lifetime: self.standing == Standing::Timed,
            expires_at: Timestamp::from_millis(self.expires_at),
            result: result_of(self.result),
            size: self.size,
            body,
        })
    }
}

/// The row of a key's entry: its first 64 bits.
pub(crate) fn id_of(key: &Key) -> i64 {
    key.first_bits().cast_signed()
}

/// The position of the entry in row `id`.
pub(crate) fn position_of(id: i64) -> Position {
    Position(id.cast_unsigned())
}

/// The result whose name is stored as `number`.
pub(crate) fn result_of(number: i64) -> ResultId {
    ResultId::from_bits(number.cast_unsigned())
}

/// As what the name of `result` is stored.
pub(crate) fn number_of(result: ResultId) -> i64 {
    result.bits().cast_signed()
}

/// The checksum of an entry after its invalidation.
pub(crate) fn inverted(checksum: Checksum) -> Checksum {
    checksum.map(|byte| !byte)
}

/// The entry of `key`, if there is one and its checksum is right.
pub(crate) fn lookup(sql: &Connection, key: &Key) -> rusqlite::Result<Option<Entry>> {
    let mut statement = sql.prepare(
        "SELECT key,fetched_at,took,exit,invalidated,is_failure,expires_at,result,size,chunked,checksum,body \
         FROM entry WHERE id=?1",
    )?;
    let mut rows = statement.query([id_of(key)])?;
    Ok(rows.next()?.and_then(|row| read(row, key)))
}

/// The entry of `key` in a row of the columns that [`lookup`] selects, if its checksum is right.
pub(crate) fn read(row: &Row<'_>, key: &Key) -> Option<Entry> {
    let head = Head {
        key: row.get_ref(0).ok()?.as_blob().ok().and_then(Key::from_slice)?,
        fetched_at: row.get(1).ok()?,
        took: row.get(2).ok()?,
        exit: row.get(3).ok()?,
        invalidated: flag(row, 4)?,
        standing: Standing::from_number(row.get(5).ok()?)?,
        expires_at: row.get(6).ok()?,
        result: row.get(7).ok()?,
        size: row.get::<_, i64>(8).ok()?.try_into().ok()?,
        chunked: flag(row, 9)?,
    };
    let checksum = row.get_ref(10).ok()?.as_blob().ok()?;
    let body = row.get_ref(11).ok()?.as_blob().ok()?;
    head.entry(key, checksum, body.to_vec())
}

/// Only 0 and 1 are flags: another number would be one that the checksum does not see.
pub(crate) fn flag(row: &Row<'_>, column: usize) -> Option<bool> {
    match row.get_ref(column).ok()? {
        ValueRef::Integer(0) => Some(false),
        ValueRef::Integer(1) => Some(true),
        _ => None,
    }
}

/// Makes `new` the entry of its key, unless a barrier stands in its way.
pub(crate) fn link(
    sql: &Connection,
    new: &NewEntry<'_>,
    result: ResultId,
    chunked: bool,
    body: &[u8],
    since: Mark,
) -> rusqlite::Result<Stored> {
    let invalidated = match barriers::judge(sql, &new.key, new.parts, new.recipe, since)? {
        Change::Deleted => return Ok(Stored::Deleted),
        Change::Overtaken if !new.is_by_hand => return Ok(Stored::Overtaken),
        change => change == Change::Invalidated,
    };
    if new.is_late && is_newer_there(sql, new)? {
        return Ok(Stored::Overtaken);
    }
    if new.is_by_hand {
        // Here, and not before: a fetch that begins before this is committed has begun before this was stored.
        barriers::append(sql, &Selector::Key(new.key), Barrier::Setting)?;
    }
    let id = id_of(&new.key);
    discard_chunks(sql, id)?;
    let head = Head {
        key: new.key,
        fetched_at: new.fetched_at.as_millis(),
        took: i64::try_from(new.took.as_micros()).unwrap_or(i64::MAX),
        exit: new.exit,
        invalidated,
        standing: Standing::of(new),
        expires_at: new.fetched_at.after(new.keep).as_millis(),
        result: number_of(result),
        size: new.size,
        chunked,
    };
    sql.execute(
        "INSERT OR REPLACE INTO entry VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
        params![
            id,
            head.key.0,
            head.fetched_at,
            head.took,
            head.exit,
            head.invalidated,
            head.standing as u8,
            head.expires_at,
            head.result,
            head.size as i64,
            head.chunked,
            head.checksum(body),
            new.parts.encode(),
            new.recipe.encode(new.parts),
            body,
        ],
    )?;
    condition::set(sql, id, result, new.condition)?;
    sql.execute("DELETE FROM failure WHERE id=?1", [id])?;
    Ok(if invalidated { Stored::Invalidated(result) } else { Stored::Fresh(result) })
}

/// Whether the key has an entry that was fetched after `new`. One from the future, before the clock was set back, is none.
fn is_newer_there(sql: &Connection, new: &NewEntry<'_>) -> rusqlite::Result<bool> {
    const QUERY: &str =
        "SELECT EXISTS(SELECT 1 FROM entry WHERE id=?1 AND key=?2 AND fetched_at>?3 AND fetched_at<=?4)";
    let now = Timestamp::now().as_millis();
    sql.query_row(QUERY, params![id_of(&new.key), new.key.0, new.fetched_at.as_millis(), now], |row| row.get(0))
}

/// Removes the entry in row `id`.
pub(crate) fn unlink(sql: &Connection, id: i64) -> rusqlite::Result<()> {
    discard_chunks(sql, id)?;
    condition::forget(sql, id)?;
    sql.execute("DELETE FROM usage WHERE id=?1", [id])?;
    sql.execute("DELETE FROM entry WHERE id=?1", [id])?;
    Ok(())
}

/// Leaves the chunks of the entry in row `id` to be pruned: there may be too many to remove in one go.
fn discard_chunks(sql: &Connection, id: i64) -> rusqlite::Result<()> {
    sql.execute(
        "INSERT OR IGNORE INTO pending SELECT result FROM entry WHERE id=?1 AND chunked AND typeof(result)='integer'",
        [id],
    )?;
    Ok(())
}
