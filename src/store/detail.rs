//! Everything that is known of an entry except its output.

use std::time::Duration;

use super::{Condition, Failure, Recipe, ResultId, Summary};
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;

/// Where a store finds an entry again. Its number means something to that store alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locator(pub(super) u64);

/// Where a walk over entries begins, and which way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Which entry comes first.
    pub order: Order,
    /// The walk goes on after this one of an earlier walk, which need not be there any more.
    pub after: Option<Rank>,
}

/// The order of a walk, by the times of the fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the newest entry to the oldest one.
    NewestFirst,
    /// The opposite.
    OldestFirst,
}

/// Where an entry is in the order of fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    pub(super) fetched_at: Timestamp,
    pub(super) locator: Locator,
}

impl Start {
    /// At the first entry of that order.
    pub fn of(order: Order) -> Self {
        Self { order, after: None }
    }
}

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
    pub locator: Locator,
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
    /// Where it is in the order of fetches.
    pub fn rank(&self) -> Rank {
        Rank { fetched_at: self.summary.fetched_at, locator: self.locator }
    }

    /// What a refresh needs to know of it.
    pub fn selected(&self) -> Selected {
        Selected { key: self.summary.key, parts: self.parts.clone(), recipe: self.recipe.clone() }
    }
}
