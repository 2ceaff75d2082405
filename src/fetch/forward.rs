//! Which signals to pass on to the command, so that it gets each one once.
//!
//! The command shares its caller's process group, as job control needs it. A signal to the whole group (Ctrl-C, a
//! closing terminal, GNU timeout) has reached the command already; one to the caller alone (`kill PID`) has not, and
//! siginfo does not say which it was. But two processes of ours sit in that group, the caller and the fetcher: what
//! both received from the same sender went to the group, what only one of them received is passed on.
//!
//! Within a moment the same signal of the same sender is one signal, as the kernel merges what is not yet taken: GNU
//! timeout sends to its child and then to the group. And two processes of one name may have been sent a signal each
//! (`pkill`), which the command has missed; whether it has is for the command to tell, where it can.

use std::time::{Duration, Instant};

/// How long the twin of a signal may take. The kernel delivers to a group within microseconds.
const TWIN_WITHIN: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipient {
    Caller,
    Fetcher,
}

/// A signal of which it is known where it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) signal: i32,
    /// To both of us, and so in all likelihood to the group that the command is in.
    pub(crate) to_both: bool,
    pub(crate) at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    by: Recipient,
    by_both: bool,
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
        match self.waiting.iter_mut().find(|seen| (seen.signal, seen.sender) == (signal, sender)) {
            Some(seen) => seen.by_both |= seen.by != by,
            None => self.waiting.push(Seen { by, by_both: false, signal, sender, at }),
        }
    }

    /// When [`due`](Self::due) will have something.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.waiting.first().map(|seen| seen.at + TWIN_WITHIN)
    }

    /// A signal that has had its time to find its twin.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Settled> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        let Seen { by_both, signal, at, .. } = self.waiting.remove(0);
        Some(Settled { signal, to_both: by_both, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Duration = TWIN_WITHIN;

    #[test]
    fn a_signal_to_the_group_is_known_by_its_twin() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Fetcher, libc::SIGINT, 0, now);
        forwarding.saw(Recipient::Caller, libc::SIGINT, 0, now);
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: libc::SIGINT, to_both: true, at: now }));
        assert_eq!(forwarding.due(now + LATER), None);
    }

    #[test]
    fn a_signal_to_one_of_us_is_known_after_a_moment() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Caller, libc::SIGTERM, 7, now);
        assert_eq!(forwarding.due(now), None);
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: libc::SIGTERM, to_both: false, at: now }));
        assert_eq!(forwarding.deadline(), None);
    }

    #[test]
    fn signals_of_different_senders_are_no_twins() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Caller, libc::SIGTERM, 7, now);
        forwarding.saw(Recipient::Fetcher, libc::SIGTERM, 8, now);
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: libc::SIGTERM, to_both: false, at: now }));
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: libc::SIGTERM, to_both: false, at: now }));
    }

    #[test]
    fn a_signal_to_the_caller_and_then_to_the_group_is_one() {
        use Recipient::{Caller, Fetcher};
        for order in [[Caller, Fetcher, Caller], [Caller, Caller, Fetcher], [Fetcher, Caller, Caller]] {
            let now = Instant::now();
            let mut forwarding = Forwarding::default();
            order.into_iter().for_each(|by| forwarding.saw(by, libc::SIGTERM, 7, now));
            assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: libc::SIGTERM, to_both: true, at: now }));
            assert_eq!(forwarding.deadline(), None);
        }
    }
}
