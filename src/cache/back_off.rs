//! Background fetches that fail: the record of them, and the pause before the next one.

use std::time::Duration;

use super::Engine;
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::store::{Backend, Failure, Store};

/// The pause after the first failed background fetch; it doubles with each further one.
const FIRST: Duration = Duration::from_secs(1);

/// The longest pause after a failed background fetch.
const LONGEST: Duration = Duration::from_secs(10 * 60);

impl<B: Backend> Engine<B> {
    /// Records a background fetch of `key` that failed at `at` with `status`; `stderr` is the end of its standard
    /// error.
    pub(super) fn record_failure(&self, key: Key, ttl: Duration, at: Timestamp, status: u8, stderr: Vec<u8>) {
        let record = || {
            let store = self.backend.create()?;
            let count = store.failure(&key)?.map_or(0, |failure| failure.count).saturating_add(1);
            let retry_at = at.after(back_off(count, ttl));
            store.record_failure(&key, &Failure { count, at, status, retry_at, stderr: stderr.clone() })
        };
        // No caller waits for this fetch, so nobody is warned of an error; the next failure is recorded again.
        let _ = self.replacing_damaged(record);
    }

    /// The failures of background fetches of `key` since the last one that succeeded.
    pub fn failure(&self, key: &Key) -> Option<Failure> {
        self.backend.open().ok()??.failure(key).ok()?
    }
}

impl Failure {
    /// For how long no background fetch is attempted, at `now`.
    pub fn holds_back(&self, now: Timestamp) -> Option<Duration> {
        time_to(self.retry_at, now)
    }
}

/// The pause after `count` failures in a row.
fn back_off(count: u32, ttl: Duration) -> Duration {
    let longest = longest(ttl);
    let factor = 1u32.checked_shl(count.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST.saturating_mul(factor).min(longest)
}

/// The longest pause for a result that is fresh for `ttl`.
pub(super) fn longest(ttl: Duration) -> Duration {
    ttl.clamp(FIRST, LONGEST)
}

/// How long a pause until `retry_at` still lasts at `now`, if it does.
pub fn time_to(retry_at: Timestamp, now: Timestamp) -> Option<Duration> {
    // A clock that was set back must not stop refreshes for longer than a pause can be.
    retry_at.since(now).filter(|left| !left.is_zero() && *left <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_doubles_from_a_second_to_the_ttl_and_ten_minutes_at_most() {
        let seconds = |count, ttl| back_off(count, Duration::from_secs(ttl)).as_secs();
        assert_eq!([1, 2, 3, 4, 5].map(|count| seconds(count, 3600)), [1, 2, 4, 8, 16]);
        assert_eq!(seconds(20, 3600), 600);
        assert_eq!(seconds(20, 30), 30);
        assert_eq!(seconds(1, 0), 1);
        assert_eq!(seconds(u32::MAX, 3600), 600);
    }

    #[test]
    fn a_back_off_does_not_outlast_a_clock_that_is_set_back() {
        let left = |millis| time_to(Timestamp::from_millis(millis), Timestamp::from_millis(5_000));
        assert_eq!(left(5_000), None);
        assert_eq!(left(4_000), None);
        assert_eq!(left(6_000), Some(Duration::from_secs(1)));
        assert_eq!(left(605_000), Some(LONGEST));
        assert_eq!(left(605_001), None);
    }
}
