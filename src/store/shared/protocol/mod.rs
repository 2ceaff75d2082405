//! What hosts and server say to each other.
//!
//! Hosts do not talk to one another. Each step that has to be atomic is a script on the server, and only the server's
//! clock is used. All payloads are sealed before they come here, and no seal is opened here.
//!
//! | who | sends | and then |
//! |---|---|---|
//! | a host without a fresh local entry | [`Ask`] | uses the entry, waits, or leads |
//! | the leader | [`Renew`] | goes on, whatever the answer is |
//! | the leader, after its run | [`chunk::upload`], [`Commit`] or [`Fail`] | is done |
//! | a host that waits | [`outcome::wait`] | asks again, or does what the outcome says |
//! | a host that invalidates or deletes | [`Mark`] | removes entries in the background: [`Scan`], [`Unlink`] |
//! | a host that lists entries | [`Scan`], [`heads()`] | opens their seals |
//! | a host that may only read | [`look()`] | uses the entry, or runs the command |
//! | a host that prints the counters | [`counters()`] | adds them up |
//!
//! # What can go wrong between two steps
//!
//! Any process can stop between any two of its steps, for as long as it likes (SIGSTOP, suspend), or die. Any answer
//! can be lost after the server has done what it was sent. A request can arrive long after its sender has given up. The
//! server can forget a single key (eviction), all keys (a restart), or the last writes (a fail-over to a replica), and
//! its clock can be set. What each of these does to two hosts is told with each script: [`Ask`], [`Renew`], [`Commit`],
//! [`Fail`], [`Mark`], and with [`look()`] and [`Unlink`]. Each rule there is the end of a sequence of steps that went
//! wrong without it.
//!
//! # Positions in the log of barriers
//!
//! A [`Position`](crate::store::log::Position) has an epoch, a number and a tag.
//!
//! * *The number goes back.* A has replayed barrier 5. A fail-over loses it. B's invalidation becomes the new barrier
//!   5. A asks from 5, is told "5", and never hears of B's. So each barrier has a random tag, and the server compares
//!   it.
//! * *The epoch is evicted.* `m` goes, the log stays, with ids up to 5. The next barrier gets number 1, and the log
//!   refuses an id below its last one: no barrier can be put up any more. So a script that begins an epoch deletes the
//!   log.
//! * *A slow answer.* A's first ask is answered "5" and delayed. A's second ask is answered "7" and replayed. Then the
//!   first answer arrives. It changes nothing: a position never goes back within an epoch, unless the server says that
//!   it does not know it. See [`History::replay`].
//! * *Two askers of one host after a loss.* Both are told that their position is unknown. The first makes everything
//!   stale, takes the new position, and leads; its result is stored. The second must not make that result stale too: an
//!   answer whose position is the stored one changes nothing.

mod answer;
mod ask;
pub mod chunk;
mod commit;
mod counters;
mod entry;
mod error;
mod fail;
mod heads;
mod history;
mod look;
mod mark;
mod names;
pub mod outcome;
mod renew;
mod reply;
mod script;
mod sweep;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use answer::{Answer, Answered, Leader};
pub use ask::{Accept, Ask, Wanted};
pub use commit::{ATTEMPTS, Commit, Committed};
pub use counters::{DayCounts, counters};
pub use entry::{Entry, SKEW, age};
pub use error::{ProtocolError, Refusal};
pub use fail::{End, Fail};
pub use heads::{BATCH as HEADS_BATCH, EntryHead, Found, heads};
pub use history::{Barrier, History, Replay};
pub use look::{Fitness, Seen, look};
pub use mark::{Mark, Marked};
pub use names::{Fence, Names, SharedId, SharedResult, Token};
pub use outcome::Outcome;
pub use renew::{Renew, Renewed};
pub use sweep::{Scan, Unlink};

/// The server's numbers are doubles: this is the longest time, in any unit, that they count exactly.
const LONGEST: u128 = 1 << 52;

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis().min(LONGEST)).unwrap_or(u64::MAX)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros().min(LONGEST)).unwrap_or(u64::MAX)
}
