//! Removing what is no longer needed, a bounded amount at a time, in transactions that a hit can wait for.
//!
//! Expired entries are removed first, and then those used least recently until the database is small enough.

use super::SqliteStore;
use super::chunks;
use super::chunks::ChunkLock;
use super::connection::Connection;
use super::fault::Fault;
use super::ids;
use super::{barriers, row, usage};
use crate::model::time::Timestamp;

/// Entries removed at one time.
const ENTRIES: usize = 4096;
/// Chunks removed at one time.
const CHUNKS: usize = 1024;
/// Failures without an entry are remembered for this long.
const FAILURE_KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// Pages given back in one transaction. For each, SQLite may have to move one page and change another.
const PAGE_BATCH: i64 = 16;
/// Transactions of that kind at one time.
const PAGE_BATCHES: i64 = 256;
/// Unused pages that always stay in the file.
const UNUSED_PAGES_KEPT: i64 = 64;

pub(crate) fn prune(store: &SqliteStore, now: Timestamp, limit: u64) -> Result<(), Fault> {
    usage::fold(&store.connection, &store.place)?;
    row::remove_where(&store.connection, "expires_at<=?1", [now.as_millis()], ENTRIES / row::REMOVED_AT_ONCE)?;
    remove_history(&store.connection, now)?;
    remove_garbage(store)?;
    usage::evict(&store.connection, limit)?;
    remove_garbage(store)?;
    // Half of the file may be unused: refreshing a large result needs its space twice, and shrinking the file between
    // refreshes would move all of its pages each time.
    give_space_back(&store.connection, |unused, all| unused > UNUSED_PAGES_KEPT + all / 2, PAGE_BATCHES)
}

pub(crate) fn remove_history(connection: &Connection, now: Timestamp) -> Result<(), Fault> {
    let write = connection.write()?;
    barriers::prune(&write, now)?;
    write.execute(
        "DELETE FROM failure WHERE at<?1 AND NOT EXISTS(SELECT 1 FROM entry WHERE entry.id=failure.id)",
        [now.as_millis().saturating_sub(FAILURE_KEPT_MS)],
    )?;
    Ok(write.commit()?)
}

/// Removes the chunks of pending results that nobody reads or writes.
pub(crate) fn remove_garbage(store: &SqliteStore) -> Result<(), Fault> {
    let pending = |sql: &rusqlite::Connection| {
        sql.prepare("SELECT result FROM pending LIMIT ?1")?
            .query_map([CHUNKS as i64], |row| row.get(0).map(ids::result_of))?
            .collect::<Result<Vec<_>, _>>()
    };
    let pending = store.connection.read(pending)?.unwrap_or_default();
    if pending.is_empty() {
        return Ok(());
    }
    let lock = ChunkLock::new(&store.place)?;
    let mut left = CHUNKS;
    for result in pending {
        // On a file system without locks the garbage stays.
        left -= chunks::remove(&store.connection, result, left, || lock.take(result).unwrap_or(false))?;
        let _ = lock.release(result);
    }
    Ok(())
}

/// Shrinks the file while `is_worth_it`, given how many pages are unused and how many there are; `batches` transactions
/// at most.
pub(crate) fn give_space_back(
    connection: &Connection,
    is_worth_it: impl Fn(i64, i64) -> bool,
    batches: i64,
) -> Result<(), Fault> {
    for _ in 0..batches {
        let count = |pragma| connection.raw().pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let (unused, all) = (count("freelist_count")?, count("page_count")?);
        if !is_worth_it(unused, all) {
            break;
        }
        let write = connection.write()?;
        let mut vacuum = write.prepare(&format!("PRAGMA incremental_vacuum({PAGE_BATCH})"))?;
        let mut rows = vacuum.query([])?;
        while rows.next()?.is_some() {}
        drop(rows);
        drop(vacuum);
        write.commit()?;
    }
    Ok(())
}
