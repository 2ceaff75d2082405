//! The standing of entries among the results of other hosts. Its tables are made when they are first needed.

use rusqlite::{Connection, params};

use super::ids::number_of;
use crate::store::{ResultId, Standing};

/// Makes the tables that only shared results need.
pub(crate) fn make(sql: &Connection) -> rusqlite::Result<()> {
    if is_made(sql)? { Ok(()) } else { sql.execute_batch(include_str!("../schema/shared.sql")) }
}

/// Whether these tables exist; either all of them do, or none.
pub(crate) fn is_made(sql: &Connection) -> rusqlite::Result<bool> {
    sql.query_row("SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE name='fence')", [], |row| row.get(0))
}

/// Whether the log is still in the epoch in which the server was asked.
pub(crate) fn is_of_epoch(sql: &Connection, standing: &Standing) -> rusqlite::Result<bool> {
    const QUERY: &str = "SELECT EXISTS(SELECT 1 FROM log WHERE id=?1 AND epoch=?2)";
    sql.query_row(QUERY, params![standing.log.0, standing.epoch], |row| row.get(0))
}

/// Whether the entry in row `id` is of the same epoch and has this fence or a higher one.
pub(crate) fn is_reached(sql: &Connection, id: i64, standing: &Standing) -> rusqlite::Result<bool> {
    const QUERY: &str = "SELECT EXISTS(SELECT 1 FROM fence JOIN entry USING(id,result) \
                         WHERE id=?1 AND epoch=?2 AND fence>=?3)";
    sql.query_row(QUERY, params![id, standing.epoch, standing.fence.cast_signed()], |row| row.get(0))
}

/// Sets the standing of `result`, which becomes the entry in row `id`. For an entry without a standing, the row of an
/// earlier result stays; it names that result.
pub(crate) fn set(sql: &Connection, id: i64, result: ResultId, standing: &Standing) -> rusqlite::Result<()> {
    let fence = params![id, number_of(result), standing.epoch, standing.fence.cast_signed()];
    sql.execute("INSERT OR REPLACE INTO fence VALUES(?1,?2,?3,?4)", fence).map(drop)
}

/// Removes the standing of the entry in row `id`.
pub(crate) fn forget(sql: &Connection, id: i64) -> rusqlite::Result<()> {
    if is_made(sql)? { sql.execute("DELETE FROM fence WHERE id=?1", [id]).map(drop) } else { Ok(()) }
}

/// Removes the standing of all entries.
pub(crate) fn forget_all(sql: &Connection) -> rusqlite::Result<()> {
    if is_made(sql)? { sql.execute("DELETE FROM fence", []).map(drop) } else { Ok(()) }
}
