//! What happens to a key while a result is fetched for it.

use super::Entry;
use crate::model::time::Timestamp;

/// What has happened to a key since a fetch of it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that concerns the result.
    None,
    /// It was invalidated: the result is stale.
    Invalidated,
    /// Another result was stored by hand, and stays.
    Overtaken,
    /// It was deleted: the result is not to be stored.
    Deleted,
}

/// A point in the history of barriers. A fetch takes one when it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
pub struct BeforeFetch {
    /// The entry that there is.
    pub entry: Option<Entry>,
    /// After failed background fetches: no further attempt before this.
    pub retry_at: Option<Timestamp>,
    /// The present point in the history of invalidations and deletions.
    pub mark: Mark,
}
