//! How a call ended, for its process to end in the same way.

use std::time::Duration;

use crate::fetch::caller::Ending;
use crate::fetch::{Printed, StartError};
use crate::model::exit::ExitStatus;
use crate::model::key::Key;
use crate::model::status::{CacheStatus, How, NotStored, Shared, Why};
use crate::policy::Freshness;

/// How a call ended.
#[derive(Debug)]
pub struct Response {
    /// How the process is to end.
    pub end: ProcessEnd,
    /// What happened.
    pub status: CacheStatus,
    /// Why the output could not be printed in full, if it could not.
    pub print_error: Option<std::io::Error>,
}

/// How the process of a caller is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessEnd {
    /// With this status.
    With(ExitStatus),
    /// By this signal, which this process received and which ended the command.
    BySignal(i32),
    /// As a command that could not be started.
    NotStarted(StartError),
    /// The process that ran the command was killed.
    FetcherLost,
}

/// What is known of detached refreshes of a stale result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Refresh {
    /// One has been started or was seen.
    pub(super) is_in_progress: bool,
    /// The last one that ended has failed.
    pub(super) has_failed: bool,
    /// None has been started, because as many go on as may.
    pub(super) is_deferred: bool,
}

impl Refresh {
    /// What happened to a call that prints no result.
    pub(super) fn without_result(self, why: Why) -> How {
        match self {
            Self { is_in_progress: true, .. } => How::Refreshing(why),
            Self { is_deferred: true, .. } => How::Deferred(why),
            _ => How::NotCached,
        }
    }
}

impl Response {
    /// From the store.
    pub(super) fn hit(key: Key, exit: u8, freshness: Freshness, refresh: Refresh, printed: Printed) -> Self {
        let (age, ttl) = seconds_left(freshness);
        let Refresh { is_in_progress: refreshing, has_failed: failing, is_deferred: deferred } = refresh;
        Self::printed(How::Hit { age, ttl, refreshing, failing, deferred }, key, exit, printed)
    }

    /// With an exit status, after printing.
    pub(super) fn printed(how: How, key: Key, exit: u8, printed: Printed) -> Self {
        let print_error = match printed {
            Printed::All => None,
            Printed::Failed(error) => Some(error),
        };
        Self {
            end: ProcessEnd::With(ExitStatus::Exited(exit)),
            status: CacheStatus { how, key: Some(key), shared: None },
            print_error,
        }
    }

    /// From the command, which another process of ours has run.
    pub(super) fn of_ending(ending: Ending, key: Option<Key>, why: Why) -> Self {
        match ending {
            Ending::Reported(ended) => {
                let end = ended.start_error.map_or(ProcessEnd::With(ended.status), ProcessEnd::NotStarted);
                let print_error = ended.print_error.map(std::io::Error::from_raw_os_error);
                let fetched = Self::fetched(end, key, why, ended.stored, false);
                Self { print_error, ..fetched.not_stored(ended.not_stored) }
            }
            Ending::BySignal(signal) => Self::fetched(ProcessEnd::BySignal(signal), key, why, false, false),
            Ending::FetcherLost => Self::fetched(ProcessEnd::FetcherLost, key, why, false, false),
        }
    }

    /// From the command.
    pub(super) fn fetched(end: ProcessEnd, key: Option<Key>, why: Why, stored: bool, collapsed: bool) -> Self {
        let how = How::Fetch { why, stored, collapsed, not_stored: None };
        Self { end, status: CacheStatus { how, key, shared: None }, print_error: None }
    }

    /// The same, after asking the server that it is shared by. What came from there has been fetched, as far as this host
    /// is concerned.
    pub(super) fn after_asking(mut self, shared: Option<Shared>, why: Why) -> Self {
        if let Some(Shared::Hit { .. }) = shared {
            self.status.how = How::Fetch { why, stored: true, collapsed: false, not_stored: None };
        }
        self.status.shared = shared;
        self
    }

    /// The same, with the reason why its output was kept from being stored.
    pub(super) fn not_stored(mut self, reason: Option<NotStored>) -> Self {
        if let How::Fetch { not_stored, .. } = &mut self.status.how {
            *not_stored = reason;
        }
        self
    }
}

/// The age, and for how many whole seconds the result stays fresh: below 0 if it is stale.
fn seconds_left(freshness: Freshness) -> (Duration, i64) {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match freshness {
        Freshness::Fresh { age, left } => (age, seconds(left)),
        Freshness::Stale { age, over } => (age, -seconds(over).max(1)),
        Freshness::Missing => (Duration::ZERO, 0),
    }
}
