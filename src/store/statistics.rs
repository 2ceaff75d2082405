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

/// How often one thing happened in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// In hours since 1970.
    pub hour: Option<i64>,
    /// What happened.
    pub kind: EventKind,
    /// How often.
    pub count: u64,
    /// The time that it has saved.
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
        self.activity.iter().fold(Duration::ZERO, |sum, activity| sum.saturating_add(activity.saved))
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
