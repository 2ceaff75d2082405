//! The system's clocks.
//!
//! They are read by a system call and not through the vDSO: a hit reads them three times, and the pages of the vDSO
//! would take longer. musl also looks its functions up by name.

use std::time::Duration;

/// For how long the system has been running: a clock that is never set, and that all processes of one boot share.
pub(crate) fn since_boot() -> Duration {
    let now = read(libc::CLOCK_BOOTTIME);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The time of day, in milliseconds since 1970; negative before.
pub(crate) fn millis_since_epoch() -> i64 {
    let now = read(libc::CLOCK_REALTIME);
    now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000)
}

fn read(clock: libc::clockid_t) -> libc::timespec {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is writable and outlives the call. The call does not fail for these clocks.
    unsafe { libc::syscall(libc::SYS_clock_gettime, clock, &raw mut now) };
    now
}
