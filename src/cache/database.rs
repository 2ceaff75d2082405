//! The database behind the cache: opening it, looking up what a call needs, setting it aside when it is damaged.

use super::{Call, Engine, Source};
use crate::fetch::Printed;
use crate::model::key::Key;
use crate::store::{
    Body, Entry, Glance, Mark, Place, ReplayError, ResultId, SqliteStore, Store, StoreError, StoreErrorKind,
    replay_inline,
};

impl Engine {
    /// Looks `key` up, without opening the database if its entry with its output can be had like that.
    pub(super) fn look_up(&self, key: &Key) -> Result<(Option<SqliteStore>, Option<Entry>), StoreError> {
        let place = Place::check(&self.path)?;
        if place.exists() {
            self.tally.get_or_init(|| place.tally());
        }
        match SqliteStore::peek(&place, key) {
            Some(entry) => Ok((None, entry)),
            None => self.look_up_at(&place, key),
        }
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

    /// Opens what is there and looks `key` up; a damaged database is set aside.
    pub(super) fn open_and_look_up(&self, key: &Key) -> Result<(Option<SqliteStore>, Option<Entry>), StoreError> {
        self.look_up_at(&Place::check(&self.path)?, key)
    }

    /// The result of this name, as long as it is the one of `key` and nobody has invalidated it.
    pub(super) fn stored_as(&self, key: &Key, result: ResultId) -> Result<Option<(SqliteStore, Entry)>, StoreError> {
        let (store, entry) = self.open_and_look_up(key)?;
        Ok(store.zip(entry.filter(|entry| entry.result == result && !entry.invalidated)))
    }

    /// What a fetch has to know before it begins, and the database if it had to be opened for that.
    pub(super) fn glance(&self, key: &Key) -> Result<(Option<SqliteStore>, Glance), StoreError> {
        let place = Place::check(&self.path)?;
        if let Some(glance) = SqliteStore::glance(&place, key) {
            return Ok((None, glance));
        }
        let (store, entry) = self.look_up_at(&place, key)?;
        let mark = store.as_ref().map_or(Ok(Mark(0)), Store::mark)?;
        let failure = store.as_ref().map_or(Ok(None), |store| store.failure(key))?;
        Ok((store, Glance { entry, retry_at: failure.map(|failure| failure.retry_at), mark }))
    }

    fn look_up_at(&self, place: &Place, key: &Key) -> Result<(Option<SqliteStore>, Option<Entry>), StoreError> {
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
            (self.notices.warn)(&format!("{path} is damaged; it is kept as {}, and a new one begun", name.display()));
        }
        Ok(())
    }

    /// Prints the output of `entry`, which is in itself or in `store`; `None` if it is damaged and nothing has been
    /// printed.
    pub(super) fn replay(
        &self,
        call: &Call<'_>,
        store: Option<&SqliteStore>,
        entry: &Entry,
        source: Source,
    ) -> Option<Printed> {
        let mut announced = false;
        let mut announce = || {
            if !std::mem::replace(&mut announced, true) {
                call.announce(source);
            }
        };
        let mut printer = call.printer();
        let mut write = |stream, data: &[u8]| {
            announce();
            printer.write(stream, data)
        };
        let replayed = match &entry.body {
            Body::Inline(transcript) => call.deliver(|| replay_inline(transcript, &mut write)),
            Body::Chunked(_) => {
                let store = store?;
                call.deliver(|| store.replay(entry, &mut write))
            }
        };
        if replayed.is_ok() {
            announce();
        }
        match replayed {
            Ok(()) => Some(printer.printed(Ok(()))),
            Err(ReplayError::Damaged) => None,
            Err(ReplayError::Write(error)) => Some(printer.printed(Err(error))),
            Err(ReplayError::Torn) => Some(Printed::Failed(std::io::Error::other("the stored output has changed"))),
        }
    }
}
