//! The row of an entry: reading, inserting and removing it.

use rusqlite::{Connection as Sql, Params, Row, params};

use super::barriers::{self, Barrier};
use super::columns::{self, Cursor, HEAD, HEAD_SIZE, Head};
use super::condition;
use super::connection::Connection;
use super::fault::Fault;
use super::fence;
use super::ids::{id_of, number_of};
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::store::{Change, Entry, Mark, NewEntry, Origin, ResultId, Selector, Stored, Summary};

/// Transcripts up to this size, in bytes, are stored in their entry's row.
pub(crate) const INLINE_MAX: u64 = 256 * 1024;

/// Inserts the entry that is new.
pub(crate) const INSERT: &str =
    "INSERT OR REPLACE INTO entry VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)";
/// Leaves the chunks of an entry to be pruned: there may be too many to remove in one go.
pub(crate) const DISCARD_CHUNKS: &str =
    "INSERT OR IGNORE INTO pending SELECT result FROM entry WHERE id=?1 AND chunked AND typeof(result)='integer'";
/// Forgets that background fetches failed.
pub(crate) const FORGET_FAILURE: &str = "DELETE FROM failure WHERE id=?1";

/// The entry of `key`, if there is one and its checksum is right.
pub(crate) fn lookup(sql: &Sql, key: &Key) -> rusqlite::Result<Option<Entry>> {
    let mut statement = sql.prepare(&format!("SELECT {HEAD},body FROM entry WHERE id=?1"))?;
    let mut rows = statement.query([id_of(key)])?;
    Ok(rows.next()?.and_then(|row| read(row, 0, key)))
}

/// The entry of `key` in the columns [`HEAD`] and `body` of a row, from `first` on, if its checksum is right.
pub(crate) fn read(row: &Row<'_>, first: usize, key: &Key) -> Option<Entry> {
    let (head, checksum) = Head::read(&mut Cursor::new(row, first))?;
    head.entry(key, checksum, columns::blob(row, first + HEAD_SIZE)?.to_vec())
}

/// Makes `new` the entry of its key, unless a barrier forbids it.
pub(crate) fn insert(
    sql: &Sql,
    new: &NewEntry<'_>,
    result: ResultId,
    chunked: bool,
    body: &[u8],
    since: Mark,
) -> rusqlite::Result<Stored> {
    let is_shared = new.origin.is_shared();
    let mut invalidated = match barriers::change_since(sql, &new.summary.key, new.parts, new.recipe, since, is_shared)?
    {
        Change::Deleted => return Ok(Stored::Deleted),
        Change::Overtaken if !new.is_by_hand => return Ok(Stored::Overtaken),
        change => new.summary.invalidated || change == Change::Invalidated,
    };
    if new.is_late && is_newer_there(sql, new)? {
        return Ok(Stored::Overtaken);
    }
    if let Some(standing) = new.origin.standing() {
        fence::make(sql)?;
        if matches!(new.origin, Origin::Copied(_)) && fence::is_reached(sql, id_of(&new.summary.key), standing)? {
            return Ok(Stored::Overtaken);
        }
        invalidated |= !fence::is_of_epoch(sql, standing)?;
        fence::set(sql, id_of(&new.summary.key), result, standing)?;
    }
    if new.is_by_hand {
        // In the same transaction: for a fetch that begins before the commit, this is stored while it fetches.
        barriers::append(sql, &Selector::Key(new.summary.key), Barrier::Setting)?;
    }
    let id = id_of(&new.summary.key);
    discard_chunks(sql, id)?;
    let summary = Summary { invalidated, ..new.summary };
    let head = Head { summary, has_lifetime: new.condition.lifetime.is_some(), result, chunked };
    sql.prepare_cached(INSERT)?.execute(params![
        id,
        summary.key.0,
        summary.fetched_at.as_millis(),
        head.took(),
        summary.exit,
        summary.invalidated,
        head.kind(),
        summary.expires_at.as_millis(),
        number_of(result),
        summary.size as i64,
        head.chunked,
        head.checksum(body),
        new.parts.encode(),
        new.recipe.encode(new.parts),
        body,
    ])?;
    condition::set(sql, id, result, new.condition)?;
    sql.prepare_cached(FORGET_FAILURE)?.execute([id])?;
    Ok(if invalidated { Stored::Invalidated(result) } else { Stored::Fresh(result) })
}

/// Whether the key has an entry fetched after `new`. One from the future does not count: the clock was set back.
fn is_newer_there(sql: &Sql, new: &NewEntry<'_>) -> rusqlite::Result<bool> {
    const QUERY: &str =
        "SELECT EXISTS(SELECT 1 FROM entry WHERE id=?1 AND key=?2 AND fetched_at>?3 AND fetched_at<=?4)";
    let now = Timestamp::now().as_millis();
    sql.query_row(
        QUERY,
        params![id_of(&new.summary.key), new.summary.key.0, new.summary.fetched_at.as_millis(), now],
        |row| row.get(0),
    )
}

/// Removes the entry in row `id`.
pub(crate) fn remove(sql: &Sql, id: i64) -> rusqlite::Result<()> {
    discard_chunks(sql, id)?;
    condition::forget(sql, id)?;
    fence::forget(sql, id)?;
    sql.execute("DELETE FROM usage WHERE id=?1", [id])?;
    sql.execute("DELETE FROM entry WHERE id=?1", [id])?;
    Ok(())
}

/// Entries removed in one transaction.
pub(crate) const REMOVED_AT_ONCE: usize = 64;

/// Removes the entries that fulfil `condition`, in at most `transactions` transactions; returns how many were removed.
pub(crate) fn remove_where(
    connection: &Connection,
    condition: &str,
    params: impl Params + Copy,
    transactions: usize,
) -> Result<u64, Fault> {
    let query = format!("SELECT id FROM entry WHERE {condition} LIMIT {REMOVED_AT_ONCE}");
    let mut removed = 0;
    for _ in 0..transactions {
        let write = connection.write()?;
        let due: Vec<i64> =
            write.prepare(&query)?.query_map(params, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        for id in &due {
            remove(&write, *id)?;
        }
        write.commit()?;
        removed += due.len() as u64;
        if due.len() < REMOVED_AT_ONCE {
            break;
        }
    }
    Ok(removed)
}

fn discard_chunks(sql: &Sql, id: i64) -> rusqlite::Result<()> {
    sql.prepare_cached(DISCARD_CHUNKS)?.execute([id]).map(drop)
}
