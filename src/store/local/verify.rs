//! Looking at everything that is stored: SQLite's own check, and every checksum.

use rusqlite::{Connection as Sql, Row, params};

use super::SqliteStore;
use super::chunks;
use super::connection::Fault;
use super::row;
use crate::model::key::{Key, KeyParts};
use crate::store::{Body, Condition, Entry, Finding, Recipe, ResultId};

/// Rows that one transaction looks at.
const BATCH: i64 = 256;
/// Bytes of output that one transaction reads, but for the last row's.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Lines of SQLite's report; where there are more, one reads no further.
const REPORT_LINES: i64 = 20;

/// What one row turned out to be.
enum Verdict {
    Whole,
    Damaged(Finding),
    /// As far as the row goes; its output is in chunks.
    Chunked(Entry),
}

/// Rows by their number, and where the next batch begins if there are more.
type Batch = (Vec<(i64, Verdict)>, Option<i64>);

/// What SQLite has to say about its file; nothing if all is well.
pub(crate) fn integrity(store: &SqliteStore) -> Result<Vec<String>, Fault> {
    let report = |sql: &Sql| {
        let mut statement = sql.prepare(&format!("PRAGMA integrity_check({REPORT_LINES})"))?;
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()
    };
    let mut lines = store.connection.read(report)?.unwrap_or_default();
    lines.retain(|line| line != "ok");
    Ok(lines)
}

/// Makes the indexes anew, from the tables.
pub(crate) fn rebuild_indexes(store: &SqliteStore) -> Result<(), Fault> {
    let write = store.connection.write()?;
    write.execute_batch("REINDEX")?;
    Ok(write.commit()?)
}

/// Looks at every entry and hands on the damaged ones; `progress` is told how many it has seen. Returns how many there
/// are.
pub(crate) fn each_damaged(
    store: &SqliteStore,
    found: &mut dyn FnMut(Finding),
    progress: &mut dyn FnMut(u64),
) -> Result<u64, Fault> {
    let mut start = Some(i64::MIN);
    let mut seen = 0;
    while let Some(from) = start {
        let Some((verdicts, next)) = store.connection.read(|sql| read_batch(sql, from))? else { break };
        for (id, verdict) in verdicts {
            seen += 1;
            if let Some(finding) = damage(store, id, verdict)? {
                found(finding);
            }
        }
        progress(seen);
        start = next;
    }
    Ok(seen)
}

/// Removes the entry in row `id` if it is damaged still; whether it was.
pub(crate) fn remove_damaged(store: &SqliteStore, finding: &Finding) -> Result<bool, Fault> {
    let id = finding.position.0.cast_signed();
    let verdict = store.connection.read(|sql| read_one(sql, id))?.flatten();
    let Some(verdict) = verdict else { return Ok(false) };
    if damage(store, id, verdict)?.is_none_or(|now| now.result != finding.result) {
        return Ok(false);
    }
    let write = store.connection.write()?;
    let result =
        write.query_row("SELECT result FROM entry WHERE id=?1", [id], |row| Ok(row.get(0).ok().map(row::result_of)))?;
    // Another result may have taken its place.
    if result == finding.result {
        row::unlink(&write, id)?;
    }
    write.commit()?;
    Ok(result == finding.result)
}

fn read_batch(sql: &Sql, from: i64) -> rusqlite::Result<Batch> {
    let mut statement = sql.prepare(&format!("{SELECT} WHERE entry.id>=?1 ORDER BY entry.id LIMIT ?2"))?;
    let mut rows = statement.query(params![from, BATCH])?;
    let (mut batch, mut bytes, mut last) = (Vec::new(), 0, None);
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(ID)?;
        bytes += row.get_ref(BODY)?.as_bytes().map_or(0, <[u8]>::len);
        batch.push((id, judge(row)?));
        if bytes >= BATCH_BYTES || batch.len() as i64 == BATCH {
            last = id.checked_add(1);
            break;
        }
    }
    Ok((batch, last))
}

fn read_one(sql: &Sql, id: i64) -> rusqlite::Result<Option<Verdict>> {
    let mut statement = sql.prepare(&format!("{SELECT} WHERE entry.id=?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(judge).transpose()
}

/// Those that a hit reads come first, in the order that [`row::read`] expects.
const SELECT: &str = "SELECT entry.key,fetched_at,took,exit,invalidated,is_failure,expires_at,entry.result,size,chunked,checksum,body,\
     entry.id,parts,recipe,condition.result,facts FROM entry LEFT JOIN condition ON condition.id=entry.id";
const BODY: usize = 11;
const ID: usize = 12;

fn judge(row: &Row<'_>) -> rusqlite::Result<Verdict> {
    let id: i64 = row.get(ID)?;
    let bytes = |column: usize| row.get_ref(column).ok()?.as_blob().ok();
    let result = row.get(7).ok().map(row::result_of);
    let command = || {
        let parts = KeyParts::decode(bytes(13)?)?;
        Recipe::decode(bytes(14)?, &parts).map(|recipe| recipe.invocation())
    };
    let damaged = |what| Verdict::Damaged(Finding { command: command(), ..finding(id, result, what) });
    let Some(key) = bytes(0).and_then(Key::from_slice).filter(|key| row::id_of(key) == id) else {
        return Ok(damaged("its key is damaged"));
    };
    let Some(entry) = row::read(row, &key) else {
        return Ok(damaged("its output does not fit its checksum"));
    };
    let parts = bytes(13).and_then(KeyParts::decode).filter(|parts| parts.to_key() == key);
    if parts.is_none_or(|parts| bytes(14).and_then(|recipe| Recipe::decode(recipe, &parts)).is_none()) {
        return Ok(damaged("what its key is made of, or how to fetch it again, is damaged"));
    }
    // An earlier result's is left lying.
    let has_condition = row.get::<_, i64>(15).is_ok_and(|result| row::result_of(result) == entry.result);
    if has_condition && bytes(16).and_then(|facts| Condition::decode(facts, entry.result)).is_none() {
        return Ok(damaged("what decides about its freshness is damaged"));
    }
    Ok(match entry.body {
        Body::Inline(_) => Verdict::Whole,
        Body::Chunked(_) => Verdict::Chunked(entry),
    })
}

fn finding(id: i64, result: Option<ResultId>, what: &'static str) -> Finding {
    Finding { position: row::position_of(id), id: format!("{id:016x}"), result, command: None, what }
}

/// The damage of the entry in row `id`, chunks included.
fn damage(store: &SqliteStore, id: i64, verdict: Verdict) -> Result<Option<Finding>, Fault> {
    let entry = match verdict {
        Verdict::Whole => return Ok(None),
        Verdict::Damaged(finding) => return Ok(Some(finding)),
        Verdict::Chunked(entry) => entry,
    };
    let Body::Chunked(digests) = &entry.body else { return Ok(None) };
    if chunks::are_whole(store, entry.result, digests) {
        return Ok(None);
    }
    // Its chunks may have gone because the entry has.
    let detail =
        crate::store::local::details::one(&store.connection, id)?.filter(|detail| detail.result == entry.result);
    Ok(detail.map(|detail| Finding {
        command: Some(detail.recipe.invocation()),
        ..finding(id, Some(entry.result), "its output does not fit its checksums")
    }))
}
