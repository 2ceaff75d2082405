//! The database at a path, opened only when that is necessary.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::{Place, SqliteStore, quick, tally};
use crate::model::key::Key;
use crate::model::time::Timestamp;
#[cfg(feature = "shared")]
use crate::store::fleet::{Fleet as _, ServerId, SharedEntry};
use crate::store::{
    Backend, BeforeFetch, Condition, Entry, Event, Inspector, Mark, Store, StoreError, StoreErrorKind, Verified,
};
use crate::sys::error::words;

/// The database at a path, which need not exist.
pub struct Database {
    pub(super) path: PathBuf,
    warn: Rc<dyn Fn(&str)>,
    /// The database is read through SQLite alone.
    only_sqlite: bool,
    /// The path of the tally, set by the lookup of a hit.
    tally: OnceCell<PathBuf>,
}

impl Database {
    /// The database at `path`. `warn` gets messages for the user, such as that a damaged database was set aside.
    pub fn at(path: impl Into<PathBuf>, warn: Rc<dyn Fn(&str)>) -> Self {
        Self { path: path.into(), warn, only_sqlite: false, tally: OnceCell::new() }
    }

    /// For a process whose threads may use the same database. SQLite's locks belong to the process, and to close another
    /// descriptor of the file would drop the locks of another thread.
    #[must_use]
    pub fn through_sqlite_alone(self) -> Self {
        Self { only_sqlite: true, ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The result of `lookup`, which reads the file without SQLite, if that is allowed.
    fn quick<T>(&self, lookup: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.only_sqlite { None } else { lookup() }
    }

    /// The result of `work`, which opens the store for itself, on a file that can be used: where it turns out to be
    /// damaged or was switched to write-ahead logging, that is put right, and `work` done again.
    ///
    /// Several processes may notice the damage at once: one sets the file aside, and all go on with its successor.
    fn on_usable<T>(&self, place: &Place, work: impl Fn(&Place) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match work(place) {
            Err(StoreError { kind: StoreErrorKind::Corrupt, .. }) => self.set_aside(place)?,
            Err(StoreError { kind: StoreErrorKind::WriteAhead, .. }) => SqliteStore::leave_write_ahead(place)?,
            result => return result,
        }
        work(&Place::check(&self.path)?)
    }

    fn entry_at(&self, place: &Place, key: &Key) -> Result<(Option<SqliteStore>, Option<Entry>), StoreError> {
        self.on_usable(place, |place| {
            let store = SqliteStore::open(place)?;
            let entry = store.as_ref().map_or(Ok(None), |store| store.lookup(key))?;
            Ok((store, entry))
        })
    }

    fn set_aside(&self, place: &Place) -> Result<(), StoreError> {
        if let Some(name) = SqliteStore::set_aside(place)? {
            let path = place.path().display();
            (self.warn)(&format!("{path} is damaged; it is kept as {}, and a new one begun", name.display()));
        }
        Ok(())
    }
}

impl Backend for Database {
    type Store = SqliteStore;

    fn entry(&self, key: &Key) -> Result<(Option<SqliteStore>, Option<Entry>), StoreError> {
        let place = Place::check(&self.path)?;
        if place.exists() {
            self.tally.get_or_init(|| place.tally());
        }
        match self.quick(|| quick::entry(&place, key)) {
            Some(entry) => Ok((None, entry)),
            None => self.entry_at(&place, key),
        }
    }

    #[cfg(feature = "shared")]
    fn shared_entry(&self, key: &Key, server: ServerId) -> Result<SharedEntry<SqliteStore>, StoreError> {
        let place = Place::check(&self.path)?;
        if place.exists() {
            self.tally.get_or_init(|| place.tally());
        }
        if let Some((entry, contact)) = self.quick(|| quick::shared_entry(&place, key, server)) {
            return Ok(SharedEntry { store: None, entry, contact });
        }
        // The contact is read before the entry: what is replayed in between is later than this contact.
        let contact = SqliteStore::open(&place)?.and_then(|store| store.contact(server).ok()).flatten();
        let (store, entry) = self.entry_at(&place, key)?;
        Ok(SharedEntry { store, entry, contact })
    }

    fn before_fetch(&self, key: &Key) -> Result<(Option<SqliteStore>, BeforeFetch), StoreError> {
        let place = Place::check(&self.path)?;
        if let Some(found) = self.quick(|| quick::before_fetch(&place, key)) {
            return Ok((None, found));
        }
        self.on_usable(&place, |place| {
            let Some(store) = SqliteStore::open(place)? else {
                return Ok((None, BeforeFetch { entry: None, retry_at: None, mark: Mark(0) }));
            };
            let (entry, mark) = (store.lookup(key)?, store.mark()?);
            let retry_at = store.failure(key)?.map(|failure| failure.retry_at);
            Ok((Some(store), BeforeFetch { entry, retry_at, mark }))
        })
    }

    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError> {
        let place = Place::check(&self.path)?;
        match self.quick(|| quick::condition(&place, entry)) {
            Some(condition) => Ok(condition),
            None => self
                .on_usable(&place, |place| SqliteStore::open(place)?.map_or(Ok(None), |store| store.condition(entry))),
        }
    }

    fn note(&self, event: &Event) -> bool {
        let tally = self.tally.get_or_init(|| Place::tally_of(&self.path));
        let may_be_made = || Place::check(&self.path).is_ok_and(|place| place.refuse_ancestors().is_ok());
        tally::add(event, tally, may_be_made).is_ok_and(|noted| noted == tally::Noted::WantsFolding)
    }

    fn open(&self) -> Result<Option<SqliteStore>, StoreError> {
        SqliteStore::open(&Place::check(&self.path)?)
    }

    fn open_readable(&self) -> Result<Option<SqliteStore>, StoreError> {
        let place = Place::check(&self.path)?;
        let Some(store) = SqliteStore::open(&place)? else { return Ok(None) };
        if matches!(store.mark(), Err(StoreError { kind: StoreErrorKind::WriteAhead, .. })) {
            drop(store);
            SqliteStore::leave_write_ahead(&place)?;
            return SqliteStore::open(&place);
        }
        Ok(Some(store))
    }

    fn create(&self) -> Result<SqliteStore, StoreError> {
        let place = Place::create(&self.path)?;
        self.on_usable(&place, SqliteStore::create)
    }

    fn open_for_change(&self) -> Result<Option<SqliteStore>, StoreError> {
        let place = Place::check(&self.path)?;
        if !place.exists() && !place.flights_dir().exists() {
            return Ok(None);
        }
        self.create().map(Some)
    }

    fn replace_damaged(&self) -> Result<(), StoreError> {
        self.set_aside(&Place::check(&self.path)?)
    }

    fn verify(&self, repair: bool, inspector: &mut dyn Inspector) -> Result<Verified, StoreError> {
        self.inspect(repair, inspector)
    }

    fn remove_replaced(&self, age: Option<Duration>) {
        let Ok(place) = Place::check(&self.path) else { return };
        if place.refuse_ancestors().is_err() {
            return;
        }
        let now = Timestamp::now();
        for (path, stamp) in place.aside() {
            let is_due = |age: Duration| now.since(Timestamp::from_millis(stamp)).is_some_and(|passed| passed >= age);
            if age.is_none_or(is_due)
                && let Err(error) = std::fs::remove_file(&path)
            {
                (self.warn)(&format!("cannot remove {}: {}", path.display(), words(&error)));
            }
        }
    }

    fn remove(&self) -> Result<(), StoreError> {
        SqliteStore::remove(&Place::check(&self.path)?)
    }

    fn flights_dir(&self) -> Result<PathBuf, StoreError> {
        Ok(Place::check(&self.path)?.flights_dir())
    }

    fn make_flights_dir(&self) -> Result<PathBuf, StoreError> {
        Ok(Place::create(&self.path)?.ensure_flights_dir()?)
    }
}
