//! The rows of background fetches that failed.

use rusqlite::{Connection, params};

use super::ids;
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::store::Failure;

/// What is known of failed background fetches of `key`; a damaged row counts as nothing.
pub(crate) fn lookup(sql: &Connection, key: &Key) -> rusqlite::Result<Option<Failure>> {
    let mut statement = sql.prepare("SELECT count,at,status,retry_at,stderr FROM failure WHERE id=?1 AND key=?2")?;
    let mut rows = statement.query(params![ids::id_of(key), key.0])?;
    Ok(rows.next()?.and_then(|row| read(row, 0)))
}

/// The failure in the five columns of `row` from `first` on.
pub(crate) fn read(row: &rusqlite::Row<'_>, first: usize) -> Option<Failure> {
    Some(Failure {
        count: row.get(first).ok()?,
        at: Timestamp::from_millis(row.get(first + 1).ok()?),
        status: row.get(first + 2).ok()?,
        retry_at: Timestamp::from_millis(row.get(first + 3).ok()?),
        stderr: row.get(first + 4).ok()?,
    })
}

/// Records that a background fetch of `key` failed.
pub(crate) fn record(sql: &Connection, key: &Key, failure: &Failure) -> rusqlite::Result<()> {
    let Failure { count, at, status, retry_at, stderr } = failure;
    let (at, retry_at) = (at.as_millis(), retry_at.as_millis());
    let values = params![ids::id_of(key), key.0, count, at, status, retry_at, stderr];
    sql.execute("INSERT OR REPLACE INTO failure VALUES(?1,?2,?3,?4,?5,?6,?7)", values).map(drop)
}
