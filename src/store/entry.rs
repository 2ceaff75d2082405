//! One stored result, and one that is to be stored.

use std::time::Duration;

use super::{Condition, Recipe};
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::policy::EntryFacts;

/// Names a result among all that its key ever had. Its bits mean something only to the store that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultId(u64);

impl ResultId {
    /// Back from its [bits](Self::bits).
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits that stand for it in a file.
    pub fn bits(self) -> u64 {
        self.0
    }
}

/// What is known of every result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
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
    /// When it expires, whatever the ttl of its readers is.
    pub expires_at: Timestamp,
    /// Bytes of its transcript.
    pub size: u64,
}

impl Summary {
    /// That of a success without output that took no time, and is removed when it has not been fetched again for
    /// `keep`.
    pub fn new(key: Key, fetched_at: Timestamp, keep: Duration) -> Self {
        let expires_at = fetched_at.after(keep);
        let took = Duration::ZERO;
        Self { key, fetched_at, took, exit: 0, invalidated: false, is_failure: false, expires_at, size: 0 }
    }

    /// What [`decide`](crate::policy::decide) needs to know of it, under a condition with this lifetime.
    pub fn facts(&self, lifetime: Option<Duration>, dependencies_changed: bool) -> EntryFacts {
        EntryFacts {
            key: self.key.first_bits(),
            fetched_at: self.fetched_at,
            expires_at: self.expires_at,
            exit: self.exit,
            invalidated: self.invalidated,
            dependencies_changed,
            program_changed: false,
            lifetime,
        }
    }
}

/// One stored result. Its summary has passed its checksum; see [`Store::replay`](super::Store::replay) for its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is known of every result.
    pub summary: Summary,
    /// Its condition has a lifetime.
    pub has_lifetime: bool,
    /// Names this result among all results that the key ever had.
    pub result: ResultId,
    /// It is of a shared call: invalidations and deletions of other hosts have reached it, and others will.
    pub is_shared: bool,
    /// Where its transcript is.
    pub body: Body,
}

/// Where a transcript is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// In the entry itself, verified.
    Inline(Vec<u8>),
    /// In chunks. Their digests are verified; the chunks are verified when they are read.
    Chunked(Vec<ChunkDigest>),
}

/// XXH3-128 of one chunk.
pub type ChunkDigest = [u8; 16];

/// A result to be stored.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// What is known of every result.
    pub summary: Summary,
    /// What the key was made of.
    pub parts: &'a KeyParts,
    /// How to fetch it again.
    pub recipe: &'a Recipe,
    /// What else decides about its freshness.
    pub condition: &'a Condition,
    /// A caller has supplied it, and nothing was fetched. A fetch that is in progress does not replace it.
    pub is_by_hand: bool,
    /// Its flight has ended before it was stored. It does not replace a newer result.
    pub is_late: bool,
    /// Whether other hosts know of it.
    pub origin: Origin,
}

impl<'a> NewEntry<'a> {
    /// The result of a fetch that shares nothing, without a condition.
    pub fn new(summary: Summary, parts: &'a KeyParts, recipe: &'a Recipe) -> Self {
        let (condition, origin) = (&Condition::NONE, Origin::Own);
        Self { summary, parts, recipe, condition, is_by_hand: false, is_late: false, origin }
    }
}

/// Whether a result is of a shared call, and where it stands among the results of other hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The call shares nothing: what other hosts invalidate or delete does not concern it.
    #[default]
    Own,
    /// It was run here without a lease.
    Shared,
    /// It was run here under a lease.
    Led(Standing),
    /// Another host has run it.
    Copied(Standing),
}

/// Where a result stands among all that the fleet has had for its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The log of barriers by which it was judged.
    pub log: LogId,
    /// The epoch of that log when the server was asked. If it is another one now, the result is stale.
    pub epoch: [u8; 16],
    /// The higher, the later. A copy does not replace a result of the same epoch with the same fence or a higher one.
    pub fence: u64,
}

/// Names a log of barriers here; made of what all names of that log begin with on its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub i64);

impl Origin {
    /// Whether invalidations and deletions of other hosts concern it.
    pub fn is_shared(&self) -> bool {
        *self != Self::Own
    }

    /// Where it stands, if the server has said so.
    pub fn standing(&self) -> Option<&Standing> {
        match self {
            Self::Own | Self::Shared => None,
            Self::Led(standing) | Self::Copied(standing) => Some(standing),
        }
    }
}

/// Whether a result that was passed to [`Store::store`](super::Store::store) was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is the key's entry now, under this name.
    Fresh(ResultId),
    /// The same, but it is stale: the key was invalidated while it was fetched.
    Invalidated(ResultId),
    /// It was dropped: the key was deleted while it was fetched.
    Deleted,
    /// It was dropped: while it was fetched, another result was stored by hand, or a newer one was stored; or it was
    /// copied, and is not later than what is stored. It may still be printed.
    Overtaken,
}
