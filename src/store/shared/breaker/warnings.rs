//! When there were warnings, which are in the breaker's file as well: a process of a moment knows of no other's.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::record::Record;
use super::{Attempt, Breaker, WARNED};
use crate::sys::clock;

impl Breaker {
    /// Whether it is time to warn of `mistake` in the configuration, which keeps this host alone from the server: that
    /// happens once an hour.
    pub fn warns_of_mistake(&self, mistake: &str) -> bool {
        let (now, digest) = (clock::since_boot(), xxh3_64(mistake.as_bytes()));
        let change = |record: &Record| match record.mistake {
            Some((at, known)) if known == digest && at <= now && now - at < WARNED => (record.clone(), false),
            _ => (Record { mistake: Some((now, digest)), ..record.clone() }, true),
        };
        self.update(change).unwrap_or(false)
    }
}

impl Attempt {
    /// Whether it is time to warn of a password in a URL, which happens once a day.
    pub fn warns_of_password(&self) -> bool {
        const DAY: Duration = Duration::from_hours(24);
        let now = clock::since_boot();
        let was_warned = |record: &Record| record.warned_password_at.is_some_and(|at| at <= now && now - at < DAY);
        if was_warned(&self.seen) {
            return false;
        }
        let change =
            |record: &Record| (Record { warned_password_at: Some(now), ..record.clone() }, !was_warned(record));
        self.breaker.update(change).unwrap_or(false)
    }
}
