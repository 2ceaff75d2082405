//! The output of a command: to the caller as long as there is a reader, and into the capture.

use std::time::{Duration, Instant};

use super::Supervisor;
use super::limit::{GRACE, Limit};
use crate::fetch::capture::keep_end;
use crate::fetch::link::Message;
use crate::fetch::outlet::Loss;
use crate::model::transcript::{Frames, Stream};
use crate::sys::background;
use crate::sys::errno;
use crate::sys::process::die_by;
use crate::sys::signal::SIGPIPE;

/// How much of the end of standard error is kept.
const STDERR_TAIL: usize = 4096;

/// A command may run on for at least this long after its reader is gone.
const ALONE_AT_LEAST: Duration = Duration::from_secs(10);

/// The same for a command of which it is not known how long it takes.
const ALONE_UNKNOWN: Duration = Duration::from_secs(60);

impl Supervisor<'_> {
    /// Reads a batch of announced output, then passes it on.
    pub(super) fn read(&mut self) {
        if self.is_held_up() {
            return;
        }
        self.is_behind = !self.collect();
        let Some(tap) = &mut self.tap else { return };
        let mut batch = std::mem::take(tap.batch());
        if self.ended.is_some() && !batch.as_bytes().is_empty() {
            self.last_output = Some(Instant::now());
        }
        for (stream, data) in Frames::new(batch.as_bytes()) {
            self.take_in(stream, data);
        }
        if let Some(tap) = &mut self.tap {
            batch.clear();
            *tap.batch() = batch;
        }
        self.note_lost_capture();
    }

    /// Once the capture is lost, its order is not needed, and others stop waiting for it.
    fn note_lost_capture(&mut self) {
        let Some(lost) = self.capture.lost() else { return };
        if !std::mem::replace(&mut self.is_sent_off, true) {
            (self.order.send_off)(self.began, lost);
        }
        if let Some(tap) = &mut self.tap {
            tap.give_up_order();
        }
        self.stop_if_pointless();
    }

    /// Reads a batch of what is announced; whether that was all of it.
    fn collect(&mut self) -> bool {
        while self.tap.as_mut().is_none_or(|tap| tap.collect()) {
            if !self.take_signals() {
                return true;
            }
        }
        false
    }

    /// After the command has ended: what is in the pipes at this moment, and no more.
    pub(super) fn read_rest(&mut self) {
        let Some(mut tap) = self.tap.take() else { return };
        tap.drain(&mut |stream, data| self.take_in(stream, data));
        self.tap = Some(tap);
        self.note_lost_capture();
    }

    /// Takes in one piece of output.
    fn take_in(&mut self, stream: Stream, data: &[u8]) {
        if let Err(loss) = self.keep(stream, data) {
            self.lose_reader(loss);
        }
    }

    /// Keeps and passes on one piece of output.
    fn keep(&mut self, stream: Stream, data: &[u8]) -> Result<(), Loss> {
        if self.progress.as_ref().is_some_and(|progress| progress.yields_to(stream)) {
            self.erase_progress();
        }
        let spool = self.order.spool;
        let sent = self.delivery.as_mut().map_or(Ok(()), |delivery| delivery.send(stream, data, spool));
        self.capture.push(stream, data);
        // On a terminal both streams are one.
        if stream == Stream::Stderr || self.order.invocation.terminal.is_some() {
            keep_end(&mut self.stderr_tail, data, STDERR_TAIL);
        }
        sent
    }

    pub(super) fn draw_progress(&mut self) {
        if !self.is_blocked()
            && let Some(progress) = &mut self.progress
            && let Some(delivery) = &mut self.delivery
            && let Some(drawn) = progress.due(Instant::now())
        {
            // A lost terminal is noticed when the command writes to it.
            let _ = delivery.send(Stream::Stderr, &drawn, self.order.spool);
        }
    }

    pub(super) fn erase_progress(&mut self) {
        if let Some(progress) = self.progress.take()
            && let Some(delivery) = &mut self.delivery
        {
            let _ = delivery.send(Stream::Stderr, progress.erasure(), self.order.spool);
        }
    }

    /// Output cannot be delivered any more, because its reader is gone (`| head -1`) or the disk is full: the caller
    /// ends as the command would have, and the capture goes on without it.
    pub(super) fn lose_reader(&mut self, loss: Loss) {
        self.erase_progress();
        let Some(delivery) = self.delivery.take() else { return };
        let error = match loss {
            Loss::Reader => None,
            Loss::Failed(error) => Some(error),
        };
        match self.link.take() {
            Some(link) => {
                link.send(Message::Detached(error.map(|error| error.raw_os_error().unwrap_or(errno::EIO))));
                drop((link, delivery));
                background::leave_session();
            }
            None => match error {
                Some(error) => self.delivery_error = Some((Stream::Stdout, error)),
                None => die_by(SIGPIPE),
            },
        }
        if !matches!(self.limit, Limit::KillAt(_)) {
            let alone = time_alone(self.order.last_took).min(self.order.policy.refresh_timeout);
            self.limit = Limit::after(alone);
        }
        self.stop_if_pointless();
    }

    /// Output that nobody sees and nobody keeps is not read any more: its writer gets SIGPIPE.
    fn stop_if_pointless(&mut self) {
        let is_pointless = self.delivery.is_none() && !self.order.holds_output;
        if is_pointless && self.capture.lost().is_some() && self.tap.take().is_some() {
            self.limit = Limit::after(GRACE);
        }
    }
}

/// How long a command may run on after its reader is gone: one that ends by itself has the time for it, and one that
/// never does (`tail -f`) is ended.
fn time_alone(last_took: Option<Duration>) -> Duration {
    last_took.map_or(ALONE_UNKNOWN, |took| took.saturating_mul(2).max(ALONE_AT_LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_goes_on_alone_for_twice_as_long_as_it_took_and_for_ten_seconds_at_least() {
        let alone = |took| time_alone(Some(Duration::from_secs(took))).as_secs();
        assert_eq!([0, 3, 5, 6, 600].map(alone), [10, 10, 10, 12, 1200]);
        assert_eq!(time_alone(Some(Duration::MAX)), Duration::MAX);
        assert_eq!(time_alone(None).as_secs(), 60);
    }
}
