//! The rows of conditions.

use rusqlite::{Connection, OptionalExtension, params};

use super::ids;
use crate::store::{Condition, Entry, ResultId};

/// The condition of `entry`. A damaged one is `None`, which makes the entry stale.
pub(crate) fn lookup(sql: &Connection, entry: &Entry) -> rusqlite::Result<Option<Condition>> {
    let bytes: Option<Vec<u8>> = sql
        .prepare("SELECT facts FROM condition WHERE id=?1 AND result=?2")?
        .query_row(params![ids::id_of(&entry.summary.key), ids::number_of(entry.result)], |found| found.get(0))
        .optional()?;
    Ok(bytes.and_then(|bytes| Condition::decode(&bytes, entry.result)))
}

/// Sets the condition of the entry in row `id`. An empty one leaves the row of an earlier result, which has another
/// name.
pub(crate) fn set(sql: &Connection, id: i64, result: ResultId, condition: &Condition) -> rusqlite::Result<()> {
    if !condition.is_empty() {
        let facts = condition.encode(result);
        sql.execute("INSERT OR REPLACE INTO condition VALUES(?1,?2,?3)", params![id, ids::number_of(result), facts])?;
    }
    Ok(())
}

/// Forgets the condition of the entry in row `id`.
pub(crate) fn forget(sql: &Connection, id: i64) -> rusqlite::Result<()> {
    sql.execute("DELETE FROM condition WHERE id=?1", [id]).map(drop)
}
