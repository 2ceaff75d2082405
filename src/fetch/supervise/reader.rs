//! A reader who takes the output more slowly than the command writes it, once the command is done.
//!
//! By then the result is where it belongs and the flight has ended: nobody but the caller waits for this reader.

use std::time::Instant;

use super::Supervisor;
use crate::fetch::order::Fetched;
use crate::fetch::outlet::Delivery;
use crate::model::exit::ExitStatus;

impl<'a> Supervisor<'a> {
    /// Says in `fetched` how the command ended, and leaves this there if there is still a reader to be served.
    pub(super) fn report_to(self, fetched: &mut Fetched<'a>) {
        let status = self.ended.unwrap_or(ExitStatus::Failed);
        fetched.status = if self.timed_out { ExitStatus::TimedOut } else { status };
        fetched.interrupted = self.interrupted || self.timed_out;
        if self.is_blocked() && !self.gives_its_reader_up() {
            fetched.unserved = Some(self);
            return;
        }
        fetched.delivery_error = self.delivery_error.or(self.delivery.and_then(Delivery::into_failure));
        fetched.link = self.link;
    }

    /// Serves the reader until it has everything, is gone or is given up, and says so in `fetched`.
    pub(in crate::fetch) fn serve_reader(mut self, fetched: &mut Fetched<'a>) {
        while self.is_blocked() && !self.gives_its_reader_up() {
            self.turn();
        }
        self.report_to(fetched);
    }

    /// Whether the reader is not waited for, now that the command has ended: a signal that ended the command ends this
    /// fetch as well, and a limit is a limit.
    pub(super) fn gives_its_reader_up(&self) -> bool {
        let is_ended = self.ended.is_some_and(|status| self.is_ended_by_signal(status));
        is_ended || (self.timed_out && self.limit.deadline().is_none_or(|deadline| deadline <= Instant::now()))
    }
}
