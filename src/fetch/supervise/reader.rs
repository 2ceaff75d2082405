//! A slow reader, after the command has ended.
//!
//! By then the result is stored and the flight has ended: only the caller waits for this reader.

use std::time::Instant;

use super::Supervisor;
use super::order::Fetched;
use crate::fetch::outlet::Delivery;
use crate::model::exit::ExitStatus;

impl<'a> Supervisor<'a> {
    /// Puts into `fetched` how the command ended, and `self` if a reader has not taken everything.
    pub(super) fn leave_in(self, fetched: &mut Fetched<'a>) {
        let status = self.ended.unwrap_or(ExitStatus::Failed);
        fetched.status = if self.timed_out { ExitStatus::TimedOut } else { status };
        fetched.interrupted = self.interrupted || self.timed_out;
        if self.is_blocked() && !self.gives_up_reader() {
            fetched.unserved = Some(self);
            return;
        }
        fetched.delivery_error = self.delivery_error.or(self.delivery.and_then(Delivery::into_failure));
        fetched.link = self.link;
    }

    /// Serves the reader until it has everything, is gone or is given up, and puts the end into `fetched`.
    pub(in crate::fetch) fn serve_reader(mut self, fetched: &mut Fetched<'a>) {
        while self.is_blocked() && !self.gives_up_reader() {
            self.turn();
        }
        self.leave_in(fetched);
    }

    /// Whether the reader is not waited for after the end of the command: a signal that ended the command, or the end
    /// of its time, ends this fetch as well.
    pub(super) fn gives_up_reader(&self) -> bool {
        let is_ended = self.ended.is_some_and(|status| self.is_ended_by_signal(status));
        is_ended || (self.timed_out && self.limit.deadline().is_none_or(|deadline| deadline <= Instant::now()))
    }
}
