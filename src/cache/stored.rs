//! Reading what is stored, whatever its age: nothing here runs a command, refreshes, or counts as a hit.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::ControlFlow;

use super::{Engine, Local, Unusable};
use crate::flight::{Directory, Flights as _, Leader};
use crate::model::key::Key;
use crate::store::{
    Backend, Detail, Entry, Locator, Order, ReplayError, Selected, Selector, Start, Store, StoreError, Writer,
};

/// A stored result, stale or not, whose output has still to be read.
pub struct StoredResult<B: Backend = Local> {
    /// What is stored.
    pub entry: Entry,
    store: B::Store,
}

impl<B: Backend> StoredResult<B> {
    /// Hands the output to `write`, after all of it has passed its checksum.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Damaged`] before the first byte is written; `write`'s own.
    pub fn replay(&self, write: &mut Writer<'_>) -> Result<(), ReplayError> {
        self.store.replay(&self.entry, write)
    }
}

impl<B: Backend> Engine<B> {
    /// Reads something from the store; the default value if there is no store.
    pub(super) fn read<T: Default>(
        &self,
        read: impl FnOnce(&B::Store) -> Result<T, StoreError>,
    ) -> Result<T, Unusable> {
        Ok(self.backend.open_readable()?.map_or(Ok(T::default()), |store| read(&store))?)
    }

    /// What is stored under `key`.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn peek(&self, key: &Key) -> Result<Option<StoredResult<B>>, Unusable> {
        let Some(store) = self.backend.open_readable()? else { return Ok(None) };
        Ok(store.lookup(key)?.map(|entry| StoredResult { entry, store }))
    }

    /// What is selected, `limit` entries at most.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn select(&self, selector: &Selector, limit: usize) -> Result<Vec<Selected>, Unusable> {
        self.read(|store| store.select(selector, limit))
    }

    /// Calls of shell functions that would have `key` as commands, the latest fetch first. Looks at every entry.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn calls_of_functions(&self, key: &Key) -> Result<Vec<Selected>, Unusable> {
        let Some(store) = self.backend.open()? else { return Ok(Vec::new()) };
        let selector = Selector::Key(*key);
        let mut found = Vec::new();
        store.visit(&Selector::All, &mut |selected| {
            if selected.key != *key && selector.matches(&selected.key, &selected.parts, &selected.recipe) {
                found.push(selected);
            }
            ControlFlow::Continue(())
        })?;
        let mut dated = Vec::new();
        for selected in found {
            dated.extend(store.lookup(&selected.key)?.map(|entry| (entry.summary.fetched_at, selected)));
        }
        dated.sort_by_key(|(fetched_at, _)| Reverse(*fetched_at));
        Ok(dated.into_iter().map(|(_, selected)| selected).collect())
    }

    /// The keys that begin with these hexadecimal digits, two at most.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn keys_with_prefix(&self, prefix: &str) -> Result<Vec<Key>, Unusable> {
        self.read(|store| store.keys_with_prefix(prefix))
    }

    /// Hands the entries that all of `selectors` mean to `found`, the newest first, until `found` breaks off. The
    /// memory that this takes does not grow with their number.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read, or not to its end.
    pub fn details(
        &self,
        selectors: &[Selector],
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), Unusable> {
        self.details_from(Start::of(Order::NewestFirst), selectors, found)
    }

    /// The same from another start.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read, or not to its end.
    pub fn details_from(
        &self,
        start: Start,
        selectors: &[Selector],
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), Unusable> {
        self.read(|store| store.details(start, selectors, found))
    }

    /// How many entries there are, damaged ones included; `at_most` if there are more.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn count(&self, at_most: u64) -> Result<u64, Unusable> {
        self.read(|store| store.count(at_most))
    }

    /// Whether there is an entry of `key`, damaged or not.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn has(&self, key: &Key) -> Result<bool, Unusable> {
        self.read(|store| store.has(key))
    }

    /// Those of the entries at `locators` that are still there, in that order.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read, or not to its end.
    pub fn details_at(
        &self,
        locators: &mut dyn Iterator<Item = Locator>,
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), Unusable> {
        self.read(|store| store.details_at(locators, found))
    }

    /// The fetches in progress.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database is where it must not be.
    pub fn in_progress(&self) -> Result<HashMap<Key, Leader>, Unusable> {
        Ok(Directory(&self.backend.flights_dir()?).in_progress())
    }
}
