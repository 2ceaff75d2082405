//! A clock that is never set, and is the same for all processes until the next boot.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// How long ago the system has started.
pub(crate) fn since_boot() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from)
}
