//! Stores the result of a run on the server.
//!
//! * *A is stopped past its lease; B leads, runs and stores.* A goes on and commits a result that began earlier. Its
//!   fence is lower: older.
//! * *The same, and the clock was set back, or a replica with a slow clock was promoted, between both leases.* If the
//!   server has lost A's lease too, B's fence is lower than A's. So the fence alone does not allow A to replace B's
//!   result: A may replace the result that its leading ask returned. It may replace another one only if that has a
//!   lower fence than its own and than the present time less the time since it asked.
//! * *B invalidates while A runs.* A asked at position 3, B's barrier is 4. A is behind: it judges barrier 4 by what it
//!   ran. What A's host has replayed meanwhile for other keys does not count: nobody has judged this result by it.
//! * *B invalidates between A's judgement and A's commit.* A is behind once more.
//! * *The barriers that A has judged were taken back*, or the server is another one: the tag at A's number is not A's.
//!   Nothing is stored.
//! * *A's answer is lost.* A sends the same again. The result is there: stored, and what it has replaced is not told
//!   again, or A would remove its own chunks.
//! * *A chunk is evicted between upload and commit.* Nothing is stored; A uploads once more.
//! * *B waits for A, and A is older.* What B would find is another run's. B is not told that its result is there, but
//!   to ask again, so that age and barriers are judged as always.
//! * *The server is out of memory.* The first write is the one that can be refused: all or nothing.

use std::time::{Duration, Instant};

use super::counters;
use super::error::ProtocolError;
use super::history::{Barrier, History, read_barriers, read_tag};
use super::names::{Fence, Names, SharedId, SharedResult, Token};
use super::outcome;
use super::reply::Reply;
use super::script::{Arguments, Script};
use super::{micros, millis};
use crate::store::log::Position;
use crate::store::shared::wire::Wire;

pub(super) const SCRIPT: Script =
    Script { name: "commit", text: include_str!("commit.lua"), digest: "93bd7f2461d8771e696342ded616e5e24dd9cf7c" };

/// How often a commit is tried while barriers come faster than they are judged.
pub const ATTEMPTS: usize = 5;

/// A result whose chunks are on the server already.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// The entry.
    pub id: SharedId,
    /// The lease.
    pub token: Token,
    /// As given with the lease.
    pub fence: Fence,
    /// As given with the lease.
    pub base: Option<SharedResult>,
    /// The time since the leading ask was sent.
    pub asked_ago: Duration,
    /// The time since the run ended, by the boot clock.
    pub ended_ago: Duration,
    /// The name of this result.
    pub result: SharedResult,
    /// What it is the result of, sealed.
    pub head: &'a [u8],
    /// All of its output, or nothing if that is in chunks; sealed.
    pub body: &'a [u8],
    /// How many chunks its output has.
    pub chunks: u32,
    /// Removed when nothing newer has been stored for this long.
    pub keep: Duration,
    /// The position of the leading ask's answer: whatever came later may mean this result.
    pub judged: Position,
    /// For those who wait, sealed.
    pub outcome: &'a [u8],
    /// It is the run of a call, and counted.
    pub is_counted: bool,
}

/// What the server has done with the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It is the entry now. With the result that it has replaced, and the number of its chunks.
    Stored(Option<(SharedResult, u32)>),
    /// It is dropped, because the entry is newer or may be newer. Those who wait ask again.
    Older,
    /// Barriers have to be judged first. Those who wait go on waiting.
    Behind(History),
    /// The log of barriers is not the one that was judged. Those who wait go on waiting.
    Epoch,
    /// A chunk is gone. Those who wait go on waiting.
    Incomplete,
}

impl Commit<'_> {
    /// Stores the result, unless it has to be judged first.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`]; it may be stored then, and the same may be sent again.
    pub fn send(&self, names: &Names, wire: &mut dyn Wire, deadline: Instant) -> Result<Committed, ProtocolError> {
        let mut keys = vec![
            names.entry(self.id),
            names.lease(self.id),
            names.meta(),
            names.log(),
            names.outcome(self.token),
            names.failures(self.id),
            counters::of_today(names),
        ];
        keys.extend((0..self.chunks).map(|index| names.chunk(self.result, index)));
        let arguments = Arguments::default()
            .with_text(self.token)
            .with(self.fence.0)
            .with_text(self.result)
            .with(millis(self.ended_ago))
            .with(self.head)
            .with(self.body)
            .with(millis(self.keep))
            .with_position(Some(&self.judged))
            .with_optional(self.base)
            .with(micros(self.asked_ago))
            .with(self.outcome)
            .with(millis(outcome::KEPT))
            .with(counters::kept(self.is_counted));
        let value = SCRIPT.run(wire, &keys, &arguments, deadline)?;
        let reply = Reply::new(SCRIPT.name, Some(&value));
        Ok(match reply.at(0)?.bytes()? {
            b"stored" if reply.at(1)?.is_nil() => Committed::Stored(None),
            b"stored" => Committed::Stored(Some((reply.at(1)?.parsed(SharedResult::parse)?, reply.at(2)?.count()?))),
            b"older" => Committed::Older,
            b"epoch" => Committed::Epoch,
            b"incomplete" => Committed::Incomplete,
            b"behind" => {
                let now = Position { epoch: self.judged.epoch, n: reply.at(1)?.count()?, tag: read_tag(reply.at(2)?)? };
                let mut history = History { now, known: Some(self.judged), barriers: read_barriers(reply.at(3)?)? };
                history.complete(names, wire, deadline)?;
                Committed::Behind(history)
            }
            _ => return Err(reply.malformed()),
        })
    }

    /// Stores the result as soon as `selects` has said of all barriers since the leading ask that they do not mean it.
    /// Still [`Behind`](Committed::Behind) if one does, if one is lost, or after [`ATTEMPTS`].
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn judge(
        mut self,
        names: &Names,
        wire: &mut dyn Wire,
        deadline: Instant,
        selects: &mut dyn FnMut(&Barrier) -> bool,
    ) -> Result<Committed, ProtocolError> {
        let started = Instant::now();
        let (asked_ago, ended_ago) = (self.asked_ago, self.ended_ago);
        for _ in 1..ATTEMPTS {
            match self.send(names, wire, deadline)? {
                Committed::Behind(history) => match history.since(self.judged.n) {
                    Some(barriers) if !barriers.iter().any(&mut *selects) => self.judged = history.now,
                    _ => return Ok(Committed::Behind(history)),
                },
                committed => return Ok(committed),
            }
            self.asked_ago = asked_ago + started.elapsed();
            self.ended_ago = ended_ago + started.elapsed();
        }
        self.send(names, wire, deadline)
    }
}
