//! The columns of `entry` that say what an entry is, and the checksum over them.

use std::time::Duration;

use rusqlite::Row;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use super::chunks::{CHUNK, SHARED};
use super::ids::{number_of, result_of};
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::store::{Body, ChunkDigest, Entry, Recipe, ResultId, Summary};

/// The columns of a [`Head`] and its checksum, in the order of the table. `key` and `result` are in other tables, too.
pub(crate) const HEAD: &str =
    "entry.key,fetched_at,took,exit,invalidated,is_failure,expires_at,entry.result,size,chunked,checksum";
/// How many columns these are.
pub(crate) const HEAD_SIZE: usize = 11;

/// The positions of some of them in [`HEAD`].
pub(crate) const KEY: usize = 0;
pub(crate) const INVALIDATED: usize = 4;
pub(crate) const RESULT: usize = 7;
pub(crate) const SIZE: usize = 8;
pub(crate) const CHUNKED: usize = 9;
pub(crate) const CHECKSUM: usize = 10;

pub(crate) type Checksum = [u8; 16];

/// Columns one after another, from a row of SQLite's or from a page of the file.
pub(crate) trait Columns {
    fn integer(&mut self) -> Option<i64>;

    fn blob(&mut self) -> Option<&[u8]>;

    /// Only 0 and 1 are flags: the checksum would not notice another number.
    fn flag(&mut self) -> Option<bool> {
        match self.integer()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// The columns of a row, from a given one on.
pub(crate) struct Cursor<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(row: &'a Row<'a>, next: usize) -> Self {
        Self { row, next }
    }
}

impl Columns for Cursor<'_> {
    fn integer(&mut self) -> Option<i64> {
        self.next += 1;
        self.row.get(self.next - 1).ok()
    }

    fn blob(&mut self) -> Option<&[u8]> {
        self.next += 1;
        blob(self.row, self.next - 1)
    }
}

pub(crate) fn blob<'a>(row: &'a Row<'_>, column: usize) -> Option<&'a [u8]> {
    row.get_ref(column).ok()?.as_blob().ok()
}

/// What `key` was made of and how to fetch it again, from the columns `parts` and `parts + 1`.
pub(crate) fn origin(row: &Row<'_>, parts: usize, key: &Key) -> Option<(KeyParts, Recipe)> {
    let recipe = blob(row, parts + 1);
    let parts = blob(row, parts).and_then(KeyParts::decode).filter(|parts| parts.to_key() == *key)?;
    let recipe = Recipe::decode(recipe?, &parts)?;
    Some((parts, recipe))
}

/// The columns that a hit reads and the checksum covers.
pub(crate) struct Head {
    pub(crate) summary: Summary,
    pub(crate) has_lifetime: bool,
    pub(crate) result: ResultId,
    pub(crate) chunked: bool,
}

impl Head {
    /// The head and its checksum, from the columns [`HEAD`]; `None` if one of them has an impossible value.
    pub(crate) fn read(columns: &mut impl Columns) -> Option<(Self, Checksum)> {
        let key = Key::from_slice(columns.blob()?)?;
        let fetched_at = Timestamp::from_millis(columns.integer()?);
        let took = Duration::from_micros(columns.integer()?.try_into().ok()?);
        let exit = columns.integer()?.try_into().ok()?;
        let invalidated = columns.flag()?;
        let (is_failure, has_lifetime) = match columns.integer()? {
            0 => (false, false),
            1 => (true, false),
            2 => (false, true),
            _ => return None,
        };
        let expires_at = Timestamp::from_millis(columns.integer()?);
        let result = result_of(columns.integer()?);
        let size = columns.integer()?.try_into().ok()?;
        let summary = Summary { key, fetched_at, took, exit, invalidated, is_failure, expires_at, size };
        let head = Self { summary, has_lifetime, result, chunked: columns.flag()? };
        Some((head, columns.blob()?.try_into().ok()?))
    }

    /// The number in the column `is_failure`.
    pub(crate) fn kind(&self) -> u8 {
        if self.summary.is_failure { 1 } else { 2 * u8::from(self.has_lifetime) }
    }

    /// The number in the column `took`: microseconds.
    pub(crate) fn took(&self) -> i64 {
        i64::try_from(self.summary.took.as_micros()).unwrap_or(i64::MAX)
    }

    /// The checksum of the head and `body`. A hash of the head is the seed for the hash of the body, so the two need
    /// not be next to each other in memory.
    ///
    /// An invalidation inverts the checksum: it does not read the body, and a damaged row keeps a wrong checksum.
    pub(crate) fn checksum(&self, body: &[u8]) -> Checksum {
        let mut head = [0; 75];
        let (key, rest) = head.split_at_mut(32);
        let Summary { fetched_at, expires_at, .. } = self.summary;
        key.copy_from_slice(&self.summary.key.0);
        let (fetched_at, expires_at) = (fetched_at.as_millis(), expires_at.as_millis());
        let numbers = [fetched_at, self.took(), expires_at, number_of(self.result), self.summary.size as i64];
        rest[..40].copy_from_slice(numbers.map(i64::to_le_bytes).as_flattened());
        rest[40..].copy_from_slice(&[self.summary.exit, self.kind(), self.chunked.into()]);
        let checksum = xxh3_128_with_seed(body, xxh3_64(&head)).to_le_bytes();
        if self.summary.invalidated { inverted(checksum) } else { checksum }
    }

    /// The entry of `key` with this head and `body`, if `checksum` is right.
    pub(crate) fn entry(&self, key: &Key, checksum: Checksum, body: Vec<u8>) -> Option<Entry> {
        if self.summary.key != *key || self.checksum(&body) != checksum {
            return None;
        }
        let body = if self.chunked {
            let (digests, []) = body.as_chunks::<{ size_of::<ChunkDigest>() }>() else {
                return None;
            };
            (digests.len() as u64 == self.summary.size.div_ceil(CHUNK as u64))
                .then(|| Body::Chunked(digests.to_vec()))?
        } else {
            (body.len() as u64 == self.summary.size).then_some(Body::Inline(body))?
        };
        let is_shared = number_of(self.result) & SHARED != 0;
        Some(Entry { summary: self.summary, has_lifetime: self.has_lifetime, result: self.result, is_shared, body })
    }
}

/// The checksum of an entry after its invalidation.
pub(crate) fn inverted(checksum: Checksum) -> Checksum {
    checksum.map(|byte| !byte)
}
