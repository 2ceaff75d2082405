//! Ending a command that has run for too long: TERM, and KILL if it runs on.

use std::time::{Duration, Instant};

use super::Supervisor;
use crate::sys::deadline::continue_from;
use crate::sys::poll::poll;
use crate::sys::signal::SIGKILL;

/// From TERM to KILL.
pub(in crate::fetch) const GRACE: Duration = Duration::from_secs(5);

/// How often this process checks whether a group has ended.
const GROUP_CHECK: Duration = Duration::from_millis(20);

/// What the command is sent next, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    TermAt(Instant),
    KillAt(Instant),
}

impl Limit {
    /// TERM after this time from now, for a fetch that nobody waits for any more.
    pub(super) fn after(limit: Duration) -> Self {
        let deadline = Instant::now().checked_add(limit);
        // The command may stop this process.
        deadline.into_iter().for_each(continue_from);
        deadline.map_or(Self::None, Self::TermAt)
    }

    /// When the next signal is due.
    pub(super) fn deadline(self) -> Option<Instant> {
        match self {
            Self::TermAt(at) | Self::KillAt(at) => Some(at),
            Self::None => None,
        }
    }
}

impl Supervisor<'_> {
    /// Sends what is due.
    pub(super) fn enforce_limit(&mut self) {
        let now = Instant::now();
        if self.ended.is_some() || self.limit.deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        self.limit = match self.limit {
            Limit::TermAt(_) => {
                self.timed_out = true;
                self.command.terminate();
                Limit::KillAt(now + GRACE)
            }
            _ => {
                self.command.signal_all(SIGKILL);
                Limit::None
            }
        };
    }

    /// After the time was up for a whole group, its processes that outlive the command get the rest of [`GRACE`].
    pub(super) fn end_group(&self) {
        let Limit::KillAt(deadline) = self.limit else { return };
        while self.timed_out && self.command.has_group() {
            if Instant::now() >= deadline {
                self.command.signal_all(SIGKILL);
                return;
            }
            poll([], Some(GROUP_CHECK));
        }
    }
}
