//! What is stored, and the traits of a store.
//!
//! A [`Backend`] is a store that need not be open: a hit is looked up and counted there. It opens a [`Store`], which
//! keeps results. [`Upkeep`] is for a store whose space this user has to look after.
//!
//! [`local`] is the implementation in an SQLite file. No other module here uses it.

mod condition;
mod detail;
mod entry;
mod error;
mod event;
mod finding;
#[cfg(feature = "shared")]
pub mod fleet;
mod history;
mod incoming;
pub mod local;
#[cfg(feature = "shared")]
pub mod log;
mod recipe;
mod replay;
mod selector;
#[cfg(feature = "shared")]
pub mod shared;
mod statistics;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;

use std::io::Read;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

pub use condition::Condition;
pub use detail::{Detail, Locator, Order, Rank, Selected, Start, Usage};
pub use entry::{Body, ChunkDigest, Entry, LogId, NewEntry, Origin, ResultId, Standing, Stored, Summary};
pub use error::{StoreError, StoreErrorKind};
pub use event::{Event, EventKind};
pub use finding::{Finding, Inspector, Verified};
#[cfg(feature = "shared")]
pub use fleet::Fleet;
pub use history::{BeforeFetch, Change, Failure, Mark};
pub use incoming::Incoming;
pub use recipe::Recipe;
pub use replay::{ReplayError, Writer, replay_inline};
pub use selector::{Selector, SelectorError};
pub use statistics::{Activity, SharedStatistics, Statistics};
pub use sweep::Sweep;

use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;

/// A store that need not be open, and may not exist yet.
///
/// A hit needs only these methods, so an implementation can serve it without opening anything. A method that replaces a
/// damaged store puts an empty one in its place.
pub trait Backend {
    /// What it opens. A thread reads what goes to the server.
    #[cfg(feature = "shared")]
    type Store: Store + Fleet + Send;
    /// What it opens.
    #[cfg(not(feature = "shared"))]
    type Store: Store;

    /// The entry of `key`, and the store if it had to be opened. A damaged store is replaced.
    fn entry(&self, key: &Key) -> Result<(Option<Self::Store>, Option<Entry>), StoreError>;

    /// The same for a shared call, with the last contact with `server`, which is of the same moment or an earlier one.
    #[cfg(feature = "shared")]
    fn shared_entry(&self, key: &Key, server: fleet::ServerId) -> Result<fleet::SharedEntry<Self::Store>, StoreError>;

    /// What a fetch of `key` has to know before it begins, and the store if it had to be opened. A damaged store is
    /// replaced.
    fn before_fetch(&self, key: &Key) -> Result<(Option<Self::Store>, BeforeFetch), StoreError>;

    /// The condition of `entry`, if it has one that is not damaged.
    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError>;

    /// Counts `event`, or drops it if that would take waiting. Returns whether it is time for [`Store::prune`].
    fn note(&self, event: &Event) -> bool;

    /// Opens the store if there is one.
    fn open(&self) -> Result<Option<Self::Store>, StoreError>;

    /// The same for reading more than one entry: undoes a change by another program that would prevent it.
    fn open_readable(&self) -> Result<Option<Self::Store>, StoreError> {
        self.open()
    }

    /// Opens the store; makes it if it is missing. A damaged one is replaced.
    fn create(&self) -> Result<Self::Store, StoreError>;

    /// The same, but whether an existing store is damaged shows only when it is used.
    fn open_or_create(&self) -> Result<Self::Store, StoreError> {
        match self.open()? {
            Some(store) => Ok(store),
            None => self.create(),
        }
    }

    /// Opens the store for an invalidation or a deletion; `None` if there is neither a store nor a fetch in progress
    /// that the change may concern.
    fn open_for_change(&self) -> Result<Option<Self::Store>, StoreError>;

    /// Replaces a store that turned out to be damaged while it was used; none may be open.
    fn replace_damaged(&self) -> Result<(), StoreError>;

    /// Checks all that is stored and hands what is wrong to `inspector`; with `repair`, repairs it. Results that others
    /// fetch meanwhile may not be stored.
    ///
    /// # Errors
    ///
    /// It could not be checked, which does not mean that it is damaged.
    fn verify(&self, repair: bool, inspector: &mut dyn Inspector) -> Result<Verified, StoreError>;

    /// Removes the stores that were replaced because of damage: those replaced at least `_age` ago, or all of them.
    fn remove_replaced(&self, _age: Option<Duration>) {}

    /// Removes the store, which needs no free space; none may be open.
    fn remove(&self) -> Result<(), StoreError>;

    /// The directory in which processes that use this store find out about each other's fetches. It may be missing.
    fn flights_dir(&self) -> Result<PathBuf, StoreError>;

    /// The same directory, made if it is missing.
    fn make_flights_dir(&self) -> Result<PathBuf, StoreError>;
}

/// An open store.
pub trait Store {
    /// A long transcript that is being received.
    type Incoming: Incoming<Self>;

    /// The entry of `key`; a damaged one counts as absent.
    fn lookup(&self, key: &Key) -> Result<Option<Entry>, StoreError>;

    /// The condition of `entry`, if it has one that is not damaged.
    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError>;

    /// Writes the whole transcript of `entry` to `write`, after all of it has passed its checksum.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Damaged`] before the first byte is written.
    fn replay(&self, entry: &Entry, write: &mut Writer<'_>) -> Result<(), ReplayError>;

    /// The present point in the history of invalidations and deletions.
    fn mark(&self) -> Result<Mark, StoreError>;

    /// Makes `new` the entry of its key and forgets the failures of that key, unless a barrier since `since` forbids
    /// it: see [`Stored`]. `transcript` yields exactly `new.summary.size` bytes.
    fn store(&self, new: &NewEntry<'_>, transcript: &mut dyn Read, since: Mark) -> Result<Stored, StoreError>;

    /// Begins to receive a long transcript, of a shared call or not; waits for other users of the store for at most
    /// `patience`.
    fn receive(&self, patience: Duration, is_shared: bool) -> Result<Self::Incoming, StoreError>;

    /// Lets [`store`](Self::store) wait for other users of the store for at most `_patience`.
    fn be_patient_for(&self, _patience: Duration) {}

    /// Reads ahead what storing a result of `key` will need, without waiting. Changes nothing.
    fn prepare(&self, _key: &Key) {}

    /// What the barriers since `since` mean for a result that `recipe` fetches for `key`, which is made of `parts`, and
    /// whose call `is_shared` or not.
    fn changes(
        &self,
        key: &Key,
        parts: &KeyParts,
        recipe: &Recipe,
        since: Mark,
        is_shared: bool,
    ) -> Result<Change, StoreError>;

    /// Marks stale what `selector` selects, stored or being fetched; passes to `found` how to fetch each entry again.
    ///
    /// # Errors
    ///
    /// The entries that were passed to `found` before the error are marked.
    fn invalidate_each(&self, selector: &Selector, found: &mut dyn FnMut(Selected)) -> Result<(), StoreError>;

    /// The same, but returns how to fetch the entries again.
    fn invalidate(&self, selector: &Selector) -> Result<Vec<Selected>, StoreError> {
        let mut selected = Vec::new();
        self.invalidate_each(selector, &mut |found| selected.push(found))?;
        Ok(selected)
    }

    /// Removes what `selector` selects, stored or being fetched; returns how many entries were removed.
    fn delete(&self, selector: &Selector) -> Result<u64, StoreError>;

    /// Calls `each` with one selected entry after another, until it breaks off; leaves out damaged entries. Memory does
    /// not grow with the number of entries.
    fn visit(&self, selector: &Selector, each: &mut dyn FnMut(Selected) -> ControlFlow<()>) -> Result<(), StoreError>;

    /// The selected entries, `limit` at most; leaves out damaged ones.
    fn select(&self, selector: &Selector, limit: usize) -> Result<Vec<Selected>, StoreError> {
        let mut selected = Vec::new();
        self.visit(selector, &mut |found| {
            if selected.len() < limit {
                selected.push(found);
            }
            if selected.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(selected)
    }

    /// Calls `found` with the entries from `start` on that all of `selectors` select, until it breaks off; leaves out
    /// damaged entries. Memory is bounded, and other users of the store are blocked for a moment at a time.
    fn details(
        &self,
        start: Start,
        selectors: &[Selector],
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// How many entries there are, damaged ones included; `at_most` if there are more.
    fn count(&self, at_most: u64) -> Result<u64, StoreError>;

    /// [`details`](Self::details) of the entries at these locators, in that order, as far as they are there.
    fn details_at(
        &self,
        locators: &mut dyn Iterator<Item = Locator>,
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The keys that begin with these hexadecimal digits, two at most.
    fn keys_with_prefix(&self, prefix: &str) -> Result<Vec<Key>, StoreError>;

    /// Whether there is an entry of `key`, damaged or not.
    fn has(&self, key: &Key) -> Result<bool, StoreError> {
        Ok(!self.keys_with_prefix(&key.to_string())?.is_empty())
    }

    /// What is known of failed background fetches of `key`.
    fn failure(&self, key: &Key) -> Result<Option<Failure>, StoreError>;

    /// Records that a background fetch of `key` failed.
    fn record_failure(&self, key: &Key, failure: &Failure) -> Result<(), StoreError>;

    /// Removes what has expired at `now`, what nothing refers to, and what was used least recently as long as the store
    /// is larger than `limit` bytes; a bounded amount at a time.
    fn prune(&self, now: Timestamp, limit: u64) -> Result<(), StoreError>;
}

/// Looking after a store whose space belongs to this user.
pub trait Upkeep: Store {
    /// Removes the entries that `sweep` names, and gives their space back; returns how many entries were removed.
    fn sweep(&self, sweep: &Sweep) -> Result<u64, StoreError>;

    /// How many entries [`sweep`](Self::sweep) would remove.
    fn would_sweep(&self, sweep: &Sweep) -> Result<u64, StoreError>;

    /// Gives back all space that nothing uses.
    fn compact(&self) -> Result<(), StoreError>;

    /// Brings the counts up to date with the events that were [noted](Backend::note).
    fn fold(&self) -> Result<(), StoreError>;

    /// All counts, with the `top` entries that have saved the most time.
    fn statistics(&self, top: usize) -> Result<Statistics, StoreError>;

    /// Sets all counts to 0.
    fn reset_statistics(&self) -> Result<(), StoreError>;
}
