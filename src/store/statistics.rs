//! Counts of what is stored and of events.

use std::ops::Range;
use std::time::Duration;

use super::{Detail, EventKind};
use crate::model::time::Timestamp;

/// Counts of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// How many entries there are.
    pub entries: u64,
    /// Bytes of their transcripts.
    pub bytes: u64,
    /// Bytes of the database.
    pub database: u64,
    /// Events by hour and kind. Events that are too old to be kept by the hour have no hour.
    pub activity: Vec<Activity>,
    /// The entries that have saved the most time, in descending order.
    pub top: Vec<Detail>,
}

/// What has happened between a host and the server that it shares by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SharedStatistics {
    /// Results that the server had, so that no command was run here.
    pub hits: u64,
    /// Commands that were run because the server had nothing that would do.
    pub misses: u64,
    /// Calls that have waited for the run of another host.
    pub waits: u64,
    /// How long they have.
    pub waited: Duration,
    /// Results that the server was given.
    pub stored: u64,
    /// How often it did not answer, or what it had could not be used.
    pub errors: u64,
    /// For how long it was not asked because it had failed.
    pub downtime: Duration,
}

/// How often one thing happened in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// In hours since 1970.
    pub hour: Option<i64>,
    /// What happened.
    pub kind: EventKind,
    /// How often.
    pub count: u64,
    /// The time that it has saved, or what else [`Event::saved`](super::Event) is.
    pub saved: Duration,
}

impl Statistics {
    /// How often something of `kind` happened.
    pub fn count(&self, kind: EventKind) -> u64 {
        self.sum(|activity| activity.kind == kind)
    }

    /// How often something of `kind` happened in these hours since 1970.
    pub fn count_in(&self, kind: EventKind, hours: Range<i64>) -> u64 {
        self.sum(|activity| activity.kind == kind && activity.hour.is_some_and(|hour| hours.contains(&hour)))
    }

    /// The time that callers would have waited for commands.
    pub fn saved(&self) -> Duration {
        self.time(|kind| !kind.is_shared())
    }

    /// What has happened between this host and the server that it shares by.
    pub fn shared(&self) -> SharedStatistics {
        let of = |which| (self.count(which), self.time(|kind| kind == which));
        let ((waits, waited), (errors, downtime)) = (of(EventKind::SharedWait), of(EventKind::SharedError));
        SharedStatistics {
            hits: self.count(EventKind::SharedHit),
            misses: self.count(EventKind::SharedMiss),
            waits,
            waited,
            stored: self.count(EventKind::SharedStored),
            errors,
            downtime,
        }
    }

    fn time(&self, which: impl Fn(EventKind) -> bool) -> Duration {
        let times = self.activity.iter().filter(|activity| which(activity.kind)).map(|activity| activity.saved);
        times.fold(Duration::ZERO, Duration::saturating_add)
    }

    fn sum(&self, which: impl Fn(&Activity) -> bool) -> u64 {
        self.activity
            .iter()
            .filter(|activity| which(activity))
            .fold(0, |sum, activity| sum.saturating_add(activity.count))
    }
}

impl Activity {
    /// The hour of an instant.
    pub fn hour_of(at: Timestamp) -> i64 {
        at.as_millis().div_euclid(60 * 60 * 1000)
    }

    /// When an hour begins.
    pub fn begin_of(hour: i64) -> Timestamp {
        Timestamp::from_millis(hour.saturating_mul(60 * 60 * 1000))
    }
}
