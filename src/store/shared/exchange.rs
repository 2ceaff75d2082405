//! What one call and its fetch say to the server: ask before the command runs, commit what it came to.
//!
//! Nothing here waits for the run of another host: where one is in progress, the command runs here as well, and its result
//! stays here.

mod commit;
mod connect;
mod copy;
mod mark;
mod standing;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::down::Down;
use super::holder::Holder;
use super::protocol::{
    Accept, Answer, Ask, Barrier, BarrierKind, Entry, Epoch, Fence, History, Names, Position, ProtocolError, SharedId,
    SharedResult, Token, Wanted, age, look,
};
use super::seal::{Head, Kind, Place, Sealer};
use super::settings::Access;
use super::tier::Tier;
use super::wire::Connection;
use crate::model::key::{Key, KeyParts};
use crate::model::time::{Moment, Timestamp};
use crate::store::{LogId, Recipe, Selector};

pub use commit::Run;
pub use copy::Copied;
pub use standing::log_id;

/// The server, as far as one entry of it is concerned.
#[derive(Debug)]
pub struct Exchange<'a> {
    tier: &'a Tier,
    names: Names,
    sealer: Sealer,
    key: Key,
    id: SharedId,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// A result younger than this; none does if it is zero.
    pub fresh: Duration,
    /// Nobody waits for the result.
    pub in_background: bool,
}

/// What there is to do after asking.
#[derive(Debug)]
pub enum Asked {
    /// Another host has fetched it.
    Fresh(Box<Copied>),
    /// Run the command and commit the result.
    Lead(Box<Lease>),
    /// Run the command, and keep the result here.
    Alone,
}

/// The run that this host has been given.
#[derive(Clone, Debug)]
pub struct Lease {
    id: SharedId,
    token: Token,
    fence: Fence,
    base: Option<SharedResult>,
    judged: Position,
    log: LogId,
    asked_at: Moment,
}

impl<'a> Exchange<'a> {
    /// About the entry `id`, which has the local `key` here.
    pub fn new(tier: &'a Tier, key: Key, id: SharedId) -> Self {
        Self { tier, names: tier.names(), sealer: tier.sealer(), key, id }
    }

    /// Asks for a result, and for leave to fetch it if there is none.
    ///
    /// # Errors
    ///
    /// [`Down`], after the time for one answer at most.
    pub fn ask(&self, question: Question) -> Result<Asked, Down> {
        let settings = &self.tier.settings;
        let budget = settings.connect_timeout + settings.timeout;
        self.tier.with_connection(budget, |wire, deadline| {
            let mut rejected = None;
            // A result that does not do is named the second time, so that the answer is another one.
            for _ in 0..2 {
                let answer = match settings.mode {
                    Access::ReadWrite => self.ask_to_lead(wire, question, rejected, deadline)?,
                    Access::ReadOnly | Access::Off => self.look(wire, question, deadline)?,
                };
                match answer {
                    Step::Asked(asked) => return Ok(asked),
                    Step::Found(found) => match self.open(&found, question.fresh) {
                        Some((head, age)) => return Ok(self.copied(*found, head, age)),
                        None if settings.mode == Access::ReadWrite => rejected = Some(found.entry.result),
                        None => return Ok(Asked::Alone),
                    },
                }
            }
            Ok(Asked::Alone)
        })
    }

    fn ask_to_lead(
        &self,
        wire: &mut Connection,
        question: Question,
        rejected: Option<SharedResult>,
        deadline: Instant,
    ) -> Result<Step, ProtocolError> {
        let Ok([token, epoch]) = random() else { return Ok(Step::Asked(Asked::Alone)) };
        let token = Token(token);
        let Some(holder) = self.holder(token) else { return Ok(Step::Asked(Asked::Alone)) };
        let asked_at = Moment::now();
        let ask = Ask {
            id: self.id,
            accept: Accept { fresh: question.fresh, rejected, ..Accept::default() },
            wants_entry: false,
            seen: None,
            new_epoch: Epoch(epoch),
            lease: Some(Wanted {
                token,
                dead: None,
                holder: &holder,
                duration: self.tier.settings.lease,
                in_background: question.in_background,
            }),
        };
        let answered = ask.send(&self.names, wire, deadline)?;
        let history = answered.history;
        Ok(match (answered.answer, history) {
            (Answer::Fresh(entry) | Answer::Stale(entry), Some(history)) => {
                Step::Found(Box::new(Found { entry, history, delay: answered.delay }))
            }
            (Answer::Lead { fence, base }, Some(history)) => Step::Asked(Asked::Lead(Box::new(Lease {
                id: self.id,
                token,
                fence,
                base,
                judged: history.now,
                log: log_id(&self.names),
                asked_at,
            }))),
            _ => Step::Asked(Asked::Alone),
        })
    }

    fn look(&self, wire: &mut Connection, question: Question, deadline: Instant) -> Result<Step, ProtocolError> {
        let seen = look(&self.names, wire, self.id, None, deadline)?;
        Ok(match (seen.entry, seen.history) {
            (Some(entry), Some(history)) if entry.age.is_some_and(|age| age < question.fresh) => {
                Step::Found(Box::new(Found { entry, history, delay: seen.delay }))
            }
            _ => Step::Asked(Asked::Alone),
        })
    }

    /// The head of an entry and its age, if its seal opens, it is of this key, no barrier means it, and it is fresh.
    fn open(&self, Found { entry, history, delay }: &Found, fresh: Duration) -> Option<(Head, Duration)> {
        let head = Head::decode(&self.sealer.open(&self.place(Kind::Head, entry), &entry.head)?)?;
        let parts = KeyParts::decode(&head.parts).filter(|parts| parts.to_key() == self.key)?;
        let recipe = Recipe::decode(&head.recipe, &parts)?;
        let barriers = history.since(entry.judged)?;
        if barriers.iter().any(|barrier| self.means(barrier, &parts, &recipe)) {
            return None;
        }
        let by_writer = Timestamp::now().since(head.fetched_at).unwrap_or_default();
        let age = age(entry.age?, *delay, by_writer);
        (age < fresh).then_some((head, age))
    }

    /// Whether the barrier means what is fetched so. One whose seal does not open is nobody's, and might.
    fn means(&self, barrier: &Barrier, parts: &KeyParts, recipe: &Recipe) -> bool {
        let place = barrier_place(self.names.prefix(), &barrier.tag.0, barrier.kind);
        let selector = self.sealer.open(&place, &barrier.selector).and_then(|selector| Selector::decode(&selector));
        selector.is_none_or(|selector| selector.matches(&self.key, parts, recipe))
    }

    /// Who asks, for those who wait for the run.
    fn holder(&self, token: Token) -> Option<Vec<u8>> {
        Holder::us().seal(&self.sealer, self.names.prefix(), self.id, token)
    }

    /// Where the parts of an entry belong.
    fn place<'p>(&'p self, kind: Kind, entry: &'p Entry) -> Place<'p> {
        Place {
            id: Some(self.id),
            result: &entry.result.0,
            fence: entry.fence.0,
            count: entry.chunks,
            ..Place::new(kind, self.names.prefix())
        }
    }

    fn copied(&self, found: Found, head: Head, age: Duration) -> Asked {
        let (entry, epoch) = (found.entry, found.history.now.epoch);
        Asked::Fresh(Box::new(Copied { entry, head, age, epoch, log: log_id(&self.names) }))
    }
}

/// One answer of the server.
enum Step {
    Asked(Asked),
    /// To be opened.
    Found(Box<Found>),
}

struct Found {
    entry: Entry,
    history: History,
    delay: Duration,
}

/// Where the selector of a barrier belongs.
pub(super) fn barrier_place<'a>(prefix: &'a str, tag: &'a [u8], kind: BarrierKind) -> Place<'a> {
    let barrier: &[u8] = match kind {
        BarrierKind::Invalidate => b"i",
        BarrierKind::Delete => b"d",
    };
    Place { tag, barrier, ..Place::new(Kind::Barrier, prefix) }
}

/// Numbers that nobody else has.
pub(super) fn random<const COUNT: usize>() -> Result<[[u8; 16]; COUNT], getrandom::Error> {
    let mut numbers = [[0; 16]; COUNT];
    numbers.iter_mut().try_for_each(|number| getrandom::fill(number))?;
    Ok(numbers)
}
