//! Applies several barriers to the entries of shared calls, in one pass through the entries.

use std::collections::VecDeque;

use rusqlite::Connection as Sql;

use super::barriers::{self, Barrier};
use super::connection::Connection;
use super::fault::Fault;
use super::fence;
use super::selection::{self, Candidate};
use super::walk::Walk;
use crate::store::Selector;
use crate::store::log::BarrierKind;

/// One pass through the entries, a batch in each transaction.
pub(crate) struct Pass {
    changes: Vec<(BarrierKind, Selector)>,
    walks: VecDeque<Walk>,
}

impl Pass {
    /// Adds a local barrier for each change, for what is being fetched or copied meanwhile. `is_of_log` says that the
    /// changes come from the log of a server, and not from this host. No entry is changed yet.
    pub(crate) fn begin(sql: &Sql, changes: Vec<(BarrierKind, Selector)>, is_of_log: bool) -> rusqlite::Result<Self> {
        for (kind, selector) in &changes {
            let barrier = match (kind, is_of_log) {
                (BarrierKind::Invalidate, true) => Barrier::LogInvalidation,
                (BarrierKind::Delete, true) => Barrier::LogDeletion,
                (BarrierKind::Invalidate, false) => Barrier::ToldInvalidation,
                (BarrierKind::Delete, false) => Barrier::ToldDeletion,
            };
            barriers::append(sql, selector, barrier)?;
        }
        let mut ranges: Vec<_> = changes.iter().map(|(_, selector)| selection::rows_of(selector)).collect();
        if ranges.contains(&(i64::MIN..=i64::MAX)) {
            ranges = vec![i64::MIN..=i64::MAX];
        }
        Ok(Self { changes, walks: ranges.into_iter().map(selection::walk).collect() })
    }

    /// Changes the entries of one batch; returns whether that was the last one.
    pub(crate) fn step(&mut self, sql: &Sql) -> rusqlite::Result<bool> {
        let Some(walk) = self.walks.front_mut() else { return Ok(true) };
        let changes = &self.changes;
        let batch = walk.next_in(sql, |row| {
            let candidate = Candidate::read(row)?;
            let means =
                |(kind, selector): &(BarrierKind, Selector)| candidate.is_selected_by(selector).then_some(*kind);
            let change = match candidate.is_shared() {
                true => changes.iter().filter_map(means).max_by_key(|kind| *kind == BarrierKind::Delete),
                false => None,
            };
            let bytes = if change.is_some() { candidate.bytes() } else { 0 };
            Ok((change.map(|change| (change, candidate)), bytes))
        })?;
        for (change, candidate) in &batch {
            match change {
                BarrierKind::Invalidate => candidate.make_stale(sql)?,
                BarrierKind::Delete => candidate.remove(sql)?,
            }
        }
        if walk.is_over() {
            self.walks.pop_front();
        }
        Ok(self.walks.is_empty())
    }
}

/// Applies changes of this host that the server has just been told, with `finally` in the last transaction.
pub(crate) fn run(
    connection: &Connection,
    changes: Vec<(BarrierKind, Selector)>,
    finally: impl FnOnce(&Sql) -> rusqlite::Result<()>,
) -> Result<(), Fault> {
    let mut changes = Some(changes);
    let mut pass = None;
    loop {
        let write = connection.write()?;
        fence::make(&write)?;
        if let Some(changes) = changes.take() {
            pass = Some(Pass::begin(&write, changes, false)?);
        }
        if pass.as_mut().map_or(Ok(true), |pass| pass.step(&write))? {
            finally(&write)?;
            return Ok(write.commit()?);
        }
        write.commit()?;
    }
}
