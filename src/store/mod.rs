//! What is stored, and the one seam behind which it is stored.
//!
//! [`Store`] is all that the rest of the engine knows of the database; [`sqlite`] is its one implementation.

mod condition;
mod detail;
mod error;
mod event;
mod finding;
pub mod local;
mod recipe;
mod result;
mod selector;
mod statistics;
mod sweep;

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::time::Duration;

pub use condition::Condition;
pub use detail::{Detail, Position, Usage};
pub use error::{StoreError, StoreErrorKind};
pub use event::{Event, EventKind};
pub use finding::Finding;
pub use local::place::{Exposure, Place, PlaceError, Refusal};
pub use local::{Incoming, SqliteStore};
pub use recipe::Recipe;
pub use result::ResultId;
pub use selector::{CommandGlob, IdPrefix, Selector, SelectorError};
pub use statistics::{Activity, Statistics};
pub use sweep::Sweep;

use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::model::transcript::{Frames, Stream};
use crate::policy::EntryFacts;
use crate::sys::error::words;

/// One stored result. Its head has passed its checksum; see [`Store::replay`] for its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is the result of.
    pub key: Key,
    /// When the fetch ended.
    pub fetched_at: Timestamp,
    /// How long the fetch took.
    pub took: Duration,
    /// The command's exit status.
    pub exit: u8,
    /// Marked stale since, or overtaken by an invalidation while it was fetched.
    pub invalidated: bool,
    /// Its exit status is stored only because of a failure ttl.
    pub is_failure: bool,
    /// It has a lifetime of its own, which its condition tells.
    pub has_lifetime: bool,
    /// When it ends for everybody.
    pub expires_at: Timestamp,
    /// Names this result among all results that the key ever had.
    pub result: ResultId,
    /// Bytes of its transcript.
    pub size: u64,
    /// Where its transcript is.
    pub body: Body,
}

impl Entry {
    /// What [`decide`](crate::decide) needs to know of it, as far as its condition does not matter.
    pub fn facts(&self) -> EntryFacts {
        EntryFacts {
            fetched_at: self.fetched_at,
            expires_at: self.expires_at,
            exit: self.exit,
            invalidated: self.invalidated,
            dependencies_changed: false,
            lifetime: None,
        }
    }
}

/// Where a transcript is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// In the entry itself, verified.
    Inline(Vec<u8>),
    /// In chunks of their own, whose digests are verified; the chunks are not yet.
    Chunked(Vec<ChunkDigest>),
}

/// XXH3-128 of one chunk.
pub type ChunkDigest = [u8; 16];

/// A result to be stored.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// What it is the result of.
    pub key: Key,
    /// What the key was made of.
    pub parts: &'a KeyParts,
    /// How to fetch it again.
    pub recipe: &'a Recipe,
    /// When the fetch ended.
    pub fetched_at: Timestamp,
    /// How long the fetch took.
    pub took: Duration,
    /// The command's exit status.
    pub exit: u8,
    /// Stored only because of a failure ttl.
    pub is_failure: bool,
    /// What else decides about its freshness.
    pub condition: &'a Condition,
    /// Removed when it has not been fetched again for this long.
    pub keep: Duration,
    /// Bytes of its transcript.
    pub size: u64,
    /// The caller had it, and nothing was fetched: what is being fetched meanwhile does not take its place.
    pub is_by_hand: bool,
    /// Its flight has ended, and another one may have stored what is newer: that stays.
    pub is_late: bool,
}

/// What became of a result that was handed to [`Store::store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is the key's entry now, under this name.
    Fresh(ResultId),
    /// The same, but it is stale: the key was invalidated while it was fetched.
    Invalidated(ResultId),
    /// It was dropped: the key was deleted while it was fetched.
    Deleted,
    /// The same, because another result was stored by hand meanwhile. Nothing is wrong with this one.
    Overtaken,
}

/// What has come between a fetch and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// It is stale.
    Invalidated,
    /// Another result was stored by hand, which stays.
    Overtaken,
    /// It is forgotten.
    Deleted,
}

/// A point in the history of invalidations, deletions and what was stored by hand; a fetch takes one when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub i64);

/// The record of background fetches that failed, one after another, for one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How many in a row.
    pub count: u32,
    /// When the last one ended.
    pub at: Timestamp,
    /// Its status, as a shell shows it.
    pub status: u8,
    /// No further attempt before this.
    pub retry_at: Timestamp,
    /// The end of what it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// What a fetch has to know before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// What is stored.
    pub entry: Option<Entry>,
    /// After failed background fetches: no further attempt before this.
    pub retry_at: Option<Timestamp>,
    /// The present point in the history of invalidations and deletions.
    pub mark: Mark,
}

/// An entry as selected for a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Its key.
    pub key: Key,
    /// What the key was made of.
    pub parts: KeyParts,
    /// How to fetch it again.
    pub recipe: Recipe,
}

/// How a replay ended, other than well.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The output is damaged or gone. Nothing has been written: the caller may fetch instead.
    #[error("the stored output is damaged")]
    Damaged,
    /// Writing failed; this much is the writer's own error.
    #[error("writing the stored output: {}", words(.0))]
    Write(io::Error),
    /// The output disappeared after part of it had been written.
    #[error("the stored output changed while it was read")]
    Torn,
}

/// Receives a transcript piece by piece.
pub type Writer<'a> = dyn FnMut(Stream, &[u8]) -> io::Result<()> + 'a;

/// Hands a transcript that is [`Inline`](Body::Inline) to `write`.
///
/// # Errors
///
/// [`ReplayError::Write`].
pub fn replay_inline(transcript: &[u8], write: &mut Writer<'_>) -> Result<(), ReplayError> {
    Frames::new(transcript).try_for_each(|(stream, data)| write(stream, data)).map_err(ReplayError::Write)
}

/// The seam: everything that the engine asks of a place where results are kept.
pub trait Store {
    /// The entry of `key`; a damaged one counts as absent.
    fn lookup(&self, key: &Key) -> Result<Option<Entry>, StoreError>;

    /// The condition of `entry`, if it has one that is not damaged.
    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError>;

    /// Hands the whole transcript of `entry` to `write`, after all of it has passed its checksum.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Damaged`] before the first byte is written.
    fn replay(&self, entry: &Entry, write: &mut Writer<'_>) -> Result<(), ReplayError>;

    /// The present point in the history of invalidations and deletions.
    fn mark(&self) -> Result<Mark, StoreError>;

    /// Makes `new` the entry of its key and forgets its failures, unless an invalidation or deletion since `since`
    /// selects it. `transcript` yields exactly `new.size` bytes.
    fn store(&self, new: &NewEntry<'_>, transcript: &mut dyn Read, since: Mark) -> Result<Stored, StoreError>;

    /// What has happened since `since` to what is fetched for `key`, made of `parts`, by `recipe`.
    fn changes(&self, key: &Key, parts: &KeyParts, recipe: &Recipe, since: Mark) -> Result<Change, StoreError>;

    /// Marks what is selected stale, and what is being fetched for it; returns how to fetch it again.
    fn invalidate(&self, selector: &Selector) -> Result<Vec<Selected>, StoreError>;

    /// Forgets what is selected, and what is being fetched for it; returns how many entries there were.
    fn delete(&self, selector: &Selector) -> Result<u64, StoreError>;

    /// Hands what is selected to `each`, one after another, until that says that it is enough; what is damaged is left
    /// out. Memory does not grow with the number of entries.
    fn visit(&self, selector: &Selector, each: &mut dyn FnMut(Selected) -> ControlFlow<()>) -> Result<(), StoreError>;

    /// How to fetch what is selected, `limit` entries at most; what is damaged is left out.
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

    /// The keys that begin with these hexadecimal digits, two at most.
    fn keys_with_prefix(&self, prefix: &str) -> Result<Vec<Key>, StoreError>;

    /// What is known of failed background fetches of `key`.
    fn failure(&self, key: &Key) -> Result<Option<Failure>, StoreError>;

    /// Records that a background fetch of `key` failed.
    fn record_failure(&self, key: &Key, failure: &Failure) -> Result<(), StoreError>;

    /// Whether there is an entry of `key`, damaged or not.
    fn has(&self, key: &Key) -> Result<bool, StoreError> {
        Ok(!self.keys_with_prefix(&key.to_string())?.is_empty())
    }

    /// Hands what all of `selectors` mean to `found`, one entry after another and the newest first, until that breaks
    /// it off; what is damaged is left out. Takes bounded memory, and holds nobody up for longer than a moment.
    fn details(
        &self,
        selectors: &[Selector],
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The same for the entries at these positions, in that order, as far as they are there.
    fn details_at(
        &self,
        positions: &mut dyn Iterator<Item = Position>,
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// Removes all that `sweep` does not leave, and gives the space back; returns how many entries that were.
    fn sweep(&self, sweep: &Sweep) -> Result<u64, StoreError>;

    /// How many entries [`sweep`](Self::sweep) would remove.
    fn would_sweep(&self, sweep: &Sweep) -> Result<u64, StoreError>;

    /// Gives back all space that nothing uses.
    fn compact(&self) -> Result<(), StoreError>;

    /// Everything added up, with the `top` entries that have saved the most time.
    fn statistics(&self, top: usize) -> Result<Statistics, StoreError>;

    /// Sets all counts to 0.
    fn reset_statistics(&self) -> Result<(), StoreError>;

    /// Brings the counts of what happened up to date, from the notes in the [tally](crate::store::local::tally).
    fn fold(&self) -> Result<(), StoreError>;

    /// Removes what has expired at `now`, what nothing refers to, and what was used least recently as long as the
    /// database is larger than `limit` bytes; a bounded amount at a time.
    fn prune(&self, now: Timestamp, limit: u64) -> Result<(), StoreError>;
}
