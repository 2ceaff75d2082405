//! The database: opening it, reading an entry from it, setting it aside when it is damaged.

use super::Engine;
use crate::model::key::Key;
use crate::store::{Condition, Entry, Glance, Mark, Place, SqliteStore, Store, StoreError, StoreErrorKind};

impl Engine {
    /// The entry of `key`, and the database if it had to be opened. A damaged database is set aside.
    pub(super) fn entry(&self, key: &Key) -> Result<(Option<SqliteStore>, Option<Entry>), StoreError> {
        let place = Place::check(&self.path)?;
        if place.exists() {
            self.tally.get_or_init(|| place.tally());
        }
        if !self.host.has_threads
            && let Some(entry) = SqliteStore::peek(&place, key)
        {
            return Ok((None, entry));
        }
        self.entry_at(&place, key)
    }

    /// The same, with what a fetch has to know before it begins.
    pub(super) fn entry_for_fetch(&self, key: &Key) -> Result<(Option<SqliteStore>, Glance), StoreError> {
        let place = Place::check(&self.path)?;
        if !self.host.has_threads
            && let Some(glance) = SqliteStore::glance(&place, key)
        {
            return Ok((None, glance));
        }
        let (store, entry) = self.entry_at(&place, key)?;
        let mark = store.as_ref().map_or(Ok(Mark(0)), Store::mark)?;
        let failure = store.as_ref().map_or(Ok(None), |store| store.failure(key))?;
        Ok((store, Glance { entry, retry_at: failure.map(|failure| failure.retry_at), mark }))
    }

    /// Opens what is there.
    pub(super) fn open(&self) -> Result<Option<SqliteStore>, StoreError> {
        let place = Place::check(&self.path)?;
        SqliteStore::open(&place)
    }

    /// The same, switching it back from write-ahead logging first if that has to be.
    pub(super) fn open_readable(&self) -> Result<Option<SqliteStore>, StoreError> {
        let place = Place::check(&self.path)?;
        let Some(store) = SqliteStore::open(&place)? else { return Ok(None) };
        if matches!(store.mark(), Err(StoreError { kind: StoreErrorKind::WriteAhead, .. })) {
            drop(store);
            SqliteStore::leave_write_ahead(&place)?;
            return SqliteStore::open(&place);
        }
        Ok(Some(store))
    }

    fn entry_at(&self, place: &Place, key: &Key) -> Result<(Option<SqliteStore>, Option<Entry>), StoreError> {
        let Some(store) = SqliteStore::open(place)? else { return Ok((None, None)) };
        match store.lookup(key) {
            Ok(entry) => Ok((Some(store), entry)),
            Err(StoreError { kind: StoreErrorKind::Corrupt, .. }) => {
                drop(store);
                self.set_aside(place)?;
                Ok((None, None))
            }
            Err(StoreError { kind: StoreErrorKind::WriteAhead, .. }) => {
                drop(store);
                SqliteStore::leave_write_ahead(place)?;
                let store = SqliteStore::open(place)?;
                let entry = store.as_ref().map_or(Ok(None), |store| store.lookup(key))?;
                Ok((store, entry))
            }
            Err(error) => Err(error),
        }
    }

    /// The condition of `entry`, which was read from `store` if that is open.
    pub(super) fn condition(
        &self,
        store: Option<&SqliteStore>,
        entry: &Entry,
    ) -> Result<Option<Condition>, StoreError> {
        if let Some(store) = store {
            return store.condition(entry);
        }
        let place = Place::check(&self.path)?;
        match SqliteStore::peek_condition(&place, entry) {
            Some(condition) => Ok(condition),
            None => SqliteStore::open(&place)?.map_or(Ok(None), |store| store.condition(entry)),
        }
    }

    /// Opens what is there in its present version. Where nothing is, fetches in progress still have to learn of the
    /// change, so a database is made if any may be in progress.
    pub(super) fn open_for_change(&self) -> Result<Option<SqliteStore>, StoreError> {
        let place = Place::check(&self.path)?;
        if !place.exists() && !place.flights_dir().exists() {
            return Ok(None);
        }
        self.create().map(Some)
    }

    /// Opens what is there, or makes it; what was left half made is completed by the first write.
    pub(super) fn open_or_create(&self) -> Result<SqliteStore, StoreError> {
        match self.open()? {
            Some(store) => Ok(store),
            None => self.create(),
        }
    }

    pub(super) fn create(&self) -> Result<SqliteStore, StoreError> {
        let place = Place::create(&self.path)?;
        match SqliteStore::create(&place) {
            Err(StoreError { kind: StoreErrorKind::Corrupt, .. }) => {
                self.set_aside(&place)?;
                SqliteStore::create(&Place::create(&self.path)?)
            }
            Err(StoreError { kind: StoreErrorKind::WriteAhead, .. }) => {
                SqliteStore::leave_write_ahead(&place)?;
                SqliteStore::create(&place)
            }
            other => other,
        }
    }

    /// Sets the database aside after damage was found while storing.
    pub(super) fn replace_damaged(&self) -> Result<(), StoreError> {
        self.set_aside(&Place::check(&self.path)?)
    }

    fn set_aside(&self, place: &Place) -> Result<(), StoreError> {
        if let Some(name) = SqliteStore::set_aside(place)? {
            let path = place.path().display();
            (self.host.warn)(&format!("{path} is damaged; it is kept as {}, and a new one begun", name.display()));
        }
        Ok(())
    }
}
