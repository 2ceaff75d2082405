//! Everything that is known of an entry except its output.

use std::time::Duration;

use super::{Condition, Failure, Recipe, ResultId, Summary};
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;

/// Where a store finds an entry again. Its number means something to that store alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub(super) u64);

/// What a refresh needs to know of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Its key.
    pub key: Key,
    /// What the key was made of.
    pub parts: KeyParts,
    /// How to fetch it again.
    pub recipe: Recipe,
}

/// An entry without its output. Its key has been compared with what it was made of. Its checksum has not been verified,
/// because that covers the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Where it is.
    pub position: Position,
    /// What is known of every result.
    pub summary: Summary,
    /// What the key was made of.
    pub parts: KeyParts,
    /// How to fetch it again.
    pub recipe: Recipe,
    /// Names this result among all results that the key ever had.
    pub result: ResultId,
    /// What else decides about its freshness.
    pub condition: Condition,
    /// How often it was served.
    pub usage: Usage,
    /// The background fetches that have failed since.
    pub failure: Option<Failure>,
}

/// How often an entry was served, as far as that has been folded in from the tally.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// While it was fresh.
    pub hits: u64,
    /// While it was stale.
    pub stale_hits: u64,
    /// What the callers would have waited for the command.
    pub saved: Duration,
    /// When it was served, or fetched, last.
    pub last: Option<Timestamp>,
}

impl Usage {
    /// How often it was served, fresh or stale.
    pub fn served(&self) -> u64 {
        self.hits.saturating_add(self.stale_hits)
    }
}

impl Detail {
    /// What a refresh needs to know of it.
    pub fn selected(&self) -> Selected {
        Selected { key: self.summary.key, parts: self.parts.clone(), recipe: self.recipe.clone() }
    }
}
