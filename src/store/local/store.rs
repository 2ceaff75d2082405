//! The local store as a [`Store`]. The modules beside this one do the work.

use std::io::Read;
use std::ops::ControlFlow;
use std::time::Duration;

use super::fault::Fault;
use super::incoming::{self, LocalIncoming};
use super::{
    SqliteStore, barriers, chunks, condition, details, failure, prepare, prune, row, selection, statistics, sweep,
    usage,
};
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::store::{
    Body, Change, Condition, Detail, Entry, Failure, Locator, Mark, NewEntry, Recipe, ReplayError, Selected, Selector,
    Start, Statistics, Store, StoreError, Stored, Sweep, Upkeep, Writer, replay_inline,
};

impl Store for SqliteStore {
    type Incoming = LocalIncoming;

    fn receive(&self, patience: Duration, is_shared: bool) -> Result<LocalIncoming, StoreError> {
        self.run(|| LocalIncoming::begin(self, patience, is_shared))
    }

    fn lookup(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| row::lookup(sql, key))?.flatten()))
    }

    fn replay(&self, entry: &Entry, write: &mut Writer<'_>) -> Result<(), ReplayError> {
        match &entry.body {
            Body::Inline(transcript) => replay_inline(transcript, write),
            Body::Chunked(digests) => chunks::replay(self, entry.result, digests, write),
        }
    }

    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| condition::lookup(sql, entry))?.flatten()))
    }

    fn mark(&self) -> Result<Mark, StoreError> {
        self.run(|| Ok(Mark(self.connection.read(barriers::last)?.unwrap_or(0))))
    }

    fn store(&self, new: &NewEntry<'_>, transcript: &mut dyn Read, since: Mark) -> Result<Stored, StoreError> {
        self.run(|| {
            if new.summary.size > row::INLINE_MAX {
                return incoming::store(self, new, transcript, since);
            }
            let mut body = Vec::new();
            chunks::read_exactly(transcript, new.summary.size as usize, &mut body).map_err(Fault::Transcript)?;
            chunks::expect_end(transcript).map_err(Fault::Transcript)?;
            let write = self.connection.write()?;
            let stored = row::insert(&write, new, chunks::new_result(new.origin.is_shared()), false, &body, since)?;
            write.commit()?;
            Ok(stored)
        })
    }

    fn changes(
        &self,
        key: &Key,
        parts: &KeyParts,
        recipe: &Recipe,
        since: Mark,
        is_shared: bool,
    ) -> Result<Change, StoreError> {
        let query = |sql: &rusqlite::Connection| barriers::change_since(sql, key, parts, recipe, since, is_shared);
        self.run(|| Ok(self.connection.read(query)?.unwrap_or(Change::None)))
    }

    fn be_patient_for(&self, patience: Duration) {
        self.connection.be_patient_for(patience);
    }

    fn prepare(&self, key: &Key) {
        let _ = prepare::prepare(&self.connection, key);
    }

    fn invalidate_each(&self, selector: &Selector, found: &mut dyn FnMut(Selected)) -> Result<(), StoreError> {
        self.run(|| selection::invalidate(&self.connection, selector, &|_| Ok(()), found))
    }

    fn delete(&self, selector: &Selector) -> Result<u64, StoreError> {
        self.run(|| {
            self.connection.overwrite_what_is_removed()?;
            let count = selection::delete(&self.connection, selector, &|_| Ok(()))?;
            sweep::wipe(self)?;
            Ok(count)
        })
    }

    fn visit(&self, selector: &Selector, each: &mut dyn FnMut(Selected) -> ControlFlow<()>) -> Result<(), StoreError> {
        self.run(|| selection::visit(&self.connection, selector, each))
    }

    fn keys_with_prefix(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        let Ok(selector) = Selector::prefix(prefix) else {
            return Ok(Vec::new());
        };
        self.run(|| Ok(self.connection.read(|sql| selection::keys(sql, &selector, 2))?.unwrap_or_default()))
    }

    fn failure(&self, key: &Key) -> Result<Option<Failure>, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| failure::lookup(sql, key))?.flatten()))
    }

    fn record_failure(&self, key: &Key, failure: &Failure) -> Result<(), StoreError> {
        self.run(|| {
            let write = self.connection.write()?;
            failure::record(&write, key, failure)?;
            Ok(write.commit()?)
        })
    }

    fn details(
        &self,
        start: Start,
        selectors: &[Selector],
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.run(|| details::each(&self.connection, start, selectors, found))
    }

    fn count(&self, at_most: u64) -> Result<u64, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| details::count_entries(sql, at_most))?.unwrap_or(0)))
    }

    fn details_at(
        &self,
        locators: &mut dyn Iterator<Item = Locator>,
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.run(|| details::each_at(&self.connection, locators, found))
    }

    fn prune(&self, now: Timestamp, limit: u64) -> Result<(), StoreError> {
        self.run(|| prune::prune(self, now, limit))
    }
}

impl Upkeep for SqliteStore {
    fn sweep(&self, sweep: &Sweep) -> Result<u64, StoreError> {
        self.run(|| sweep::sweep(self, sweep))
    }

    fn would_sweep(&self, sweep: &Sweep) -> Result<u64, StoreError> {
        self.run(|| sweep::would_sweep(self, sweep))
    }

    fn compact(&self) -> Result<(), StoreError> {
        self.run(|| sweep::compact(self))
    }

    fn fold(&self) -> Result<(), StoreError> {
        self.run(|| usage::fold(&self.connection, &self.place))
    }

    fn statistics(&self, top: usize) -> Result<Statistics, StoreError> {
        self.run(|| statistics::add_up(&self.connection, top))
    }

    fn reset_statistics(&self) -> Result<(), StoreError> {
        self.run(|| usage::reset(&self.connection, &self.place))
    }
}
