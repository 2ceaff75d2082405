//! Upkeep: counts, and the removal of what is deleted or not needed any more.

use super::{Engine, Unusable};
use crate::flight::{Directory, Flights as _};
use crate::model::time::Timestamp;
use crate::policy::Policy;
use crate::store::{
    Backend, Event, Inspector, Selector, Statistics, Store, StoreError, StoreErrorKind, Sweep, Upkeep, Verified,
};

impl<B: Backend> Engine<B> {
    /// Checks all that is stored and hands what is wrong to `inspector`; with `repair`, repairs it. Returns the number
    /// of entries that were checked, `None` if the file was not fit for that.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database could not be checked, which does not mean that it is damaged.
    pub fn verify(&self, repair: bool, inspector: &mut dyn Inspector) -> Result<Option<u64>, Unusable> {
        match self.backend.verify(repair, inspector)? {
            Verified::Entries(entries) => return Ok(Some(entries)),
            Verified::FileOnly => {}
            // Later callers do not join a fetch whose leader others could have misled.
            Verified::Replaced => Directory(&self.backend.flights_dir()?).dismiss(),
        }
        Ok(None)
    }

    /// Counts what happened, if it can be written. Returns whether a [`prune`](Self::prune) is due.
    pub fn note(&self, event: Event) -> bool {
        self.backend.note(&event)
    }

    /// Removes what has expired or exceeds the limit of size, and brings the counts up to date.
    pub fn prune(&self) {
        self.backend.remove_replaced(Some(Policy::default().keep));
        // Only space is at stake, and the next one tries again.
        let _ = self.replacing_damaged(|| {
            let store = self.backend.create()?;
            Directory(&self.backend.flights_dir()?).sweep();
            store.prune(Timestamp::now(), self.max_db_size)
        });
    }

    /// The result of `work`, which opens the store for itself; if the store turns out to be damaged, an empty one takes
    /// its place, and `work` is done again.
    pub(super) fn replacing_damaged<T>(&self, work: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
        match work() {
            Err(error) if error.is_corrupt() => {
                self.backend.replace_damaged()?;
                work()
            }
            result => result,
        }
    }
}

impl<B: Backend<Store: Upkeep>> Engine<B> {
    /// Everything added up, with the `top` entries that have saved the most time.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read, or not to its end.
    pub fn statistics(&self, top: usize) -> Result<Statistics, Unusable> {
        self.read(|store| store.statistics(top))
    }

    /// Sets all counts to 0: of what happened, and of each entry. When entries were used is still known.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be written to.
    pub fn reset_statistics(&self) -> Result<(), Unusable> {
        self.read(B::Store::reset_statistics)
    }

    /// Removes what has expired and what `sweep` selects; returns how many entries that were.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be written to; part of it may have been removed.
    pub fn sweep(&self, sweep: &Sweep) -> Result<u64, Unusable> {
        let keep = Policy::default().keep;
        self.backend.remove_replaced(Some(sweep.older_than.map_or(keep, |age| age.min(keep))));
        let sweep = || {
            let Some(store) = self.backend.open_readable()? else { return Ok(0) };
            Directory(&self.backend.flights_dir()?).sweep();
            store.sweep(sweep)
        };
        Ok(self.replacing_damaged(sweep)?)
    }

    /// How many entries [`sweep`](Self::sweep) would remove.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn would_sweep(&self, sweep: &Sweep) -> Result<u64, Unusable> {
        self.read(|store| {
            self.fold_into(store);
            store.would_sweep(sweep)
        })
    }

    /// Forgets every entry and gives the space back; returns how many there were. A damaged database is removed.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be written to.
    pub fn clear(&self) -> Result<u64, Unusable> {
        self.backend.remove_replaced(None);
        // Not opened for change: that would set a damaged database aside, and its space would not be freed.
        let Some(store) = self.backend.open_readable()? else { return self.delete(&Selector::All) };
        self.fold_into(&store);
        match store.delete(&Selector::All).and_then(|count| store.compact().map(|()| count)) {
            Err(error) if error.is_full() || error.is_corrupt() => Ok(self.start_over(store, &error)?),
            count => Ok(count?),
        }
    }

    /// Forgets what is selected; returns how many entries that were. A damaged database is removed: what was selected
    /// must not stay on the disk.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been forgotten.
    pub fn delete(&self, selector: &Selector) -> Result<u64, Unusable> {
        let Some(store) = self.backend.open_for_change()? else { return Ok(0) };
        // What is in the tally belongs to the entries that go, not to later ones.
        self.fold_into(&store);
        match store.delete(selector) {
            Err(error) if error.is_corrupt() || (error.is_full() && *selector == Selector::All) => {
                Ok(self.start_over(store, &error)?)
            }
            count => Ok(count?),
        }
    }

    /// Removes the whole database, where its entries cannot be deleted because of `error`: the disk has no room for
    /// that, or the file is damaged.
    pub(super) fn start_over(&self, store: B::Store, error: &StoreError) -> Result<u64, StoreError> {
        let count = store.statistics(0).map_or(0, |statistics| statistics.entries);
        drop(store);
        self.backend.remove()?;
        if error.is_corrupt() {
            self.warn(&format!("{error}; all of it was removed"));
        }
        // Later callers do not join a fetch that began before.
        Directory(&self.backend.flights_dir()?).dismiss();
        Ok(count)
    }

    /// Brings the counts of hits up to date; where the database cannot be written to, they stay as they were.
    pub fn fold(&self) {
        // If the database cannot be read either, the next reader says so.
        if let Ok(Some(store)) = self.backend.open_readable() {
            self.fold_into(&store);
        }
    }

    pub(super) fn fold_into(&self, store: &B::Store) {
        use StoreErrorKind::{Busy, Full, Refused, Unreachable};
        if let Err(error) = store.fold()
            && matches!(error.kind, Refused | Full | Busy | Unreachable)
        {
            (self.host.warn)(&format!("the latest hits are not counted yet: {error}"));
        }
    }
}
