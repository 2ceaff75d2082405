//! Which entries a requested removal removes.

use std::time::Duration;

use crate::model::time::Timestamp;

/// Which entries a requested removal removes, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Those that have expired at this time.
    pub now: Timestamp,
    /// Those that have not been fetched for this long.
    pub older_than: Option<Duration>,
    /// All but this many, which were fetched last.
    pub keep_last: Option<u64>,
    /// Those used least recently, while the database is larger than this, in bytes.
    pub limit: u64,
}
