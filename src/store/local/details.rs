//! Listing entries with all that is known of them, the newest first, a batch in each transaction.

use std::ops::{ControlFlow, RangeInclusive};
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection as Sql, Row, Statement, ToSql};

use super::columns::{self, Cursor, HEAD, HEAD_SIZE, Head};
use super::connection::Connection;
use super::failure;
use super::fault::Fault;
use super::ids::{id_of, locator_of};
use super::selection::rows_of;
use super::walk::{Batch, ROWS};
use crate::model::time::Timestamp;
use crate::store::{Condition, Detail, Locator, Order, Rank, Selector, Start, Usage};

/// The columns after those of the head.
const PARTS: usize = HEAD_SIZE;
const FACTS: usize = PARTS + 2;
const USAGE: usize = FACTS + 1;
const FAILURE: usize = USAGE + 4;
const STDERR: usize = FAILURE + 4;
const OTHERS: &str = "parts,recipe,facts,used_at,hits,stale_hits,saved,count,at,status,retry_at,stderr";
const TABLES: &str = "entry LEFT JOIN condition ON condition.id=entry.id AND condition.result=entry.result \
                      LEFT JOIN usage ON usage.id=entry.id \
                      LEFT JOIN failure ON failure.id=entry.id AND failure.key=entry.key";

/// Where a row is in the order of fetches. The index has a damaged time, too.
type FetchOrder = (Value, i64);

/// How many rows there are; `at_most` if there are more. Reads at most that many rows of the smallest index.
pub(crate) fn count_entries(sql: &Sql, at_most: u64) -> rusqlite::Result<u64> {
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let query = "SELECT count(*) FROM (SELECT 1 FROM entry ORDER BY fetched_at LIMIT ?1)";
    Ok(sql.query_row(query, [at_most], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// Calls `found` with the entries from `start` on that all of `selectors` select; leaves out damaged ones.
pub(crate) fn each(
    connection: &Connection,
    start: Start,
    selectors: &[Selector],
    found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let rows = selectors.iter().map(rows_of).reduce(intersection).unwrap_or(i64::MIN..=i64::MAX);
    let is_selected = |detail: &Detail| {
        selectors.iter().all(|selector| selector.matches(&detail.summary.key, &detail.parts, &detail.recipe))
    };
    if rows.start() == rows.end() {
        let detail = connection.read(|sql| prepare(sql)?.query_one(*rows.start()))?.flatten();
        if let Some(detail) = detail.filter(is_selected) {
            let _ = found(detail);
        }
        return Ok(());
    }
    let mut after = match (start.after, start.order) {
        (Some(Rank { fetched_at, locator }), _) => (Value::Integer(fetched_at.as_millis()), locator.0.cast_signed()),
        (None, Order::NewestFirst) => (Value::Integer(i64::MAX), i64::MAX),
        (None, Order::OldestFirst) => (Value::Integer(i64::MIN), i64::MIN),
    };
    loop {
        let Some((batch, next)) = connection.read(|sql| read_batch(sql, start.order, after, &rows))? else {
            return Ok(());
        };
        for detail in batch.into_iter().filter(is_selected) {
            if found(detail).is_break() {
                return Ok(());
            }
        }
        match next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// Calls `found` with the entries at `locators`, in that order; leaves out those that are damaged or gone.
pub(crate) fn each_at(
    connection: &Connection,
    locators: &mut dyn Iterator<Item = Locator>,
    found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let mut locators = locators.peekable();
    while locators.peek().is_some() {
        let batch = connection.read(|sql| {
            let mut details = prepare(sql)?;
            let (mut found, mut batch) = (Vec::new(), Batch::default());
            for locator in locators.by_ref() {
                let (detail, size) = details.query_sized(locator.0.cast_signed())?;
                found.extend(detail);
                if batch.add(size) {
                    break;
                }
            }
            Ok(found)
        })?;
        let Some(batch) = batch else { return Ok(()) };
        for detail in batch {
            if found(detail).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The entry in row `id`.
pub(crate) fn one(connection: &Connection, id: i64) -> Result<Option<Detail>, Fault> {
    Ok(connection.read(|sql| prepare(sql)?.query_one(id))?.flatten())
}

fn intersection(one: RangeInclusive<i64>, other: RangeInclusive<i64>) -> RangeInclusive<i64> {
    *one.start().max(other.start())..=*one.end().min(other.end())
}

/// The entries of `rows` among those that come after `after`, and where the next batch begins if there are more.
fn read_batch(
    sql: &Sql,
    order: Order,
    after: FetchOrder,
    rows: &RangeInclusive<i64>,
) -> rusqlite::Result<(Vec<Detail>, Option<FetchOrder>)> {
    let mut details = prepare(sql)?;
    let (mut found, mut batch) = (Vec::new(), Batch::default());
    // The index gives the order; the row itself is only read where it may be wanted. With both conditions in one query,
    // SQLite would read all rows of the same moment for each batch.
    let conditions: [(&str, &[&dyn ToSql]); 2] = [("=?1 AND id{}?2", &[&after.0, &after.1]), ("{}?1", &[&after.0])];
    let (beyond, direction) = match order {
        Order::NewestFirst => ("<", "DESC"),
        Order::OldestFirst => (">", "ASC"),
    };
    for (condition, params) in conditions {
        let mut newest = sql.prepare(&format!(
            "SELECT fetched_at,id FROM entry WHERE fetched_at{} ORDER BY fetched_at {direction},id {direction} LIMIT {ROWS}",
            condition.replace("{}", beyond)
        ))?;
        let mut ranks = newest.query(params)?;
        while let Some(rank) = ranks.next()? {
            let id: i64 = rank.get(1)?;
            let (detail, bytes) = if rows.contains(&id) { details.query_sized(id)? } else { (None, 0) };
            found.extend(detail);
            if batch.add(bytes) {
                return Ok((found, Some((rank.get(0)?, id))));
            }
        }
    }
    Ok((found, None))
}

struct ById<'a>(Statement<'a>);

fn prepare(sql: &Sql) -> rusqlite::Result<ById<'_>> {
    Ok(ById(sql.prepare(&format!("SELECT {HEAD},{OTHERS} FROM {TABLES} WHERE entry.id=?1"))?))
}

impl ById<'_> {
    fn query_one(&mut self, id: i64) -> rusqlite::Result<Option<Detail>> {
        Ok(self.query_sized(id)?.0)
    }

    /// The entry, unless it is damaged, and the bytes of its row.
    fn query_sized(&mut self, id: i64) -> rusqlite::Result<(Option<Detail>, usize)> {
        let mut rows = self.0.query([id])?;
        let Some(row) = rows.next()? else { return Ok((None, 0)) };
        let size = [PARTS, PARTS + 1, FACTS, STDERR].map(|column| columns::blob(row, column).map_or(0, <[u8]>::len));
        Ok((read(row), size.into_iter().sum()))
    }
}

fn read(row: &Row<'_>) -> Option<Detail> {
    let (Head { summary, result, .. }, _) = Head::read(&mut Cursor::new(row, 0))?;
    let (parts, recipe) = columns::origin(row, PARTS, &summary.key)?;
    Some(Detail {
        locator: locator_of(id_of(&summary.key)),
        summary,
        recipe,
        parts,
        result,
        condition: columns::blob(row, FACTS).and_then(|facts| Condition::decode(facts, result)).unwrap_or_default(),
        usage: usage(row).unwrap_or_default(),
        failure: failure::read(row, FAILURE),
    })
}

fn count(row: &Row<'_>, column: usize) -> Option<u64> {
    row.get::<_, i64>(column).ok()?.try_into().ok()
}

fn usage(row: &Row<'_>) -> Option<Usage> {
    Some(Usage {
        last: Some(Timestamp::from_millis(row.get(USAGE).ok()?)),
        hits: count(row, USAGE + 1)?,
        stale_hits: count(row, USAGE + 2)?,
        saved: Duration::from_micros(count(row, USAGE + 3)?),
    })
}
