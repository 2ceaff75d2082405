//! Invalidating and deleting what a selector means, in batches that each hold the write lock for a moment.

use std::ops::{ControlFlow, RangeInclusive};

use rusqlite::{Connection as Sql, Row, params};

use super::barriers::{self, Barrier};
use super::connection::{Connection, Fault};
use super::row;
use crate::model::key::{Key, KeyParts};
use crate::store::{Recipe, Selected, Selector};

/// Rows that one transaction looks at.
const BATCH: i64 = 256;
/// Bytes of transcripts in rows, as a bound on what one transaction reads and frees.
const BATCH_BYTES: i64 = 4 * 1024 * 1024;

/// An entry that may be selected.
struct Candidate {
    id: i64,
    key: Option<Key>,
    is_valid: bool,
    checksum: Option<[u8; 16]>,
    inline_size: i64,
    /// What the key was made of and how to fetch it again, unless they are damaged.
    origin: Option<(KeyParts, Recipe)>,
}

impl Candidate {
    const COLUMNS: &str = "id,key,invalidated,checksum,CASE WHEN chunked THEN 0 ELSE size END,parts,recipe";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let key = row.get_ref(1)?.as_blob().ok().and_then(Key::from_slice);
        let parts = row.get_ref(5)?.as_blob().ok().and_then(KeyParts::decode);
        let parts = parts.filter(|parts| Some(parts.to_key()) == key);
        let recipe = row.get_ref(6)?.as_blob().ok();
        Ok(Self {
            id: row.get(0)?,
            key,
            is_valid: row.get_ref(2)?.as_i64() == Ok(0),
            checksum: row.get(3).ok(),
            inline_size: row.get(4).unwrap_or(0),
            origin: parts.and_then(|parts| Recipe::decode(recipe?, &parts).map(|recipe| (parts, recipe))),
        })
    }

    /// A damaged entry is selected by every selector that does not say otherwise: better one too many.
    fn is_selected_by(&self, selector: &Selector) -> bool {
        match (selector, self.key, &self.origin) {
            (Selector::Key(selected), Some(key), _) => *selected == key,
            (Selector::Prefix(prefix), Some(key), _) => prefix.begins(&key),
            (selector, Some(key), Some((parts, recipe))) => selector.matches(&key, parts, recipe),
            _ => true,
        }
    }
}

/// Marks stale what `selector` means, and tells what that was.
pub(crate) fn invalidate(
    connection: &Connection,
    selector: &Selector,
    found: &mut dyn FnMut(Selected),
) -> Result<(), Fault> {
    in_batches(
        connection,
        selector,
        Barrier::Invalidation,
        |sql, candidate| {
            if candidate.is_valid
                && let Some(checksum) = candidate.checksum
            {
                let checksum = row::inverted(checksum);
                sql.execute("UPDATE entry SET invalidated=1,checksum=?2 WHERE id=?1", params![candidate.id, checksum])?;
            }
            Ok(())
        },
        |candidate| {
            if let (Some(key), Some((parts, recipe))) = (candidate.key, candidate.origin) {
                found(Selected { key, parts, recipe });
            }
        },
    )
}

/// Hands what `selector` means to `each`, in batches that each hold a read lock for a moment.
pub(crate) fn visit(
    connection: &Connection,
    selector: &Selector,
    each: &mut dyn FnMut(Selected) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let (mut start, end) = rows_of(selector).into_inner();
    loop {
        let Some((batch, next)) = connection.read(|sql| read_batch(sql, start..=end, selector))? else {
            return Ok(());
        };
        for candidate in batch {
            if let (Some(key), Some((parts, recipe))) = (candidate.key, candidate.origin)
                && each(Selected { key, parts, recipe }).is_break()
            {
                return Ok(());
            }
        }
        match next {
            Some(next) => start = next,
            None => return Ok(()),
        }
    }
}

/// Removes what `selector` means; returns how many entries that were.
pub(crate) fn delete(connection: &Connection, selector: &Selector) -> Result<u64, Fault> {
    if *selector == Selector::All {
        return delete_all(connection);
    }
    let mut count = 0;
    in_batches(
        connection,
        selector,
        Barrier::Deletion,
        |sql, candidate| {
            row::unlink(sql, candidate.id)?;
            sql.execute("DELETE FROM failure WHERE id=?1", [candidate.id]).map(drop)
        },
        |_| count += 1,
    )?;
    // Failures of what never had a result, as far as their keys tell whether they are meant.
    if matches!(selector, Selector::Key(_) | Selector::Prefix(_)) {
        let range = rows_of(selector);
        let write = connection.write()?;
        write.execute("DELETE FROM failure WHERE id BETWEEN ?1 AND ?2", [range.start(), range.end()])?;
        write.commit()?;
    }
    Ok(count)
}

/// In one transaction: SQLite drops the pages of a whole table without looking at its rows. A million entries took it
/// 0.6 s, and 54 s in batches.
fn delete_all(connection: &Connection) -> Result<u64, Fault> {
    let write = connection.write()?;
    barriers::append(&write, &Selector::All, Barrier::Deletion)?;
    let count: i64 = write.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
    write.execute_batch(
        "INSERT OR IGNORE INTO pending SELECT result FROM entry WHERE chunked AND typeof(result)='integer'; \
         DELETE FROM entry; DELETE FROM failure; DELETE FROM condition; DELETE FROM usage",
    )?;
    write.commit()?;
    Ok(count.unsigned_abs())
}

/// The keys that `selector` may mean by their rows, `limit` at most.
pub(crate) fn keys(sql: &Sql, selector: &Selector, limit: i64) -> rusqlite::Result<Vec<Key>> {
    let range = rows_of(selector);
    let mut statement = sql.prepare("SELECT key FROM entry WHERE id BETWEEN ?1 AND ?2 LIMIT ?3")?;
    let mut rows = statement.query(params![range.start(), range.end(), limit])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_blob().ok().and_then(Key::from_slice);
        keys.extend(key.filter(|key| match selector {
            Selector::Prefix(prefix) => prefix.begins(key),
            _ => true,
        }));
    }
    Ok(keys)
}

/// Puts up the barrier, then has `change` applied to every selected entry, and `done` told of it once that is durable.
fn in_batches(
    connection: &Connection,
    selector: &Selector,
    barrier: Barrier,
    mut change: impl FnMut(&Sql, &Candidate) -> rusqlite::Result<()>,
    mut done: impl FnMut(Candidate),
) -> Result<(), Fault> {
    let (mut start, end) = rows_of(selector).into_inner();
    let mut is_first = true;
    loop {
        let write = connection.write()?;
        if is_first {
            barriers::append(&write, selector, barrier)?;
            is_first = false;
        }
        let (batch, next) = read_batch(&write, start..=end, selector)?;
        for candidate in &batch {
            change(&write, candidate)?;
        }
        write.commit()?;
        batch.into_iter().for_each(&mut done);
        match next {
            Some(next) => start = next,
            None => return Ok(()),
        }
    }
}

/// The selected among the first rows of `range`, and where the next batch begins if there are more.
fn read_batch(
    sql: &Sql,
    range: RangeInclusive<i64>,
    selector: &Selector,
) -> rusqlite::Result<(Vec<Candidate>, Option<i64>)> {
    let mut statement = sql.prepare(&format!(
        "SELECT {} FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
        Candidate::COLUMNS
    ))?;
    let mut rows = statement.query(params![range.start(), range.end(), BATCH])?;
    let (mut batch, mut count, mut bytes) = (Vec::new(), 0, 0_i64);
    while let Some(row) = rows.next()? {
        let candidate = Candidate::read(row)?;
        count += 1;
        let last = candidate.id;
        if candidate.is_selected_by(selector) {
            bytes = bytes.saturating_add(candidate.inline_size.max(0));
            batch.push(candidate);
        }
        if count == BATCH || bytes >= BATCH_BYTES {
            return Ok((batch, last.checked_add(1).filter(|next| next <= range.end())));
        }
    }
    Ok((batch, None))
}

/// The rows that may hold what is selected: all of them, unless the selector is about the key.
pub(crate) fn rows_of(selector: &Selector) -> RangeInclusive<i64> {
    match selector {
        Selector::Key(key) => row::id_of(key)..=row::id_of(key),
        // All of them have their first bit in common, so that the signed numbers are a range as well.
        Selector::Prefix(prefix) => {
            let (first, last) = prefix.first_bits().into_inner();
            first.cast_signed()..=last.cast_signed()
        }
        _ => i64::MIN..=i64::MAX,
    }
}
