//! Looks at an entry without changing anything, for hosts that may only read and for `explain`.
//!
//! A user who may only read keys can run no script, so others write between two of these commands. Their order errs to
//! the safe side:
//!
//! * *A is demoted after it has said that it is a primary.* It had every barrier then, and has them still. The other
//!   way round, a replica that lacks barriers is asked first and promoted then, and seems to have been a primary all
//!   the time.
//! * *B invalidates and stores meanwhile.* The log is read after the entry, so it has every barrier that the entry was
//!   judged by, and after `m`, so it has every barrier that `m` counts. The other way round A would reject the entry,
//!   or make everything stale, for a barrier that it has not read yet.
//! * *The answer is slow.* The time is read after the entry, so the entry seems older than it is, not younger.
//! * *The server is emptied after A has read the entry.* The epoch is another one: the entry is none. If that happens
//!   after the epoch was read, the log is not that epoch's: its last barrier has another tag.
//! * *A has replayed up to 7, and the entry was judged up to 3.* What A's host has replayed it has judged its local
//!   entries by, not this one. Barriers 4 to 7 are fetched, too.

use std::time::{Duration, Instant};

use redis::Cmd;

use super::answer::Leader;
use super::ask::Accept;
use super::entry::Entry;
use super::error::ProtocolError;
use super::history::{self, History, read_barriers, read_position};
use super::names::{Fence, Names, SharedId};
use super::reply::Reply;
use crate::store::log::Position;
use crate::store::shared::wire::Wire;

/// What is on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What is stored, fresh or not.
    pub entry: Option<Entry>,
    /// The run in progress, if there is one.
    pub leader: Option<Leader>,
    /// The log of barriers; none if the server has none.
    pub history: Option<History>,
    /// A primary has answered.
    pub is_primary: bool,
    /// How long the answer took.
    pub delay: Duration,
}

/// Whether an entry is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitness {
    /// It is fresh.
    Fresh,
    /// It is stale, and accepted instead of waiting.
    Stale,
    /// It is not accepted.
    Unfit,
}

impl Seen {
    /// What `accept` says of the entry; a barrier may mean it all the same.
    pub fn fitness(&self, accept: &Accept) -> Fitness {
        let Some(entry) = &self.entry else { return Fitness::Unfit };
        let is_early = accept.not_before.is_some_and(|fence: Fence| entry.fence < fence);
        if is_early || accept.rejected == Some(entry.result) {
            return Fitness::Unfit;
        }
        match entry.age {
            _ if accept.awaited == Some(entry.result) => Fitness::Fresh,
            Some(age) if age < accept.fresh => Fitness::Fresh,
            Some(age) if accept.stale.is_some_and(|stale| age < stale) => Fitness::Stale,
            _ => Fitness::Unfit,
        }
    }
}

fn hash(name: String, fields: &[&str]) -> Cmd {
    let mut command = redis::cmd("HMGET");
    command.arg(name).arg(fields);
    command
}

/// Looks at the entry of `id`; `seen` is the last position whose barriers are replayed.
///
/// The order of the commands errs to the safe side, because others may write between two of them: the role before
/// anything that only a primary is sure to have, the entry before the time and before the barriers that may mean it.
///
/// # Errors
///
/// [`ProtocolError`].
pub fn look(
    names: &Names,
    wire: &mut dyn Wire,
    id: SharedId,
    seen: Option<&Position>,
    deadline: Instant,
) -> Result<Seen, ProtocolError> {
    let lease = names.lease(id);
    let mut remaining = redis::cmd("PTTL");
    remaining.arg(&lease);
    // From the position itself on: its tag has to be there still.
    let first = seen.map_or(0, |seen| seen.n);
    let commands = [
        redis::cmd("ROLE"),
        hash(names.entry(id), &["r", "f", "t", "k", "h", "b", "c", "p"]),
        hash(lease, &["tok", "f", "h"]),
        remaining,
        redis::cmd("TIME"),
        hash(names.meta(), &["epoch", "n", "tag"]),
        history::range(names, first, "+"),
    ];
    let sent = Instant::now();
    let answers = match wire.roundtrip(&commands, deadline) {
        // Something else has one of the names. A host that may only read cannot remove it, and finds nothing.
        Err(error) if error.code() == Some("WRONGTYPE") => {
            return Ok(Seen { entry: None, leader: None, history: None, is_primary: false, delay: sent.elapsed() });
        }
        answers => answers?,
    };
    let delay = sent.elapsed();
    let reply = |index: usize, command| Reply::new(command, answers.get(index));

    let meta = reply(5, "HMGET");
    let now = read_position(meta.at(0)?, meta.at(1)?, meta.at(2)?)?;
    let time = reply(4, "TIME");
    let clock = time.at(0)?.int()?.saturating_mul(1000).saturating_add(time.at(1)?.int()? / 1000);
    let entry = match now {
        Some(now) => read_entry(reply(1, "HMGET"), clock, &now)?,
        None => None,
    };
    let history = match now {
        Some(now) => {
            let mut history = read_history(now, seen, read_barriers(reply(6, "XRANGE"))?);
            history.complete(names, wire, deadline)?;
            if let Some(entry) = &entry {
                history.extend_back(names, wire, entry.judged, deadline)?;
            }
            Some(history)
        }
        None => None,
    };
    let (lease, remaining) = (reply(2, "HMGET"), reply(3, "PTTL"));
    let leader = match u64::try_from(remaining.int()?) {
        Ok(remaining) if !lease.at(0)?.is_nil() => Some(Leader::read(lease, Duration::from_millis(remaining))?),
        _ => None,
    };
    Ok(Seen { entry, leader, history, is_primary: reply(0, "ROLE").at(0)?.bytes()? == b"master", delay })
}

/// Reads `r f t k h b c p`: an entry of another epoch is none.
fn read_entry(reply: Reply<'_>, clock: i64, now: &Position) -> Result<Option<Entry>, ProtocolError> {
    if reply.at(0)?.is_nil() || reply.at(7)?.bytes()? != now.epoch.to_string().as_bytes() {
        return Ok(None);
    }
    Entry::read(reply, clock.saturating_sub(reply.at(2)?.int()?)).map(Some)
}

/// `barriers` begins with that of the position `seen`.
fn read_history(now: Position, seen: Option<&Position>, mut barriers: Vec<super::Barrier>) -> History {
    barriers.retain(|barrier| barrier.n <= now.n);
    let first = barriers.first().filter(|first| seen.is_some_and(|seen| seen.n == first.n));
    let is_there = match seen {
        Some(seen) if seen.n == now.n => seen.tag == now.tag,
        Some(seen) if seen.n > 0 => first.is_some_and(|first| Some(first.tag) == seen.tag),
        Some(_) => true,
        None => false,
    };
    History { now, known: seen.copied().filter(|_| is_there), barriers }
}
