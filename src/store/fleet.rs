//! What a store knows of the hosts that share results: how far it has followed their invalidations and deletions, when it
//! has last heard of them, and which of its own they have not been told.
//!
//! # Steps, and what happens if one fails
//!
//! * *Replaying* changes entries of shared calls alone, and what is being fetched for such calls: see
//!   [`Origin`](super::Origin). The position changes in the last transaction, and contact in the same. If the process ends
//!   before that, the same barriers are replayed once more, which changes nothing that they have changed already.
//! * *Two processes replay at a time.* Each looks at the position in each of its transactions. If the other one was faster,
//!   it begins again with what is left.
//! * *Own invalidations* are queued in the transaction that marks the first entries here. If the process ends after that,
//!   the next ask of this host tells the server, perhaps for the second time.
//! * *A copy that is made while an own invalidation is on its way* was judged by the record, or was not because it came
//!   before it. So the entries are marked once more when the server has been told, and only then the record goes.

use std::time::Duration;

use super::shared::protocol::{BarrierKind, Position, Tag};
use super::{Entry, LogId, Mark, Selected, Selector, StoreError};
use crate::model::time::{Moment, Timestamp};

/// Names a server as it is configured: the address, the namespace, and the file of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub i64);

/// When a server was last asked: the moment at which the request was sent.
///
/// It is kept by two clocks. The clock that counts from boot is never set. The difference of both tells which boot that
/// was, and costs a hit no system call more: reading the id of the boot takes 4 µs, as long as everything else that a
/// shared hit does in addition. If the time of day is set, the contact is forgotten.
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
    /// The last contact with the server, which is of the same moment or an earlier one.
    pub contact: Option<Contact>,
}

/// So far may two readings of both clocks be apart in one boot: the reader may have been interrupted in between.
const JITTER_MS: u64 = 50;

impl Contact {
    /// That a request is sent now.
    pub fn now() -> Self {
        Self { sent_at: Moment::now(), wall: Timestamp::now() }
    }

    /// Whether a call that was made at `called_at` needs to know nothing later.
    pub fn is_within(&self, sync: Duration, called_at: Moment) -> bool {
        let now = Self::now();
        let age = called_at.as_nanos().saturating_sub(self.sent_at.as_nanos());
        self.is_of_the_boot_of(&now) && self.sent_at <= now.sent_at && u128::from(age) <= sync.as_nanos()
    }

    /// Whether it is later than `other`, which counts for nothing if it is of another boot.
    pub fn is_after(&self, other: &Self) -> bool {
        !self.is_of_the_boot_of(other) || self.sent_at > other.sent_at
    }

    /// How long ago it was; `None` if that is not known any more.
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
    /// The name that it has, or will have, as a barrier. It names the record, too.
    pub tag: Tag,
    /// What it does.
    pub kind: BarrierKind,
    /// What it does this to.
    pub selector: Selector,
    /// When it was made.
    pub at: Timestamp,
}

/// What has to be known before a server is asked, all of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What is fetched or copied from now on is stored with this mark.
    pub mark: Mark,
    /// The last barrier that was replayed.
    pub position: Option<Position>,
    /// What the server has to be told first. Until it has been, it is judged by like a barrier.
    pub queued: Vec<Queued>,
}

/// What a host has missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Nothing: the position stays.
    Nothing,
    /// These, in order.
    Barriers(Vec<(BarrierKind, Selector)>),
    /// It is not known what.
    Everything,
}

/// What a server has answered about its log.
pub struct News<'a> {
    /// Which log.
    pub log: LogId,
    /// Where it was.
    pub now: Position,
    /// What was missed by a store with that position.
    pub missed: &'a dyn Fn(Option<&Position>) -> Missed,
    /// The mark before the server was asked.
    pub since: Mark,
    /// When the server was asked, if the answer has every barrier.
    pub contact: Option<(ServerId, Contact)>,
}

/// What a store knows of the hosts that it shares with.
pub trait Fleet {
    /// What has to be known before the server of `log` is asked.
    fn known(&self, log: LogId) -> Result<Known, StoreError>;

    /// The last contact with `server`.
    fn contact(&self, server: ServerId) -> Result<Option<Contact>, StoreError>;

    /// Does to the entries of shared calls what others have done to theirs, and remembers how far. Entries of other calls
    /// stay as they are. Returns the mark for what is fetched or copied after this answer, which was judged by all barriers of
    /// the log: only those of this host that have come since `news.since` still concern it.
    ///
    /// # Errors
    ///
    /// The position is what it was: the same is replayed again.
    fn catch_up(&self, news: &News<'_>) -> Result<Mark, StoreError>;

    /// Invalidates or deletes what `selector` selects, and records that the server of `log` has to be told. Passes what it
    /// invalidates to `found`. Returns how many entries were deleted.
    ///
    /// # Errors
    ///
    /// As for [`Store::invalidate_each`](super::Store::invalidate_each) and [`Store::delete`](super::Store::delete); if
    /// there is a record, it stays.
    fn announce(&self, log: LogId, queued: &Queued, found: &mut dyn FnMut(Selected)) -> Result<u64, StoreError>;

    /// Does the same once more to the entries of shared calls, and forgets the record: the server has been told.
    ///
    /// # Errors
    ///
    /// The record stays, and the server will be told again.
    fn announced(&self, queued: &Queued) -> Result<(), StoreError>;
}
