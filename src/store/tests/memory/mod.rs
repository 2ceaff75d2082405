//! A store in memory, for tests. Code that works on this store and on the local one relies on no detail of either.

#[cfg(feature = "shared")]
mod fleet;
mod state;
mod upkeep;

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tempfile::TempDir;

use self::state::{Of, State};
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::store::*;

/// Its clones share one store.
#[derive(Clone)]
pub(crate) struct Memory {
    store: MemoryStore,
    flights: Arc<TempDir>,
}

#[derive(Clone, Default)]
pub(crate) struct MemoryStore(Arc<Mutex<State>>);

impl Memory {
    pub(crate) fn new() -> Self {
        Self { store: MemoryStore::default(), flights: Arc::new(tempfile::tempdir().unwrap()) }
    }
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Backend for Memory {
    type Store = MemoryStore;

    fn entry(&self, key: &Key) -> Result<(Option<MemoryStore>, Option<Entry>), StoreError> {
        let store = self.open()?;
        let entry = store.as_ref().map_or(Ok(None), |store| store.lookup(key))?;
        Ok((store, entry))
    }

    #[cfg(feature = "shared")]
    fn shared_entry(
        &self,
        key: &Key,
        server: crate::store::fleet::ServerId,
    ) -> Result<crate::store::fleet::SharedEntry<MemoryStore>, StoreError> {
        let contact = self.store.contact(server)?;
        let (store, entry) = self.entry(key)?;
        Ok(crate::store::fleet::SharedEntry { store, entry, contact })
    }

    fn before_fetch(&self, key: &Key) -> Result<(Option<MemoryStore>, BeforeFetch), StoreError> {
        let (store, entry) = self.entry(key)?;
        let retry_at = self.store.failure(key)?.map(|failure| failure.retry_at);
        Ok((store, BeforeFetch { entry, retry_at, mark: self.store.mark()? }))
    }

    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError> {
        self.store.condition(entry)
    }

    fn note(&self, event: &Event) -> bool {
        self.store.state().noted.push(*event);
        false
    }

    fn open(&self) -> Result<Option<MemoryStore>, StoreError> {
        Ok(self.store.state().exists.then(|| self.store.clone()))
    }

    fn create(&self) -> Result<MemoryStore, StoreError> {
        self.store.state().exists = true;
        Ok(self.store.clone())
    }

    fn open_for_change(&self) -> Result<Option<MemoryStore>, StoreError> {
        self.create().map(Some)
    }

    fn replace_damaged(&self) -> Result<(), StoreError> {
        *self.store.state() = State::default();
        Ok(())
    }

    fn remove(&self) -> Result<(), StoreError> {
        self.replace_damaged()
    }

    fn verify(&self, _: bool, inspector: &mut dyn Inspector) -> Result<Verified, StoreError> {
        let entries = self.store.state().entries.len() as u64;
        inspector.checked(entries, entries);
        Ok(Verified::Entries(entries))
    }

    fn flights_dir(&self) -> Result<PathBuf, StoreError> {
        Ok(self.flights.path().to_owned())
    }

    fn make_flights_dir(&self) -> Result<PathBuf, StoreError> {
        self.flights_dir()
    }
}

impl Store for MemoryStore {
    type Incoming = Received;

    fn lookup(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        let state = self.state();
        Ok(state.entries.get(key).map(|(detail, body)| Entry {
            summary: detail.summary,
            has_lifetime: !detail.summary.is_failure && detail.condition.lifetime.is_some(),
            result: detail.result,
            is_shared: state.is_shared(key),
            body: Body::Inline(body.clone()),
        }))
    }

    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError> {
        let detail = self.state().detail(&entry.summary.key).filter(|detail| detail.result == entry.result);
        Ok(detail.map(|detail| detail.condition).filter(|condition| !condition.is_empty()))
    }

    fn replay(&self, entry: &Entry, write: &mut Writer<'_>) -> Result<(), ReplayError> {
        match &entry.body {
            Body::Inline(body) => replay_inline(body, write),
            Body::Chunked(_) => Err(ReplayError::Damaged),
        }
    }

    fn mark(&self) -> Result<Mark, StoreError> {
        Ok(Mark(self.state().barriers.len() as i64))
    }

    fn store(&self, new: &NewEntry<'_>, transcript: &mut dyn Read, since: Mark) -> Result<Stored, StoreError> {
        let mut body = Vec::new();
        transcript.read_to_end(&mut body).map_err(StoreError::of_transcript)?;
        if body.len() as u64 != new.summary.size {
            return Err(StoreError::of_transcript(io::ErrorKind::InvalidData.into()));
        }
        Ok(self.state().insert(new, body, since))
    }

    fn receive(&self, _patience: Duration, _is_shared: bool) -> Result<Received, StoreError> {
        Ok(Received::default())
    }

    fn changes(
        &self,
        key: &Key,
        parts: &KeyParts,
        recipe: &Recipe,
        since: Mark,
        is_shared: bool,
    ) -> Result<Change, StoreError> {
        Ok(self.state().change_since(key, parts, recipe, since, is_shared))
    }

    fn invalidate_each(&self, selector: &Selector, found: &mut dyn FnMut(Selected)) -> Result<(), StoreError> {
        self.state().invalidate(selector, Of::All).into_iter().for_each(found);
        Ok(())
    }

    fn delete(&self, selector: &Selector) -> Result<u64, StoreError> {
        let mut state = self.state();
        let count = state.delete(selector, Of::All);
        state.failures.retain(|key, _| match selector {
            Selector::Key(selected) => selected != key,
            Selector::Prefix(prefix) => !prefix.begins(key),
            selector => *selector != Selector::All,
        });
        Ok(count)
    }

    fn visit(&self, selector: &Selector, each: &mut dyn FnMut(Selected) -> ControlFlow<()>) -> Result<(), StoreError> {
        let selected = self.state().selected(selector);
        let _ = selected.into_iter().try_for_each(each);
        Ok(())
    }

    fn details(
        &self,
        start: Start,
        selectors: &[Selector],
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut details: Vec<Detail> = {
            let state = self.state();
            state.entries.keys().filter_map(|key| state.detail(key)).collect()
        };
        details.retain(|detail| {
            selectors.iter().all(|one| one.matches(&detail.summary.key, &detail.parts, &detail.recipe))
        });
        let order = |rank: Rank| (rank.fetched_at, rank.locator.0.cast_signed());
        details.sort_by_key(|detail| order(detail.rank()));
        if start.order == Order::NewestFirst {
            details.reverse();
        }
        if let Some(after) = start.after.map(order) {
            details.retain(|detail| match start.order {
                Order::NewestFirst => order(detail.rank()) < after,
                Order::OldestFirst => order(detail.rank()) > after,
            });
        }
        let _ = details.into_iter().try_for_each(found);
        Ok(())
    }

    fn count(&self, at_most: u64) -> Result<u64, StoreError> {
        Ok(at_most.min(self.state().entries.len() as u64))
    }

    fn details_at(
        &self,
        locators: &mut dyn Iterator<Item = Locator>,
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        for locator in locators {
            let key = self.state().entries.keys().find(|key| key.first_bits() == locator.0).copied();
            let detail = key.and_then(|key| self.state().detail(&key));
            if detail.is_some_and(|detail| found(detail).is_break()) {
                break;
            }
        }
        Ok(())
    }

    fn keys_with_prefix(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        let Ok(Selector::Prefix(prefix)) = Selector::prefix(prefix) else { return Ok(Vec::new()) };
        Ok(self.state().entries.keys().filter(|key| prefix.begins(key)).take(2).copied().collect())
    }

    fn failure(&self, key: &Key) -> Result<Option<Failure>, StoreError> {
        Ok(self.state().failures.get(key).cloned())
    }

    fn record_failure(&self, key: &Key, failure: &Failure) -> Result<(), StoreError> {
        self.state().failures.insert(*key, failure.clone());
        Ok(())
    }

    fn prune(&self, now: Timestamp, limit: u64) -> Result<(), StoreError> {
        self.sweep(&Sweep { now, older_than: None, keep_last: None, limit }).map(drop)
    }
}

/// A transcript on its way, all of which counts as written.
#[derive(Debug, Default)]
pub(crate) struct Received(Vec<u8>);

impl Incoming<MemoryStore> for Received {
    fn append(&mut self, _: &MemoryStore, bytes: &[u8], _: Duration) -> Result<(), StoreError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn written(&self) -> u64 {
        self.0.len() as u64
    }

    fn rest(&self) -> &[u8] {
        &[]
    }

    fn take_rest(&mut self) -> Vec<u8> {
        Vec::new()
    }

    fn finish(
        &mut self,
        store: &MemoryStore,
        new: &NewEntry<'_>,
        more: &mut dyn Read,
        since: Mark,
    ) -> Result<Stored, StoreError> {
        store.store(new, &mut self.0.as_slice().chain(more), since)
    }

    fn read_back(&self, _: &MemoryStore, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), ReplayError> {
        take(&self.0).map_err(ReplayError::Write)
    }
}
