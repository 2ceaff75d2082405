//! Going through a table by the numbers of its rows, a batch in each transaction, so that none is long and no more than
//! one batch is in memory.

use std::ops::RangeInclusive;

use rusqlite::{Connection as Sql, Row, params};

use super::connection::Connection;
use super::fault::Fault;

/// The most rows in one batch, unless another number is set.
pub(crate) const ROWS: usize = 256;
/// A batch ends with the row that brings it to this many bytes.
pub(crate) const BYTES: usize = 4 * 1024 * 1024;

/// What may still be added to a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    rows: usize,
    bytes: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self { rows: ROWS, bytes: BYTES }
    }
}

impl Batch {
    /// Adds a row of `bytes` bytes; returns whether the batch is full.
    pub(crate) fn add(&mut self, bytes: usize) -> bool {
        self.rows -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.rows == 0 || self.bytes == 0
    }
}

/// A walk in ascending order.
pub(crate) struct Walk {
    query: String,
    batch: Batch,
    /// The rows that are still to be read.
    rest: Option<RangeInclusive<i64>>,
}

impl Walk {
    /// Over the rows of the first of `tables` with a number in `range`. It reads that number, and then `columns`.
    pub(crate) fn over(tables: &str, columns: &str, range: RangeInclusive<i64>) -> Self {
        let table = tables.split(' ').next().unwrap_or_default();
        let query =
            format!("SELECT {table}.id,{columns} FROM {tables} WHERE {table}.id BETWEEN ?1 AND ?2 ORDER BY {table}.id");
        Self { query, batch: Batch::default(), rest: Some(range) }
    }

    /// The same with `rows` rows in a batch.
    pub(crate) fn in_batches_of(self, rows: usize) -> Self {
        Self { batch: Batch { rows, ..self.batch }, ..self }
    }

    /// The next batch, in a read transaction of its own; `None` after the last one.
    pub(crate) fn next<T>(
        &mut self,
        connection: &Connection,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<(Option<T>, usize)>,
    ) -> Result<Option<Vec<T>>, Fault> {
        match self.rest {
            Some(_) => connection.read(|sql| self.next_in(sql, read)),
            None => Ok(None),
        }
    }

    /// The next batch, in the transaction of the caller. `read` makes an item of a row, or nothing, and returns its
    /// bytes.
    pub(crate) fn next_in<T>(
        &mut self,
        sql: &Sql,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<(Option<T>, usize)>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut items = Vec::new();
        let Some(range) = self.rest.take() else { return Ok(items) };
        let mut statement = sql.prepare(&self.query)?;
        let mut rows = statement.query(params![range.start(), range.end()])?;
        let mut batch = self.batch;
        while let Some(row) = rows.next()? {
            let (item, bytes) = read(row)?;
            items.extend(item);
            if batch.add(bytes) {
                let next = row.get::<_, i64>(0)?.checked_add(1);
                self.rest = next.filter(|next| next <= range.end()).map(|next| next..=*range.end());
                break;
            }
        }
        Ok(items)
    }

    /// Whether all rows have been read.
    pub(crate) fn is_over(&self) -> bool {
        self.rest.is_none()
    }
}
