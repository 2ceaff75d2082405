//! Which signals to pass on to the command, so that it gets each of them once.
//!
//! The command shares its caller's process group, as job control needs it. A signal to the whole group (Ctrl-C, a
//! closing terminal, GNU timeout) has reached the command already; one to the caller alone (`kill PID`) has not, and
//! siginfo does not say which it was. But the caller and the fetcher are both in that group: what both received from
//! the same sender went to the group, and what only one of them received is passed on.
//!
//! The same signal of the same sender counts once within 20 ms, because the kernel merges what has not been taken: GNU
//! timeout sends to its child and then to the group.
//!
//! Somebody may also have sent a signal to each of the two (`pkill -f`, `kill` with two numbers), and none to the
//! command. If the signal would have ended the command, and it still runs, the command has missed the signal. If the
//! command handles the signal, this cannot be found out. A lost request to end is worse than one that comes twice, so a
//! command that still runs a second later gets it. Signals from the terminal are excepted: the kernel sends them to the
//! whole group for certain, and many programs take a second Ctrl-C as "at once". So are signals with another meaning:
//! dd would print its statistics twice on USR1.

use std::time::{Duration, Instant};

use crate::sys::signal;

/// Within this time both processes have received a signal to the group. The kernel delivers it within microseconds.
const TWIN_WITHIN: Duration = Duration::from_millis(20);

/// A command that still runs this long after it may have received a signal to end gets it again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipient {
    Caller,
    Fetcher,
}

/// Where a signal went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Went {
    /// To the caller or the fetcher, and so not to the command.
    One,
    /// To both, and so very likely to the group that the command is in.
    Both,
    /// The same, so long ago that the command should have ended.
    BothLongAgo,
}

/// A signal, and where it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) signal: i32,
    pub(crate) went: Went,
    pub(crate) at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    by: Recipient,
    by_both: bool,
    signal: i32,
    /// The process, or zero for the kernel.
    sender: i32,
    at: Instant,
}

/// Signals that the other process may still receive, or that the command may still act on.
#[derive(Debug, Default)]
pub(crate) struct Forwarding {
    waiting: Vec<Seen>,
    /// Signals to end that went to both, and when.
    watched: Vec<(i32, Instant)>,
}

impl Forwarding {
    /// `by` has received `signal` from the process `sender`.
    pub(crate) fn saw(&mut self, by: Recipient, signal: i32, sender: i32, at: Instant) {
        match self.waiting.iter_mut().find(|seen| (seen.signal, seen.sender) == (signal, sender)) {
            Some(seen) => seen.by_both |= seen.by != by,
            None => self.waiting.push(Seen { by, by_both: false, signal, sender, at }),
        }
    }

    /// The command has been sent `signal`: it need not be sent again.
    pub(crate) fn delivered(&mut self, signal: i32) {
        self.watched.retain(|(watched, _)| *watched != signal);
    }

    /// When [`due`](Self::due) will have something.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let twin = self.waiting.first().map(|seen| seen.at + TWIN_WITHIN);
        let effect = self.watched.first().map(|(_, at)| *at + AGAIN_AFTER);
        [twin, effect].into_iter().flatten().min()
    }

    /// The next signal whose time to come to both, or to take effect, is over.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Settled> {
        if let Some(Seen { by_both, signal, sender, at, .. }) = self.waiting.first().copied()
            && at + TWIN_WITHIN <= now
        {
            self.waiting.remove(0);
            if by_both && sender != 0 && signal::ENDING.contains(&signal) {
                self.watched.push((signal, at));
            }
            return Some(Settled { signal, went: if by_both { Went::Both } else { Went::One }, at });
        }
        let (signal, at) = self.watched.first().copied().filter(|(_, at)| *at + AGAIN_AFTER <= now)?;
        self.watched.remove(0);
        Some(Settled { signal, went: Went::BothLongAgo, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Duration = TWIN_WITHIN;

    #[test]
    fn a_signal_to_the_group_comes_to_both() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Fetcher, signal::SIGINT, 0, now);
        forwarding.saw(Recipient::Caller, signal::SIGINT, 0, now);
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: signal::SIGINT, went: Went::Both, at: now }));
        assert_eq!(forwarding.due(now + LATER), None);
    }

    #[test]
    fn a_signal_to_one_process_is_known_after_a_moment() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Caller, signal::SIGTERM, 7, now);
        assert_eq!(forwarding.due(now), None);
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: signal::SIGTERM, went: Went::One, at: now }));
        assert_eq!(forwarding.deadline(), None);
    }

    #[test]
    fn signals_of_different_senders_are_different() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Caller, signal::SIGTERM, 7, now);
        forwarding.saw(Recipient::Fetcher, signal::SIGTERM, 8, now);
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: signal::SIGTERM, went: Went::One, at: now }));
        assert_eq!(forwarding.due(now + LATER), Some(Settled { signal: signal::SIGTERM, went: Went::One, at: now }));
    }

    #[test]
    fn a_signal_to_the_caller_and_then_to_the_group_is_one() {
        use Recipient::{Caller, Fetcher};
        for order in [[Caller, Fetcher, Caller], [Caller, Caller, Fetcher], [Fetcher, Caller, Caller]] {
            let now = Instant::now();
            let mut forwarding = Forwarding::default();
            order.into_iter().for_each(|by| forwarding.saw(by, signal::SIGTERM, 7, now));
            assert_eq!(
                forwarding.due(now + LATER),
                Some(Settled { signal: signal::SIGTERM, went: Went::Both, at: now })
            );
        }
    }

    #[test]
    fn a_signal_to_end_that_may_have_missed_the_command_is_sent_again() {
        let now = Instant::now();
        let sent_again = |signal, sender| {
            let mut forwarding = Forwarding::default();
            forwarding.saw(Recipient::Caller, signal, sender, now);
            forwarding.saw(Recipient::Fetcher, signal, sender, now);
            assert_eq!(forwarding.due(now + LATER), Some(Settled { signal, went: Went::Both, at: now }));
            assert_eq!(forwarding.due(now + LATER), None);
            forwarding.deadline().map(|again| forwarding.due(again).map(|settled| settled.went))
        };
        for signal in signal::ENDING {
            assert_eq!(sent_again(signal, 7), Some(Some(Went::BothLongAgo)));
            assert_eq!(sent_again(signal, 0), None, "a key at the terminal");
        }
        assert_eq!(sent_again(signal::SIGUSR1, 7), None);
    }

    #[test]
    fn a_signal_that_the_command_was_sent_meanwhile_is_not_sent_again() {
        let now = Instant::now();
        let mut forwarding = Forwarding::default();
        forwarding.saw(Recipient::Caller, signal::SIGTERM, 7, now);
        forwarding.saw(Recipient::Fetcher, signal::SIGTERM, 7, now);
        forwarding.due(now + LATER);
        forwarding.delivered(signal::SIGTERM);
        assert_eq!(forwarding.deadline(), None);
    }
}
