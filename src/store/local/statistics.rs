//! Adding everything up, a batch of rows in each transaction.

use std::cmp::Reverse;
use std::time::Duration;

use rusqlite::{Connection as Sql, Row, params};

use super::connection::{Connection, Fault};
use super::details;
use super::usage::EARLIER;
use crate::store::{Activity, EventKind, Statistics};

/// Rows that one transaction looks at.
const BATCH: i64 = 4096;

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
        if most.len() > 2 * top.max(BATCH as usize) {
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

/// Hands on the `id` and these columns of each row of `table`.
pub(crate) fn each_row(
    connection: &Connection,
    table: &str,
    columns: &str,
    mut each: impl FnMut(&Row<'_>),
) -> Result<(), Fault> {
    let query = format!("SELECT id,{columns} FROM {table} WHERE id>=?1 ORDER BY id LIMIT ?2");
    let mut start = Some(i64::MIN);
    while let Some(from) = start {
        start = connection
            .read(|sql| {
                let mut statement = sql.prepare(&query)?;
                let mut rows = statement.query(params![from, BATCH])?;
                let (mut count, mut last) = (0, from);
                while let Some(row) = rows.next()? {
                    (count, last) = (count + 1, row.get(0)?);
                    each(row);
                }
                Ok(last.checked_add(1).filter(|_| count == BATCH))
            })?
            .flatten();
    }
    Ok(())
}

fn activity(sql: &Sql) -> rusqlite::Result<Vec<Activity>> {
    let mut statement = sql.prepare("SELECT hour,kind,count,saved FROM activity ORDER BY hour,kind")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let hour: i64 = row.get(0)?;
        // A kind that a later version knows is none of ours.
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

/// What is damaged counts as nothing.
fn number(row: &Row<'_>, column: usize) -> u64 {
    row.get::<_, i64>(column).ok().and_then(|number| number.try_into().ok()).unwrap_or(0)
}
