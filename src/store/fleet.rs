//! What a store knows of the hosts that share results: its position in the log of their invalidations and deletions,
//! the last contact with the server, and the changes of this host that the server does not have yet.
//!
//! # Steps, and what happens if one fails
//!
//! * *A process replays barriers.* Only entries of shared calls change, and what is being fetched for such calls: see
//!   [`Origin`](super::Origin). The last transaction sets the position and the contact. If the process ends before
//!   that, the same barriers are replayed once more, which changes nothing that they have changed already.
//! * *Two processes replay at a time.* Each reads the position in each of its transactions. If the other one was
//!   faster, it begins again with what is left.
//! * *This host invalidates.* The change is queued in the transaction that marks the first entries here. If the process
//!   ends after that, the next ask of this host tells the server, perhaps for the second time.
//! * *A copy is made while such a change is on its way to the server.* It may have been judged before the change was
//!   queued. So the entries are marked once more when the server has the change, and the record is removed only then.

use std::time::Duration;

use super::log::{BarrierKind, Position, Tag};
use super::{Entry, LogId, Mark, Selected, Selector, StoreError};
use crate::model::time::{Moment, Timestamp};

/// Names a server as it is configured: the address, the namespace, and the file of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub i64);

/// When a server was last asked: the moment at which the request was sent.
///
/// It is kept by two clocks. The boot clock is never set. The difference between the clocks identifies the boot,
/// without a further system call: reading the boot's id takes 4 µs, as long as everything else that a shared hit does
/// in addition. If the time of day is set, the contact is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// By the clock that counts from boot.
    pub sent_at: Moment,
    /// By the time of day.
    pub wall: Timestamp,
}

/// What is stored for a shared call.
#[derive(Debug)]
pub struct SharedEntry<S> {
    /// The store, if it had to be opened.
    pub store: Option<S>,
    /// The entry.
    pub entry: Option<Entry>,
    /// The last contact with the server, read before the entry.
    pub contact: Option<Contact>,
}

/// How far the difference between the clocks may vary in one boot: the reader may be interrupted between the two.
const JITTER_MS: u64 = 50;

impl Contact {
    /// The contact of a request that is sent now.
    pub fn now() -> Self {
        Self { sent_at: Moment::now(), wall: Timestamp::now() }
    }

    /// Whether it is recent enough for a call that was made at `called_at`: at most `sync` before that.
    pub fn is_within(&self, sync: Duration, called_at: Moment) -> bool {
        let now = Self::now();
        let age = called_at.as_nanos().saturating_sub(self.sent_at.as_nanos());
        self.is_of_the_boot_of(&now) && self.sent_at <= now.sent_at && u128::from(age) <= sync.as_nanos()
    }

    /// Whether it is later than `other`. A contact of another boot counts as earlier.
    pub fn is_after(&self, other: &Self) -> bool {
        !self.is_of_the_boot_of(other) || self.sent_at > other.sent_at
    }

    /// How long ago it was; `None` if it is of another boot.
    pub fn age(&self) -> Option<Duration> {
        let now = Self::now();
        let age = now.sent_at.as_nanos().checked_sub(self.sent_at.as_nanos())?;
        self.is_of_the_boot_of(&now).then(|| Duration::from_nanos(age))
    }

    fn is_of_the_boot_of(&self, other: &Self) -> bool {
        let boot =
            |contact: &Self| contact.wall.as_millis().saturating_sub((contact.sent_at.as_nanos() / 1_000_000) as i64);
        boot(self).abs_diff(boot(other)) <= JITTER_MS
    }
}

/// An invalidation or a deletion of this host that the server may not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The tag that it has, or will have, as a barrier. It names the record, too.
    pub tag: Tag,
    /// What it does.
    pub kind: BarrierKind,
    /// What it does this to.
    pub selector: Selector,
    /// When it was made.
    pub at: Timestamp,
}

/// What has to be known before a server is asked, read in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What is fetched or copied from now on is stored with this mark.
    pub mark: Mark,
    /// The last barrier that was replayed.
    pub position: Option<Position>,
    /// Changes that the server has to be told first. Until then, results are judged by them as by barriers.
    pub queued: Vec<Queued>,
}

/// What a host has missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Nothing: the position stays.
    Nothing,
    /// These barriers, in order.
    Barriers(Vec<(BarrierKind, Selector)>),
    /// It is not known which barriers.
    Everything,
}

/// What a server has answered about its log.
pub struct LogAnswer<'a> {
    /// Which log.
    pub log: LogId,
    /// The server's position in it.
    pub now: Position,
    /// The barriers that a store with this position has missed.
    pub missed: &'a dyn Fn(Option<&Position>) -> Missed,
    /// The mark before the server was asked.
    pub since: Mark,
    /// The server, and when it was asked, if the answer has every barrier.
    pub contact: Option<(ServerId, Contact)>,
}

/// What a store knows of the hosts that it shares with.
pub trait Fleet {
    /// What has to be known before the server of `log` is asked.
    fn known(&self, log: LogId) -> Result<Known, StoreError>;

    /// The last contact with `server`.
    fn contact(&self, server: ServerId) -> Result<Option<Contact>, StoreError>;

    /// Replays the missed barriers on the entries of shared calls, and sets the new position. Entries of other calls
    /// stay as they are. Returns the mark for what is fetched or copied after this answer: it was judged by all
    /// barriers of the log, so only changes of this host since `answer.since` still concern it.
    ///
    /// # Errors
    ///
    /// The position stays: the same barriers are replayed again.
    fn catch_up(&self, answer: &LogAnswer<'_>) -> Result<Mark, StoreError>;

    /// Invalidates or deletes what `selector` selects, and records that the server of `log` has to be told. Passes what
    /// it invalidates to `found`. Returns how many entries were deleted.
    ///
    /// # Errors
    ///
    /// As for [`Store::invalidate_each`](super::Store::invalidate_each) and [`Store::delete`](super::Store::delete); if
    /// there is a record, it stays.
    fn announce(&self, log: LogId, queued: &Queued, found: &mut dyn FnMut(Selected)) -> Result<u64, StoreError>;

    /// The server has been told: applies the change once more to the entries of shared calls, and removes the record.
    ///
    /// # Errors
    ///
    /// The record stays, and the server will be told again.
    fn announced(&self, queued: &Queued) -> Result<(), StoreError>;
}
