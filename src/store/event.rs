//! Events: what happens to entries, and is counted.

use std::time::Duration;

use crate::model::key::Key;
use crate::model::time::Timestamp;

/// The kinds of events. Their numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EventKind {
    /// The entry was served fresh.
    Hit = 1,
    /// The entry was served stale.
    StaleHit = 2,
    /// There was no entry, and the command was run.
    Miss = 3,
    /// The command was run although there was an entry.
    Refresh = 4,
    /// The command was run, and its result was not stored.
    Failure = 5,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Hit, Self::StaleHit, Self::Miss, Self::Refresh, Self::Failure];

    /// The kind with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i64 == number)
    }
}

/// Something that happened to the entry of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The key of the entry.
    pub key: Key,
    /// When it happened.
    pub at: Timestamp,
    /// How long the caller would have waited for the command, in whole microseconds.
    pub saved: Duration,
}

impl Event {
    /// An event that happens now.
    pub fn now(kind: EventKind, key: &Key, saved: Duration) -> Self {
        Self { kind, key: *key, at: Timestamp::now(), saved }
    }
}
