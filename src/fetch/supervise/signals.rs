//! What arrives while a command runs: its end, announcements of output, signals for it, and the caller's death.

use std::fs::File;
use std::time::Instant;

use super::Supervisor;
use super::limit::{GRACE, Limit};
use crate::exit::ExitStatus;
use crate::fetch::capture::Lost;
use crate::fetch::forward::{Recipient, Settled};
use crate::fetch::link::Relayed;
use crate::fetch::sys::{self, Received};

impl Supervisor<'_> {
    /// Acts on the signals that have arrived; whether there were any.
    pub(super) fn take_signals(&mut self) -> bool {
        let mut received = std::mem::take(&mut self.received);
        self.signals.read(&mut received);
        let any = !received.is_empty();
        received.drain(..).for_each(|signal| self.take(signal));
        self.received = received;
        any
    }

    fn take(&mut self, received: Received) {
        let Received { signal, sender, fd } = received;
        match signal {
            libc::SIGCHLD => self.note_end(),
            signal if sys::FORWARDED.contains(&signal) => {
                self.note_end();
                self.interrupted = true;
                match self.link {
                    Some(_) => self.forwarding.saw(Recipient::Fetcher, signal, sender, Instant::now()),
                    None if self.ended.is_some() => self.end_by(signal),
                    None => self.command.signal(signal),
                }
            }
            _ => {
                let Some(tap) = &mut self.tap else { return };
                if signal == libc::SIGIO {
                    tap.announce_all();
                } else {
                    tap.announce(fd);
                }
            }
        }
    }

    /// Finds out whether the command has ended. News of that may come after the news of a signal that is younger.
    fn note_end(&mut self) {
        self.ended = self.ended.or_else(|| self.command.ended());
        self.ended_at = self.ended_at.or_else(|| self.ended.map(|_| Instant::now()));
    }

    pub(super) fn take_relayed(&mut self) {
        while let Some(link) = &self.link {
            match link.relayed() {
                Ok(Some(Relayed { signal, sender })) => {
                    self.note_end();
                    self.interrupted = true;
                    self.forwarding.saw(Recipient::Caller, signal, sender, Instant::now());
                }
                Ok(None) => return,
                Err(_) => self.abandon(),
            }
        }
    }

    /// Passes on to the command what it has not got.
    pub(super) fn pass_signals_on(&mut self) {
        while let Some(Settled { signal, to_both, at }) = self.forwarding.due(Instant::now()) {
            self.note_end();
            match self.ended_at {
                Some(ended_at) if !to_both || at >= ended_at => self.end_by(signal),
                None if !to_both || self.command.has_missed(signal) => self.command.signal(signal),
                _ => {}
            }
        }
    }

    /// The command has ended, and only its reader is waited for: the signal does to us what it would have done to a
    /// command that writes to that reader itself.
    fn end_by(&mut self, signal: i32) {
        self.ended = Some(ExitStatus::Killed(signal));
    }

    /// The caller was killed: nobody wants the command any more, and those who wait for the flight go on at once.
    fn abandon(&mut self) {
        self.erase_progress();
        self.link = None;
        self.delivery = None;
        self.interrupted = true;
        self.abandoned = true;
        self.capture.lose(Lost::Abandoned);
        let _ = self.order.flight.map(File::unlock);
        self.command.signal_all(libc::SIGTERM);
        self.limit = Limit::KillAt(Instant::now() + GRACE);
    }
}
