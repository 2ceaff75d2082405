//! Which signals to pass on to the command, so that it gets each one once.
//!
//! The command shares its caller's process group, as job control needs it. A signal to the whole group (Ctrl-C, a
//! closing terminal, GNU timeout) has reached the command already; one to the caller alone (`kill PID`) has not, and
//! siginfo does not say which it was. But two processes of ours sit in that group, the caller and the fetcher: what
//! both received from the same sender went to the group, what only one of them received is passed on.

use std::time::{Duration, Instant};

/// How long the twin of a signal may take. The kernel delivers to a group within microseconds.
const TWIN_WITHIN: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipient {
    Caller,
    Fetcher,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    by: Recipient,
    signal: i32,
    sender: i32,
    at: Instant,
}

/// Signals that wait for their twin.
#[derive(Debug, Default)]
pub(crate) struct Forwarding {
    waiting: Vec<Seen>,
}

impl Forwarding {
    /// `by` has received `signal` from the process `sender`.
    pub(crate) fn saw(&mut self, by: Recipient, signal: i32, sender: i32, at: Instant) {
        let twin = self.waiting.iter().position(|seen| seen.by != by && (seen.signal, seen.sender) == (signal, sender));
        match twin {
            Some(index) => {
                self.waiting.remove(index);
            }
            None => self.waiting.push(Seen { by, signal, sender, at }),
        }
    }

    /// When [`due`](Self::due) will have something.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.waiting.first().map(|seen| seen.at + TWIN_WITHIN)
    }

    /// A signal that had no twin and is to be passed on.
    pub(crate) fn due(&mut self, now: Instant) -> Option<i32> {
        self.deadline().filter(|deadline| *deadline <= now).map(|_| self.waiting.remove(0).signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_to_the_group_is_not_passed_on() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Fetcher, libc::SIGINT, 0, now);
        forwarding.saw(Recipient::Caller, libc::SIGINT, 0, now);
        assert_eq!(forwarding.due(now + TWIN_WITHIN), None);
    }

    #[test]
    fn a_signal_to_one_of_us_is_passed_on_after_a_moment() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Caller, libc::SIGTERM, 7, now);
        assert_eq!(forwarding.due(now), None);
        assert_eq!(forwarding.due(now + TWIN_WITHIN), Some(libc::SIGTERM));
        assert_eq!(forwarding.deadline(), None);
    }

    #[test]
    fn signals_of_different_senders_are_no_twins() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Caller, libc::SIGTERM, 7, now);
        forwarding.saw(Recipient::Fetcher, libc::SIGTERM, 8, now);
        assert_eq!(forwarding.due(now + TWIN_WITHIN), Some(libc::SIGTERM));
        assert_eq!(forwarding.due(now + TWIN_WITHIN), Some(libc::SIGTERM));
    }
}
