//! Wall-clock instants, as entries store them, and the monotonic clock that orders flights.

use std::time::Duration;

use crate::sys::clock;

/// A wall-clock instant in milliseconds since the Unix epoch; may lie before it.
///
/// ```
/// use cacheback::program::model::time::Timestamp;
/// use std::time::Duration;
///
/// let fetched = Timestamp::from_millis(1_000);
/// assert_eq!(Timestamp::from_millis(3_500).since(fetched), Some(Duration::from_millis(2_500)));
/// assert_eq!(fetched.since(Timestamp::from_millis(3_500)), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The current time of the system clock.
    pub fn now() -> Self {
        Self(clock::millis_since_epoch())
    }

    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this instant lies, or `None` if it lies before it.
    pub fn since(self, earlier: Self) -> Option<Duration> {
        let millis = i128::from(self.0) - i128::from(earlier.0);
        u64::try_from(millis).ok().map(Duration::from_millis)
    }

    /// This instant moved forward by `by`; an instant that would overflow becomes the last one.
    pub fn after(self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(by))
    }
}

/// An instant on the clock that never steps and that all processes of one boot share.
///
/// It orders the beginnings of flights against the beginnings of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// Now, in nanoseconds since boot.
    pub fn now() -> Self {
        Self(clock::since_boot().as_nanos() as u64)
    }

    /// The instant `age` before now, or boot if that is later.
    pub fn ago(age: Duration) -> Self {
        Self(clock::since_boot().saturating_sub(age).as_nanos() as u64)
    }

    /// From nanoseconds since boot, as written to a flight file.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since boot.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
}
