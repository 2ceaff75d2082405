//! The system's clocks.

use std::time::Duration;

use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

/// A clock that is never set, and that all processes of one boot share. On some systems it stands still while the
/// machine sleeps.
pub(crate) fn since_boot() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from)
}

/// The time of day, in milliseconds since 1970; negative before.
pub(crate) fn millis_since_epoch() -> i64 {
    clock_gettime(ClockId::CLOCK_REALTIME).map_or(0, |now| now.num_milliseconds())
}
