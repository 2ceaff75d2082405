//! What to remove on request, beside what has expired.

use std::time::Duration;

use crate::model::time::Timestamp;

/// What an explicit removal is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// What has expired by now goes.
    pub now: Timestamp,
    /// What has not been fetched for this long goes.
    pub older_than: Option<Duration>,
    /// Of the rest, only so many that were fetched last stay.
    pub keep_last: Option<u64>,
    /// Then what was used least recently, as long as the database is larger than this, in bytes.
    pub limit: u64,
}
