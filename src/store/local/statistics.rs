//! Adding up the statistics, a batch of rows in each transaction.

use std::cmp::Reverse;
use std::time::Duration;

use rusqlite::{Connection as Sql, Row};

use super::connection::Connection;
use super::details;
use super::fault::Fault;
use super::usage::EARLIER;
use super::walk::Walk;
use crate::store::{Activity, EventKind, Statistics};

/// Rows that one transaction reads. Twice as many candidates for the top are collected before they are sorted.
const ROWS: usize = 4096;

pub(crate) fn add_up(connection: &Connection, top: usize) -> Result<Statistics, Fault> {
    let mut statistics = Statistics { database: database_size(connection)?, ..Statistics::default() };
    each_row(connection, "entry", "size", |row| {
        statistics.entries += 1;
        statistics.bytes = statistics.bytes.saturating_add(number(row, 1));
    })?;
    let mut most = Vec::new();
    each_row(connection, "usage", "saved,hits+stale_hits", |row| {
        let (saved, served) = (number(row, 1), number(row, 2));
        if let (true, Ok(id)) = (served > 0, row.get::<_, i64>(0)) {
            most.push((Reverse(saved), Reverse(served), id));
        }
        if most.len() > 2 * top.max(ROWS) {
            most.sort_unstable();
            most.truncate(top);
        }
    })?;
    most.sort_unstable();
    for (.., id) in most.into_iter().take(top) {
        statistics.top.extend(details::one(connection, id)?);
    }
    statistics.activity = connection.read(activity)?.unwrap_or_default();
    Ok(statistics)
}

fn database_size(connection: &Connection) -> Result<u64, Fault> {
    let pragma = |name| connection.raw().pragma_query_value(None, name, |row| Ok(number(row, 0)));
    Ok(pragma("page_count")?.saturating_mul(pragma("page_size")?))
}

/// Calls `each` with the `id` and these columns of each row of `table`.
pub(crate) fn each_row(
    connection: &Connection,
    table: &str,
    columns: &str,
    mut each: impl FnMut(&Row<'_>),
) -> Result<(), Fault> {
    let mut walk = Walk::over(table, columns, i64::MIN..=i64::MAX).in_batches_of(ROWS);
    let mut read = |row: &Row<'_>| {
        each(row);
        Ok((None::<()>, 0))
    };
    while walk.next(connection, &mut read)?.is_some() {}
    Ok(())
}

fn activity(sql: &Sql) -> rusqlite::Result<Vec<Activity>> {
    let mut statement = sql.prepare("SELECT hour,kind,count,saved FROM activity ORDER BY hour,kind")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let hour: i64 = row.get(0)?;
        // Kinds that only a later version knows are left out.
        if let Some(kind) = EventKind::from_number(row.get(1)?) {
            found.push(Activity {
                hour: (hour != EARLIER).then_some(hour),
                kind,
                count: number(row, 2),
                saved: Duration::from_micros(number(row, 3)),
            });
        }
    }
    Ok(found)
}

/// A damaged number counts as 0.
fn number(row: &Row<'_>, column: usize) -> u64 {
    row.get::<_, i64>(column).ok().and_then(|number| number.try_into().ok()).unwrap_or(0)
}
