//! When the output of a command that has ended is complete.
//!
//! It is complete when its pipes are at their end: no process has them open any more. A process that still has them
//! open may be a part of the command, such as the filter of `exec > >(tee log)`: it writes or ends soon. Or it is one
//! that stays, such as ssh's ControlPersist or a daemon: it is silent.

use std::time::{Duration, Instant};

use super::Supervisor;
use super::limit::Limit;

/// A process that has the pipes open and has written nothing for this long is not waited for.
pub(in crate::fetch) const SILENCE: Duration = Duration::from_millis(250);

/// A process that goes on writing is not waited for any longer than this after the command has ended.
pub(in crate::fetch) const AFTER_END: Duration = Duration::from_secs(10);

impl Supervisor<'_> {
    /// After the command has ended: reads what is left of its output, and says whether that is complete.
    pub(super) fn completes(&mut self) -> bool {
        if self.is_held_up() {
            self.held_since.get_or_insert_with(Instant::now);
            return self.tap.is_none();
        }
        if let Some(since) = self.held_since.take() {
            self.held_for += since.elapsed();
            self.last_output = Some(Instant::now());
        }
        let Some(tap) = &mut self.tap else { return true };
        if !self.is_drained {
            self.is_drained = true;
            tap.close_command_ends();
            if !tap.is_at_end() {
                self.read_rest();
            }
        }
        let is_at_end = self.tap.as_mut().is_none_or(|tap| tap.is_at_end());
        let is_complete = is_at_end || self.completion_deadline().is_none_or(|deadline| deadline <= Instant::now());
        if is_complete {
            self.tap = None;
        }
        is_complete
    }

    /// When the output counts as complete although another process may still write to it.
    pub(super) fn completion_deadline(&self) -> Option<Instant> {
        let (status, ended_at) = (self.ended?, self.ended_at?);
        self.tap.as_ref()?;
        if self.abandoned || self.is_ended_by_signal(status) {
            return Some(ended_at);
        }
        // The command was ended, and nothing of its output is stored.
        if self.timed_out || self.interrupted {
            return Some(ended_at + SILENCE);
        }
        let at_last = ended_at + AFTER_END + self.held_for;
        let time_is_up = match self.limit {
            Limit::TermAt(at) => at,
            _ => at_last,
        };
        Some((self.completed_at() + SILENCE).min(at_last).min(time_is_up))
    }

    /// When the command had ended and the last of its output had come.
    pub(super) fn completed_at(&self) -> Instant {
        self.ended_at.max(self.last_output).unwrap_or_else(Instant::now)
    }
}
