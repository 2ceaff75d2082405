//! Events: what happens to entries, and between this host and the server that it shares by, and is counted.

use std::ops::RangeInclusive;
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
    /// The server had the result, and no command was run here.
    SharedHit = 6,
    /// The server was asked, had nothing that would do, and the command was run.
    SharedMiss = 7,
    /// Another host ran the command, and the caller waited for it.
    SharedWait = 8,
    /// The server was given a result.
    SharedStored = 9,
    /// The server did not answer, or what it had could not be used.
    SharedError = 10,
}

/// The numbers of the kinds that are about the server.
const SHARED: RangeInclusive<u8> = EventKind::SharedHit as u8..=EventKind::SharedError as u8;

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Hit,
        Self::StaleHit,
        Self::Miss,
        Self::Refresh,
        Self::Failure,
        Self::SharedHit,
        Self::SharedMiss,
        Self::SharedWait,
        Self::SharedStored,
        Self::SharedError,
    ];

    /// The kind with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i64 == number)
    }

    /// Whether it is about the server of the shared tier, and not about an entry.
    pub fn is_shared(self) -> bool {
        SHARED.contains(&(self as u8))
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
    /// How long the caller would have waited for the command, in whole microseconds. For
    /// [`SharedWait`](EventKind::SharedWait) how long it has waited, and for [`SharedError`](EventKind::SharedError)
    /// how long the server is left alone after it.
    pub saved: Duration,
}

impl Event {
    /// An event that happens now.
    pub fn now(kind: EventKind, key: &Key, saved: Duration) -> Self {
        Self { kind, key: *key, at: Timestamp::now(), saved }
    }

    /// An event between this host and the server that happens now, with its time.
    #[cfg(feature = "shared")]
    pub fn with_server(kind: EventKind, time: Duration) -> Self {
        Self::now(kind, &Key([0; 32]), time)
    }
}
