//! Upkeep: counts, and the removal of what is not needed any more.

use std::time::Duration;

use super::{Engine, Unusable};
use crate::flight;
use crate::model::time::Timestamp;
use crate::policy::Policy;
use crate::store::local::tally::{self, Noted};
use crate::store::{Event, Place, Selector, SqliteStore, Statistics, Store, StoreError, StoreErrorKind, Sweep, Upkeep};
use crate::sys::error::words;

impl Engine {
    /// Everything added up, with the `top` entries that have saved the most time.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read, or not to its end.
    pub fn statistics(&self, top: usize) -> Result<Statistics, Unusable> {
        match self.open_readable()? {
            Some(store) => Ok(store.statistics(top)?),
            None => Ok(Statistics::default()),
        }
    }

    /// Sets all counts to 0: of what happened, and of each entry. When entries were used is still known.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be written to.
    pub fn reset_statistics(&self) -> Result<(), Unusable> {
        match self.open()? {
            Some(store) => Ok(store.reset_statistics()?),
            None => Ok(()),
        }
    }

    /// Removes what has expired and what else `sweep` does not leave; returns how many entries that were.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be written to; part of it may have been removed.
    pub fn sweep(&self, sweep: &Sweep) -> Result<u64, Unusable> {
        let keep = Policy::default().keep;
        self.remove_aside(Some(sweep.older_than.map_or(keep, |age| age.min(keep))));
        let Some(store) = self.open_readable()? else { return Ok(0) };
        flight::sweep(&store.place().flights_dir());
        Ok(store.sweep(sweep)?)
    }

    /// How many entries [`sweep`](Self::sweep) would remove.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn would_sweep(&self, sweep: &Sweep) -> Result<u64, Unusable> {
        let Some(store) = self.open_readable()? else { return Ok(0) };
        self.fold_into(&store);
        Ok(store.would_sweep(sweep)?)
    }

    /// Forgets every entry and gives the space back; returns how many there were.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be written to.
    pub fn clear(&self) -> Result<u64, Unusable> {
        self.remove_aside(None);
        // A damaged one is not to be set aside, and its space kept, for this.
        let Some(store) = self.open_readable()? else { return self.delete(&Selector::All) };
        self.fold_into(&store);
        match store.delete(&Selector::All) {
            Err(error) if error.is_full() => Ok(Self::start_over(store)?),
            count => {
                let count = count?;
                store.compact()?;
                Ok(count)
            }
        }
    }

    /// Removes the databases that were set aside so long ago, or all of them.
    pub(super) fn remove_aside(&self, age: Option<Duration>) {
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
                (self.host.warn)(&format!("cannot remove {}: {}", path.display(), words(&error)));
            }
        }
    }

    /// Forgets every entry where the disk has no room to write that down.
    pub(super) fn start_over(store: SqliteStore) -> Result<u64, StoreError> {
        let count = store.statistics(0).map_or(0, |statistics| statistics.entries);
        let place = store.place().clone();
        drop(store);
        SqliteStore::remove(&place)?;
        // Who asks from now on does not join a fetch that began before.
        flight::dismiss(&place.flights_dir());
        Ok(count)
    }

    /// Counts what happened. It is the counting that is given up where that cannot be done. Returns whether a
    /// [`prune`](Self::prune) is due.
    pub fn note(&self, event: Event) -> bool {
        let tally = self.tally.get_or_init(|| Place::tally_of(&self.path));
        let may_be_made = || Place::check(&self.path).is_ok_and(|place| place.refuse_ancestors().is_ok());
        matches!(tally::add(&event, tally, may_be_made), Ok(Noted::WantsFolding))
    }

    /// Removes what has expired and what is too much, and folds the notes of hits into the database.
    pub fn prune(&self) {
        self.remove_aside(Some(Policy::default().keep));
        // Only space is at stake, and the next one tries again.
        let _ = self.create().and_then(|store| {
            flight::sweep(&store.place().flights_dir());
            store.prune(Timestamp::now(), self.max_db_size)
        });
    }

    /// Brings the counts of hits up to date; where the database cannot be written to, they stay as they were.
    pub fn fold(&self) {
        // What is wrong with a database that cannot be read either is told by whoever reads it.
        if let Ok(Some(store)) = self.open_readable() {
            self.fold_into(&store);
        }
    }

    pub(super) fn fold_into(&self, store: &SqliteStore) {
        use StoreErrorKind::{Busy, Full, Refused, Unreachable};
        if let Err(error) = store.fold()
            && matches!(error.kind, Refused | Full | Busy | Unreachable)
        {
            (self.host.warn)(&format!("the latest hits are not counted yet: {error}"));
        }
    }
}
