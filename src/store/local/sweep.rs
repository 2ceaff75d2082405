//! Removing on request: everything that is due, in short transactions, however long all of them take.

use rusqlite::{Connection as Sql, OptionalExtension, params};

use super::SqliteStore;
use super::connection::Connection;
use super::fault::Fault;
use super::prune::{give_space_back, remove_garbage, remove_history};
use super::statistics::each_row;
use super::{row, usage};
use crate::store::Sweep;

/// A file of up to this many bytes is rewritten to remove every trace of what was deleted. That takes 0.1 s, in which
/// no other process can use the file.
const REWRITTEN: i64 = 64 * 1024 * 1024;

/// Where a row is in the order of fetches.
type FetchOrder = (i64, i64);

/// Removes what is due and gives the space back; returns how many entries were removed.
pub(crate) fn sweep(store: &SqliteStore, sweep: &Sweep) -> Result<u64, Fault> {
    let connection = &store.connection;
    usage::fold(connection, &store.place)?;
    let now = sweep.now.as_millis();
    let mut removed = row::remove_where(connection, "expires_at<=?1", [now], usize::MAX)?;
    if let Some((fetched_at, id)) = due(connection, sweep)? {
        removed += row::remove_where(connection, "(fetched_at,id)<=(?1,?2)", [fetched_at, id], usize::MAX)?;
    }
    remove_history(connection, sweep.now)?;
    loop {
        remove_all_garbage(store)?;
        match usage::evict(connection, sweep.limit)? {
            0 => break,
            evicted => removed += evicted,
        }
    }
    give_space_back(connection, |unused, _| unused > 0, i64::MAX)?;
    Ok(removed)
}

/// Gives back all space that nothing uses.
pub(crate) fn compact(store: &SqliteStore) -> Result<(), Fault> {
    remove_all_garbage(store)?;
    give_space_back(&store.connection, |unused, _| unused > 0, i64::MAX)
}

/// Removes every trace of removed entries from the file: their chunks, and what earlier results have left in unused
/// pages or between the rows of other entries.
pub(crate) fn wipe(store: &SqliteStore) -> Result<(), Fault> {
    compact(store)?;
    let count = |pragma| store.connection.raw().pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    if count("page_count")? * count("page_size")? <= REWRITTEN {
        // This fails if another process uses the file. The entries are removed already.
        let _ = store.connection.raw().execute_batch("VACUUM");
    }
    Ok(())
}

/// How many entries [`sweep`] would remove, as far as that is known beforehand.
pub(crate) fn would_sweep(store: &SqliteStore, sweep: &Sweep) -> Result<u64, Fault> {
    let connection = &store.connection;
    let position = due(connection, sweep)?;
    let now = sweep.now.as_millis();
    let is_due = |expires_at: i64, fetched_at: i64, id: i64| {
        expires_at <= now || position.is_some_and(|position| (fetched_at, id) <= position)
    };
    let (mut count, mut freed) = (0, 0_i64);
    each_row(connection, "entry", "expires_at,fetched_at,size", |row| {
        let number = |column| row.get::<_, i64>(column).unwrap_or(i64::MAX);
        if is_due(number(1), number(2), number(0)) {
            count += 1;
            freed = freed.saturating_add(usage::space_of(row.get(3).unwrap_or(0)));
        }
    })?;
    let mut excess = usage::excess(connection, sweep.limit)?.saturating_sub(freed);
    let evicted = |sql: &Sql| {
        let mut evicted = 0;
        for order in usage::EVICTION_ORDER {
            let mut statement = sql.prepare(&format!("SELECT entry.id,size,expires_at,fetched_at {order}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()?.filter(|_| excess > 0) {
                if !is_due(row.get(2).unwrap_or(i64::MAX), row.get(3).unwrap_or(i64::MAX), row.get(0)?) {
                    excess = excess.saturating_sub(usage::space_of(row.get(1).unwrap_or(0)));
                    evicted += 1;
                }
            }
        }
        Ok(evicted)
    };
    Ok(count + connection.read(evicted)?.unwrap_or(0))
}

/// The last entry in the order of fetches that is due because of its age or number; so are all before it.
fn due(connection: &Connection, sweep: &Sweep) -> Result<Option<FetchOrder>, Fault> {
    let by_age = sweep.older_than.map(|age| {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        (sweep.now.as_millis().saturating_sub(age), i64::MAX)
    });
    let Some(number) = sweep.keep_last else { return Ok(by_age) };
    let by_number = connection.read(|sql| {
        sql.query_row(
            "SELECT fetched_at,id FROM entry WHERE (fetched_at,id)<=(?1,?1) \
             ORDER BY fetched_at DESC,id DESC LIMIT 1 OFFSET ?2",
            params![i64::MAX, i64::try_from(number).unwrap_or(i64::MAX)],
            |row| Ok((row.get(0).unwrap_or(i64::MIN), row.get(1)?)),
        )
        .optional()
    })?;
    Ok(by_age.max(by_number.flatten()))
}

/// Removes the chunks of pending results that nobody reads or writes, and leaves the others for later.
fn remove_all_garbage(store: &SqliteStore) -> Result<(), Fault> {
    let count = || {
        let count = |sql: &Sql| {
            sql.query_row("SELECT (SELECT count(*) FROM pending),(SELECT count(*) FROM chunk)", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })
        };
        Ok::<_, Fault>(store.connection.read(count)?.unwrap_or_default())
    };
    let mut before = count()?;
    while before.0 > 0 {
        remove_garbage(store)?;
        let after = count()?;
        if after == before {
            break;
        }
        before = after;
    }
    Ok(())
}
