//! Asks for an entry, and for the lease if there is none.
//!
//! What two hosts, A and B, can do to each other:
//!
//! * *Both miss.* The script looks and writes in one step: one gets the lease, the other learns its token.
//! * *A's answer is lost.* The lease is A's, and A does not know it. A sends the same token again and is told that it
//!   leads, with the same fence.
//! * *A's ask is late.* A's first request is delayed in the network. A sends it again, leads, commits. Then the first
//!   request arrives. A lease now would have an outcome already: B would wait for it, be woken at once, ask, be told to
//!   wait, and so on, until it ends. So a token that has an outcome gets no lease.
//! * *A dies.* Another process of A's host takes the flight's lock, finds A's token in the lock file, and names it as
//!   dead: it leads at once. B waits until the lease is over. A store's identity would not do as proof: images and
//!   backups copy it, so B may have the same.
//! * *A is stopped, its lease ends, B leads.* A goes on later. Each lease has a higher fence than every lease and entry
//!   that the server knows, whatever its clock says; [`Commit`](super::Commit) compares it.
//! * *B refreshes while A leads.* B wants nothing that began before it asked. A's clock-made fence may be above B's
//!   "now" if the clock was set back; so B compares with the fence that its own run would have had.
//! * *B waits for A's result, which is older than B's ttl when it comes* (a run of a minute, a ttl of a second). B
//!   would lead, then others after it. So B accepts the result that it waited for whatever its age.
//! * *The clock is set back by an hour.* Entries seem to come from the future: they are not used, because nobody knows
//!   their age. Keys last an hour longer: a dead leader's lease is cut to the length that it was asked for.
//! * *Somebody else writes a string under the name of an entry or a lease.* Every ask would be an error, and nothing
//!   would ever be shared under that name. It is removed, and there is no entry or lease.
//! * *A fail-over.* The server is a replica now: it answers, but cannot write, and may lack barriers. The last step of
//!   the script is a write that changes nothing. Where it fails, the answer is no contact, and nobody leads.

use std::time::{Duration, Instant};

use super::answer::{Answer, Answered, Leader};
use super::counters;
use super::entry::Entry;
use super::error::{ProtocolError, Refusal};
use super::history::{History, read_barriers, read_position};
use super::millis;
use super::names::{Fence, Names, SharedId, SharedResult, Token};
use super::reply::Reply;
use super::script::{Arguments, Script};
use crate::store::log::{Epoch, Position};
use crate::store::shared::wire::Wire;

pub(super) const SCRIPT: Script =
    Script { name: "ask", text: include_str!("ask.lua"), digest: "f282b604e27c54e707f62c5bbebe219add26f69f" };

/// The question.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The entry.
    pub id: SharedId,
    /// Which entries are accepted.
    pub accept: Accept,
    /// An entry is wanted with any answer: it may be served if the run fails.
    pub wants_entry: bool,
    /// The last position whose barriers are replayed.
    pub seen: Option<Position>,
    /// The epoch that begins if there is none; random.
    pub new_epoch: Epoch,
    /// The lease that is wanted if no entry is accepted.
    pub lease: Option<Wanted<'a>>,
    /// It is the first ask of a call, and counted.
    pub is_counted: bool,
}

/// Which entries are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accept {
    /// Those younger than this are fresh.
    pub fresh: Duration,
    /// Those younger than this are stale, and accepted instead of waiting.
    pub stale: Option<Duration>,
    /// Only those of runs with this fence or a higher one: [`Answered::next_fence`] of the first ask.
    pub not_before: Option<Fence>,
    /// This one is fresh whatever its age: it is what was waited for.
    pub awaited: Option<SharedResult>,
    /// This one is not accepted: a barrier means it, or its seal does not open.
    pub rejected: Option<SharedResult>,
}

impl Accept {
    /// The same without any entry: whoever asks leads, or waits for the leader.
    #[must_use]
    pub fn nothing(self) -> Self {
        Self { fresh: Duration::ZERO, stale: None, awaited: None, ..self }
    }
}

/// A lease that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its name. After a lost answer, the same token is sent again and means the same lease.
    pub token: Token,
    /// The lease of a leader that has died, which this one replaces: its token is in the flight's lock file, or it was
    /// waited for as long as `max_wait` allows.
    pub dead: Option<Token>,
    /// The asker, sealed.
    pub holder: &'a [u8],
    /// For how long, if it is not renewed.
    pub duration: Duration,
    /// No caller waits for the result: no run before the end of the pause after a failure.
    pub in_background: bool,
}

impl Ask<'_> {
    /// Asks, and fetches all barriers that the answer needs.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`]; the lease may be taken then.
    pub fn send(&self, names: &Names, wire: &mut dyn Wire, deadline: Instant) -> Result<Answered, ProtocolError> {
        let keys = [
            names.entry(self.id),
            names.meta(),
            names.log(),
            names.lease(self.id),
            names.pass(self.id),
            names.failures(self.id),
            names.outcome(self.lease.map_or(Token([0; 16]), |lease| lease.token)),
            counters::of_today(names),
        ];
        let sent = Instant::now();
        let value = SCRIPT.run(wire, &keys, &self.arguments(), deadline)?;
        let mut answered = self.read(Reply::new(SCRIPT.name, Some(&value)), sent.elapsed())?;
        if let Some(history) = &mut answered.history {
            history.complete(names, wire, deadline)?;
        }
        Ok(answered)
    }

    fn arguments(&self) -> Arguments {
        let accept = &self.accept;
        let lease = self.lease.as_ref();
        Arguments::default()
            .with(millis(accept.fresh))
            .with(accept.stale.map_or(-1, |stale| millis(stale).cast_signed()))
            .with(accept.not_before.map_or(0, |fence| fence.0))
            .with_optional(accept.awaited)
            .with_optional(accept.rejected)
            .with(u8::from(self.wants_entry))
            .with_position(self.seen.as_ref())
            .with_text(self.new_epoch)
            .with_optional(lease.map(|lease| lease.token))
            .with_optional(lease.and_then(|lease| lease.dead))
            .with(lease.map_or(&[][..], |lease| lease.holder))
            .with(lease.map_or(0, |lease| millis(lease.duration)))
            .with(u8::from(lease.is_some_and(|lease| lease.in_background)))
            .with(counters::kept(self.is_counted))
    }

    fn read(&self, reply: Reply<'_>, delay: Duration) -> Result<Answered, ProtocolError> {
        let (head, given, details) = (reply.at(1)?, reply.at(2)?, reply.at(4)?);
        let mut entry = if given.is_nil() { None } else { Some(Entry::read(given, given.at(2)?.int()?)?) };
        let answer = match reply.at(0)?.bytes()? {
            b"fresh" => Answer::Fresh(entry.take().ok_or_else(|| reply.malformed())?),
            b"stale" => Answer::Stale(entry.take().ok_or_else(|| reply.malformed())?),
            b"none" => Answer::None,
            b"pass" => Answer::Pass,
            b"backoff" => Answer::Backoff(Duration::from_millis(details.at(0)?.count()?)),
            b"busy" => {
                let remaining = Duration::from_millis(details.at(3)?.count()?);
                Answer::Busy(Leader::read(details, remaining)?)
            }
            b"lead" => {
                let base = details.at(1)?.optional()?.filter(|base| !base.is_empty());
                let base = base.map(|base| SharedResult::parse(base).ok_or_else(|| reply.malformed())).transpose()?;
                Answer::Lead { fence: Fence(details.at(0)?.count()?), base }
            }
            b"nolease" => {
                let code = details.at(0)?.text()?.split_whitespace().next().unwrap_or_default();
                Answer::NoLease(Refusal::of(code))
            }
            _ => return Err(reply.malformed()),
        };
        let now = read_position(head.at(1)?, head.at(2)?, head.at(3)?)?;
        let history = match now {
            Some(now) => Some(History {
                now,
                known: self.seen.filter(|_| head.at(4).and_then(|known| known.int()) == Ok(1)),
                barriers: read_barriers(reply.at(3)?)?,
            }),
            None => None,
        };
        Ok(Answered {
            answer,
            entry,
            history,
            next_fence: Fence(head.at(5)?.count()?),
            is_primary: reply.at(5)?.int()? == 1,
            delay,
        })
    }
}
