//! Entries one after another with all that is known of them, a batch at a time: no transaction is longer than the
//! reading of one batch, and no more than one is in memory.

use std::ops::{ControlFlow, RangeInclusive};
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection as Sql, Row, Statement, ToSql};

use super::connection::{Connection, Fault};
use super::failure;
use super::row::{Standing, flag, id_of, position_of, result_of};
use super::selection::rows_of;
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::store::{Condition, Detail, Position, Recipe, Selector, Usage};

/// Rows that one transaction looks at.
const BATCH: i64 = 256;
/// Bytes that one batch holds, but for the last row's.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

const COLUMNS: &str = "entry.key,fetched_at,took,exit,invalidated,is_failure,expires_at,entry.result,size,parts,recipe,\
                       facts,used_at,hits,stale_hits,saved,count,at,status,retry_at,stderr";
const TABLES: &str = "entry LEFT JOIN condition ON condition.id=entry.id AND condition.result=entry.result \
                      LEFT JOIN usage ON usage.id=entry.id \
                      LEFT JOIN failure ON failure.id=entry.id AND failure.key=entry.key";

/// The place of a row in the order of fetches. The time may be damaged, and still is a place in the index.
type Place = (Value, i64);

/// Hands on what all of `selectors` mean, the newest first; what is damaged is left out.
pub(crate) fn each(
    connection: &Connection,
    selectors: &[Selector],
    found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let rows = selectors.iter().map(rows_of).reduce(intersection).unwrap_or(i64::MIN..=i64::MAX);
    let is_selected =
        |detail: &Detail| selectors.iter().all(|selector| selector.matches(&detail.key, &detail.parts, &detail.recipe));
    if rows.start() == rows.end() {
        let detail = connection.read(|sql| prepare(sql)?.query_one(*rows.start()))?.flatten();
        if let Some(detail) = detail.filter(is_selected) {
            let _ = found(detail);
        }
        return Ok(());
    }
    let mut after = (Value::Integer(i64::MAX), i64::MAX);
    loop {
        let Some((batch, next)) = connection.read(|sql| read_batch(sql, after, &rows))? else { return Ok(()) };
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

/// Hands on the entries at `positions`, in that order; what is damaged or gone is left out.
pub(crate) fn each_at(
    connection: &Connection,
    positions: &mut dyn Iterator<Item = Position>,
    found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let mut positions = positions.peekable();
    while positions.peek().is_some() {
        let batch = connection.read(|sql| {
            let mut details = prepare(sql)?;
            let (mut batch, mut bytes) = (Vec::new(), 0);
            for position in positions.by_ref().take(BATCH as usize) {
                let (detail, size) = details.query_sized(position.0.cast_signed())?;
                batch.extend(detail);
                bytes += size;
                if bytes >= BATCH_BYTES {
                    break;
                }
            }
            Ok(batch)
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
fn read_batch(sql: &Sql, after: Place, rows: &RangeInclusive<i64>) -> rusqlite::Result<(Vec<Detail>, Option<Place>)> {
    let mut details = prepare(sql)?;
    let (mut batch, mut count, mut bytes) = (Vec::new(), 0, 0);
    // The index gives the order; the row itself is only read where it may be wanted. With both conditions in one,
    // SQLite would walk through all that were fetched at the same moment each time.
    let conditions: [(&str, &[&dyn ToSql]); 2] =
        [("fetched_at=?1 AND id<?2", &[&after.0, &after.1]), ("fetched_at<?1", &[&after.0])];
    for (condition, params) in conditions {
        let left = BATCH - count;
        let mut newest = sql.prepare(&format!(
            "SELECT fetched_at,id FROM entry WHERE {condition} ORDER BY fetched_at DESC,id DESC LIMIT {left}"
        ))?;
        let mut positions = newest.query(params)?;
        while let Some(position) = positions.next()? {
            let id: i64 = position.get(1)?;
            count += 1;
            if rows.contains(&id) {
                let (detail, size) = details.query_sized(id)?;
                bytes += size;
                batch.extend(detail);
            }
            if count == BATCH || bytes >= BATCH_BYTES {
                return Ok((batch, Some((position.get(0)?, id))));
            }
        }
    }
    Ok((batch, None))
}

struct ById<'a>(Statement<'a>);

fn prepare(sql: &Sql) -> rusqlite::Result<ById<'_>> {
    Ok(ById(sql.prepare(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE entry.id=?1"))?))
}

impl ById<'_> {
    fn query_one(&mut self, id: i64) -> rusqlite::Result<Option<Detail>> {
        Ok(self.query_sized(id)?.0)
    }

    /// The entry, unless it is damaged, and how many bytes its row made.
    fn query_sized(&mut self, id: i64) -> rusqlite::Result<(Option<Detail>, usize)> {
        let mut rows = self.0.query([id])?;
        let Some(row) = rows.next()? else { return Ok((None, 0)) };
        let size = [9, 10, 11, 20].map(|column| row.get_ref(column).and_then(|value| Ok(value.as_bytes()?.len())));
        Ok((read(row), size.into_iter().flatten().sum()))
    }
}

fn read(row: &Row<'_>) -> Option<Detail> {
    let bytes = |column| row.get_ref(column).ok()?.as_blob().ok();
    let key = bytes(0).and_then(Key::from_slice)?;
    let parts = bytes(9).and_then(KeyParts::decode).filter(|parts| parts.to_key() == key)?;
    let recipe = Recipe::decode(bytes(10)?, &parts)?;
    let result = result_of(row.get(7).ok()?);
    Some(Detail {
        position: position_of(id_of(&key)),
        key,
        recipe,
        parts,
        fetched_at: Timestamp::from_millis(row.get(1).ok()?),
        took: Duration::from_micros(count(row, 2)?),
        exit: row.get(3).ok()?,
        invalidated: flag(row, 4)?,
        is_failure: Standing::from_number(row.get(5).ok()?)? == Standing::Failure,
        expires_at: Timestamp::from_millis(row.get(6).ok()?),
        result,
        size: count(row, 8)?,
        condition: bytes(11).and_then(|facts| Condition::decode(facts, result)).unwrap_or_default(),
        usage: usage(row).unwrap_or_default(),
        failure: failure::read(row, 16),
    })
}

fn count(row: &Row<'_>, column: usize) -> Option<u64> {
    row.get::<_, i64>(column).ok()?.try_into().ok()
}

fn usage(row: &Row<'_>) -> Option<Usage> {
    Some(Usage {
        last: Some(Timestamp::from_millis(row.get(12).ok()?)),
        hits: count(row, 13)?,
        stale_hits: count(row, 14)?,
        saved: Duration::from_micros(count(row, 15)?),
    })
}
