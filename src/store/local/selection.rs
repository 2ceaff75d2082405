//! Invalidating and deleting what a selector selects, in batches that each hold the write lock for a moment.

use std::ops::{ControlFlow, RangeInclusive};

use rusqlite::{Connection as Sql, Row, params};

use super::barriers::{self, Barrier};
#[cfg(feature = "shared")]
use super::chunks::SHARED;
use super::columns::{self, HEAD, HEAD_SIZE};
use super::connection::Connection;
use super::fault::Fault;
use super::fence;
use super::ids;
use super::row;
use super::walk::Walk;
use crate::model::key::{Key, KeyParts};
use crate::store::{Recipe, Selected, Selector};

/// An entry that may be selected.
pub(crate) struct Candidate {
    id: i64,
    key: Option<Key>,
    is_valid: bool,
    #[cfg(feature = "shared")]
    is_shared: bool,
    checksum: Option<[u8; 16]>,
    inline_size: i64,
    /// What the key was made of and how to fetch it again, unless they are damaged.
    origin: Option<(KeyParts, Recipe)>,
}

impl Candidate {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let column = |column| columns::blob(row, 1 + column);
        let is = |column, number| row.get::<_, i64>(1 + column) == Ok(number);
        let key = column(columns::KEY).and_then(Key::from_slice);
        Ok(Self {
            id: row.get(0)?,
            key,
            is_valid: is(columns::INVALIDATED, 0),
            #[cfg(feature = "shared")]
            is_shared: row.get::<_, i64>(1 + columns::RESULT).is_ok_and(|result| result & SHARED != 0),
            checksum: column(columns::CHECKSUM).and_then(|checksum| checksum.try_into().ok()),
            inline_size: if is(columns::CHUNKED, 1) { 0 } else { row.get(1 + columns::SIZE).unwrap_or(0) },
            origin: key.and_then(|key| columns::origin(row, 1 + HEAD_SIZE, &key)),
        })
    }

    /// A damaged entry that a selector cannot be compared with is selected: better one entry too many than one too few.
    pub(crate) fn is_selected_by(&self, selector: &Selector) -> bool {
        match (selector, self.key, &self.origin) {
            (Selector::Key(selected), Some(key), _) => *selected == key,
            (Selector::Prefix(prefix), Some(key), _) => prefix.begins(&key),
            (selector, Some(key), Some((parts, recipe))) => selector.matches(&key, parts, recipe),
            _ => true,
        }
    }

    /// Whether it is of a shared call.
    #[cfg(feature = "shared")]
    pub(crate) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// How many bytes of transcript its removal frees in the transaction.
    pub(crate) fn bytes(&self) -> usize {
        self.inline_size.try_into().unwrap_or(0)
    }

    /// Marks it stale.
    pub(crate) fn make_stale(&self, sql: &Sql) -> rusqlite::Result<()> {
        if let (true, Some(checksum)) = (self.is_valid, self.checksum) {
            let checksum = columns::inverted(checksum);
            sql.execute("UPDATE entry SET invalidated=1,checksum=?2 WHERE id=?1", params![self.id, checksum])?;
        }
        Ok(())
    }

    /// Removes it.
    pub(crate) fn remove(&self, sql: &Sql) -> rusqlite::Result<()> {
        row::remove(sql, self.id)?;
        sql.execute("DELETE FROM failure WHERE id=?1", [self.id]).map(drop)
    }
}

/// What is done besides in the first transaction of a change.
pub(crate) type InFirstTransaction<'a> = &'a dyn Fn(&Sql) -> rusqlite::Result<()>;

/// Marks stale what `selector` selects, and passes it to `found`.
pub(crate) fn invalidate(
    connection: &Connection,
    selector: &Selector,
    also: InFirstTransaction<'_>,
    found: &mut dyn FnMut(Selected),
) -> Result<(), Fault> {
    in_batches(
        connection,
        selector,
        Barrier::Invalidation,
        also,
        |sql, candidate| candidate.make_stale(sql),
        |candidate| {
            if let (Some(key), Some((parts, recipe))) = (candidate.key, candidate.origin) {
                found(Selected { key, parts, recipe });
            }
        },
    )
}

/// Calls `each` with what `selector` selects, in batches that each hold a read lock for a moment.
pub(crate) fn visit(
    connection: &Connection,
    selector: &Selector,
    each: &mut dyn FnMut(Selected) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let mut walk = walk(rows_of(selector));
    while let Some(batch) = walk.next(connection, |row| candidate(row, selector))? {
        for candidate in batch {
            if let (Some(key), Some((parts, recipe))) = (candidate.key, candidate.origin)
                && each(Selected { key, parts, recipe }).is_break()
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Removes what `selector` selects; returns how many entries were removed.
pub(crate) fn delete(connection: &Connection, selector: &Selector, also: InFirstTransaction<'_>) -> Result<u64, Fault> {
    if *selector == Selector::All {
        return delete_all(connection, also);
    }
    let mut count = 0;
    in_batches(connection, selector, Barrier::Deletion, also, |sql, candidate| candidate.remove(sql), |_| count += 1)?;
    // A selector of keys also selects the failures of keys without an entry.
    if matches!(selector, Selector::Key(_) | Selector::Prefix(_)) {
        let range = rows_of(selector);
        let write = connection.write()?;
        write.execute("DELETE FROM failure WHERE id BETWEEN ?1 AND ?2", [range.start(), range.end()])?;
        write.commit()?;
    }
    Ok(count)
}

/// Removes all entries in one transaction, because SQLite drops the pages of a whole table without reading its rows: a
/// million entries take 0.6 s, and 54 s in batches.
fn delete_all(connection: &Connection, also: InFirstTransaction<'_>) -> Result<u64, Fault> {
    let write = connection.write()?;
    also(&write)?;
    fence::forget_all(&write)?;
    barriers::append(&write, &Selector::All, Barrier::Deletion)?;
    let count: i64 = write.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
    write.execute_batch(
        "INSERT OR IGNORE INTO pending SELECT result FROM entry WHERE chunked AND typeof(result)='integer'; \
         DELETE FROM entry; DELETE FROM failure; DELETE FROM condition; DELETE FROM usage",
    )?;
    write.commit()?;
    Ok(count.unsigned_abs())
}

/// The keys in the rows that `selector` may select, `limit` at most.
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

/// Adds the barrier, then calls `change` for every selected entry, and `done` once that change is committed.
fn in_batches(
    connection: &Connection,
    selector: &Selector,
    barrier: Barrier,
    also: InFirstTransaction<'_>,
    mut change: impl FnMut(&Sql, &Candidate) -> rusqlite::Result<()>,
    mut done: impl FnMut(Candidate),
) -> Result<(), Fault> {
    let mut walk = walk(rows_of(selector));
    let mut is_first = true;
    while !walk.is_over() {
        let write = connection.write()?;
        if std::mem::take(&mut is_first) {
            barriers::append(&write, selector, barrier)?;
            also(&write)?;
        }
        let batch = walk.next_in(&write, |row| candidate(row, selector))?;
        for candidate in &batch {
            change(&write, candidate)?;
        }
        write.commit()?;
        batch.into_iter().for_each(&mut done);
    }
    Ok(())
}

/// Over the entries in these rows, as [`Candidate::read`] reads them.
pub(crate) fn walk(rows: RangeInclusive<i64>) -> Walk {
    Walk::over("entry", &format!("{HEAD},parts,recipe"), rows)
}

/// The candidate in `row` if it is selected, and how many bytes of transcript its removal frees in the transaction.
fn candidate(row: &Row<'_>, selector: &Selector) -> rusqlite::Result<(Option<Candidate>, usize)> {
    let candidate = Some(Candidate::read(row)?).filter(|candidate| candidate.is_selected_by(selector));
    let bytes = candidate.as_ref().map_or(0, Candidate::bytes);
    Ok((candidate, bytes))
}

/// The rows that may hold what is selected: all of them, unless the selector is about the key.
pub(crate) fn rows_of(selector: &Selector) -> RangeInclusive<i64> {
    match selector {
        Selector::Key(key) => ids::id_of(key)..=ids::id_of(key),
        // All of them have their first bit in common, so that the signed numbers are a range as well.
        Selector::Prefix(prefix) => {
            let (first, last) = prefix.first_bits().into_inner();
            first.cast_signed()..=last.cast_signed()
        }
        _ => i64::MIN..=i64::MAX,
    }
}
