//! Checking everything that is stored: SQLite's own check, and every checksum.

use rusqlite::{Connection as Sql, Row};

use super::SqliteStore;
use super::chunks;
use super::columns::{self, HEAD, HEAD_SIZE};
use super::fault::Fault;
use super::ids;
use super::row;
use super::walk::Walk;
use crate::model::key::{Key, KeyParts};
use crate::store::{Body, Condition, Entry, Finding, Recipe, ResultId};

/// The most lines of SQLite's check that are read.
const LINES_MAX: i64 = 20;

/// The state of one row.
enum RowState {
    Whole,
    Damaged(Finding),
    /// The row is whole; its output is in chunks.
    Chunked(Entry),
}

/// What SQLite finds wrong with its file; nothing if all is well.
pub(crate) fn integrity(store: &SqliteStore) -> Result<Vec<String>, Fault> {
    let check = |sql: &Sql| {
        let mut statement = sql.prepare(&format!("PRAGMA integrity_check({LINES_MAX})"))?;
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()
    };
    let mut lines = store.connection.read(check)?.unwrap_or_default();
    lines.retain(|line| line != "ok");
    Ok(lines)
}

/// Builds the indexes again from the tables.
pub(crate) fn rebuild_indexes(store: &SqliteStore) -> Result<(), Fault> {
    let write = store.connection.write()?;
    write.execute_batch("REINDEX")?;
    Ok(write.commit()?)
}

/// Checks every entry and passes the damaged ones to `found`; calls `progress` with the number of entries checked so
/// far. Returns how many there are.
pub(crate) fn each_damaged(
    store: &SqliteStore,
    found: &mut dyn FnMut(Finding),
    progress: &mut dyn FnMut(u64),
) -> Result<u64, Fault> {
    let mut walk = Walk::over(TABLES, &columns(), i64::MIN..=i64::MAX);
    let mut seen = 0;
    let check_row = |row: &Row<'_>| {
        let id: i64 = row.get(0)?;
        let bytes = columns::blob(row, BODY).map_or(0, <[u8]>::len);
        Ok((Some((id, check_row(row)?)), bytes))
    };
    while let Some(states) = walk.next(&store.connection, check_row)? {
        for (id, state) in states {
            seen += 1;
            if let Some(finding) = damage(store, id, state)? {
                found(finding);
            }
        }
        progress(seen);
    }
    Ok(seen)
}

/// Removes the entry of `finding` if it is still damaged. Returns whether it was removed.
pub(crate) fn remove_damaged(store: &SqliteStore, finding: &Finding) -> Result<bool, Fault> {
    let id = finding.locator.0.cast_signed();
    let state = store.connection.read(|sql| read_one(sql, id))?.flatten();
    let Some(state) = state else { return Ok(false) };
    if damage(store, id, state)?.is_none_or(|now| now.result != finding.result) {
        return Ok(false);
    }
    let write = store.connection.write()?;
    let result =
        write.query_row("SELECT result FROM entry WHERE id=?1", [id], |row| Ok(row.get(0).ok().map(ids::result_of)))?;
    // Another result may have taken its place.
    if result == finding.result {
        row::remove(&write, id)?;
    }
    write.commit()?;
    Ok(result == finding.result)
}

fn read_one(sql: &Sql, id: i64) -> rusqlite::Result<Option<RowState>> {
    let mut statement = sql.prepare(&format!("SELECT entry.id,{} FROM {TABLES} WHERE entry.id=?1", columns()))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(check_row).transpose()
}

const TABLES: &str = "entry LEFT JOIN condition ON condition.id=entry.id";

/// The columns after the number of the row.
fn columns() -> String {
    format!("{HEAD},body,parts,recipe,condition.result,facts")
}

const BODY: usize = 1 + HEAD_SIZE;
const PARTS: usize = BODY + 1;
const CONDITION: usize = PARTS + 2;

fn check_row(row: &Row<'_>) -> rusqlite::Result<RowState> {
    let id: i64 = row.get(0)?;
    let result = row.get(1 + columns::RESULT).ok().map(ids::result_of);
    let command = || {
        let parts = KeyParts::decode(columns::blob(row, PARTS)?)?;
        Recipe::decode(columns::blob(row, PARTS + 1)?, &parts).map(|recipe| recipe.invocation())
    };
    let damaged = |what| RowState::Damaged(Finding { command: command(), ..finding(id, result, what) });
    let key = columns::blob(row, 1 + columns::KEY).and_then(Key::from_slice);
    let Some(key) = key.filter(|key| ids::id_of(key) == id) else {
        return Ok(damaged("its key is damaged"));
    };
    let Some(entry) = row::read(row, 1, &key) else {
        return Ok(damaged("its output does not fit its checksum"));
    };
    if columns::origin(row, PARTS, &key).is_none() {
        return Ok(damaged("what its key is made of, or how to fetch it again, is damaged"));
    }
    // The condition of an earlier result is left where it is.
    let has_condition = row.get(CONDITION).is_ok_and(|result| ids::result_of(result) == entry.result);
    let condition = || Condition::decode(columns::blob(row, CONDITION + 1)?, entry.result);
    if has_condition && condition().is_none() {
        return Ok(damaged("what decides about its freshness is damaged"));
    }
    Ok(match entry.body {
        Body::Inline(_) => RowState::Whole,
        Body::Chunked(_) => RowState::Chunked(entry),
    })
}

fn finding(id: i64, result: Option<ResultId>, what: &'static str) -> Finding {
    Finding { locator: ids::locator_of(id), id: format!("{id:016x}"), result, command: None, what }
}

/// The damage of the entry in row `id`, chunks included.
fn damage(store: &SqliteStore, id: i64, state: RowState) -> Result<Option<Finding>, Fault> {
    let entry = match state {
        RowState::Whole => return Ok(None),
        RowState::Damaged(finding) => return Ok(Some(finding)),
        RowState::Chunked(entry) => entry,
    };
    let Body::Chunked(digests) = &entry.body else { return Ok(None) };
    if chunks::are_whole(store, entry.result, digests) {
        return Ok(None);
    }
    // Its chunks may be gone because the entry was removed meanwhile.
    let detail =
        crate::store::local::details::one(&store.connection, id)?.filter(|detail| detail.result == entry.result);
    Ok(detail.map(|detail| Finding {
        command: Some(detail.recipe.invocation()),
        ..finding(id, Some(entry.result), "its output does not fit its checksums")
    }))
}
