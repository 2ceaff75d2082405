//! What arrives while a command runs: its end, announcements of output, signals for it, and the end of the caller.

use std::fs::File;
use std::os::unix::process::parent_id;
use std::time::Instant;

use super::Supervisor;
use super::limit::{GRACE, Limit};
use crate::fetch::capture::Lost;
use crate::fetch::forward::{Recipient, Settled, Went};
use crate::fetch::link::Relayed;
use crate::model::exit::ExitStatus;
use crate::sys::background;
use crate::sys::inbox::Received;
use crate::sys::signal::{SIGCONT, SIGTERM, SIGWINCH, ends_by_default};

impl Supervisor<'_> {
    /// Acts on the signals that have arrived; whether there were any.
    pub(super) fn take_signals(&mut self) -> bool {
        let mut received = std::mem::take(&mut self.received);
        self.inbox.read(&mut received);
        let any = !received.is_empty();
        received.drain(..).for_each(|signal| self.take(signal));
        self.received = received;
        any
    }

    fn take(&mut self, received: Received) {
        match received {
            Received::Written(fd) => self.tap.iter_mut().for_each(|tap| tap.announce(fd)),
            Received::AnnouncementsLost => self.tap.iter_mut().for_each(|tap| tap.announce_all()),
            Received::ChildEnded => self.note_end(),
            // From the caller, for this process alone: the link relays it as well.
            Received::Signal { signal: SIGCONT, sender } if self.link.is_some() && sender as u32 == parent_id() => {}
            Received::Signal { signal, sender } => self.note_signal(Recipient::Fetcher, signal, sender),
        }
    }

    fn note_signal(&mut self, by: Recipient, signal: i32, sender: i32) {
        self.note_end();
        self.interrupted |= ends_by_default(signal);
        if signal == SIGWINCH {
            self.follow_window();
        }
        match self.link {
            Some(_) => self.forwarding.saw(by, signal, sender, self.turned_at),
            None if self.ended.is_some() => self.end_by(signal),
            None => self.command.signal(signal),
        }
    }

    /// Gives the terminal of the command its new size, and then signals the command.
    fn follow_window(&mut self) {
        if self.link.is_some() && self.tap.as_mut().is_some_and(|tap| tap.follow_window()) {
            self.command.signal(SIGWINCH);
        }
    }

    /// Notes whether the command has ended. A signal may be read from the inbox before an older end.
    fn note_end(&mut self) {
        self.ended = self.ended.or_else(|| self.command.ended());
        self.ended_at = self.ended_at.or_else(|| self.ended.map(|_| Instant::now()));
    }

    pub(super) fn take_relayed(&mut self) {
        while let Some(link) = &self.link {
            match link.relayed() {
                Ok(Some(Relayed { signal, sender })) => self.note_signal(Recipient::Caller, signal, sender),
                Ok(None) => return,
                Err(_) => self.abandon(),
            }
        }
    }

    /// Passes on to the command the signals that it has not received.
    pub(super) fn pass_signals_on(&mut self) {
        while let Some(Settled { signal, went, at }) = self.forwarding.due(Instant::now()) {
            self.note_end();
            match (self.ended_at, went) {
                (Some(_), Went::BothLongAgo) => {}
                (Some(ended_at), Went::Both) if at < ended_at => {}
                (Some(_), _) => self.end_by(signal),
                (None, Went::Both) if !ends_by_default(signal) || !self.command.has_missed(signal) => {}
                (None, _) => {
                    self.forwarding.delivered(signal);
                    self.command.signal(signal);
                }
            }
        }
    }

    /// A signal after the command has ended, while its reader is waited for: it ends the fetch as it would have ended a
    /// command that writes to this reader itself.
    fn end_by(&mut self, signal: i32) {
        if ends_by_default(signal) {
            self.ended = Some(ExitStatus::Killed(signal));
        }
    }

    /// The caller was killed: ends the command, and releases the flight for others.
    fn abandon(&mut self) {
        self.erase_progress();
        self.link = None;
        self.delivery = None;
        self.interrupted = true;
        self.abandoned = true;
        if self.ended.is_some() {
            // Other hosts may still have to be told: the readers of the caller's pipes need not wait for that.
            background::leave_session();
            return;
        }
        self.capture.lose(Lost::Abandoned);
        let _ = self.order.flight.map(File::unlock);
        self.command.signal_all(SIGTERM);
        self.limit = Limit::KillAt(Instant::now() + GRACE);
    }
}
