//! Asks for a result, and for the lease if there is none.
//!
//! * *What the server has does not open, or a barrier means it.* It is rejected by its name in a second question. If
//!   the next one is no better, the third question accepts none: this host leads, or waits for the leader.
//! * *The barriers of an answer cannot be replayed here*, because another process keeps the database locked. No result
//!   may be judged then, but who leads does not depend on barriers: without the lease two hosts would run the command.

use std::time::{Duration, Instant};

use super::{Copied, Down, Exchange, Head, Kind, Lease, log_id, random};
use crate::model::key::KeyParts;
use crate::model::time::{Moment, Timestamp};
use crate::store::Recipe;
use crate::store::fleet::Contact;
use crate::store::log::Epoch;
use crate::store::shared::protocol::{
    Accept, Answer, Ask, Entry, Fence, Fitness, History, Leader, ProtocolError, SharedResult, Token, Unlink, Wanted,
    age, look,
};
use crate::store::shared::settings::Access;
use crate::store::shared::wire::{Connection, WireError};

/// How often one question is asked: the last time it accepts no result.
const QUESTIONS: u32 = 3;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// Which results are accepted.
    pub accept: Accept,
    /// A result is wanted in any case, to be served if the run fails.
    pub wants_any: bool,
    /// The lease that is asked for, if any.
    pub claim: Option<Claim>,
    /// No caller waits for the result.
    pub in_background: bool,
    /// No question was asked for this call before.
    pub is_first: bool,
}

/// The names of the lease that is asked for, and of the one that it may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The name of the lease: the same one until it is granted.
    pub token: Token,
    /// A lease whose run is over, although the server may not know that.
    pub dead: Option<Token>,
}

/// What the server has answered.
#[derive(Debug)]
pub struct Heard {
    /// What there is to do.
    pub asked: Asked,
    /// A result that is not accepted, if one was wanted in any case.
    pub any: Option<Box<Copied>>,
    /// Runs that begin from now on have this fence or a higher one. `None` for hosts that only read.
    pub next_fence: Option<Fence>,
    /// What the server has is not what was sealed for this key.
    pub is_damaged: bool,
}

/// What there is to do after asking.
#[derive(Debug)]
pub enum Asked {
    /// Another host has fetched it.
    Fresh(Box<Copied>),
    /// Another host has fetched it, and it is stale.
    Stale(Box<Copied>),
    /// Run the command and commit the result.
    Lead(Box<Lease>),
    /// Another host runs the command.
    Busy(Leader),
    /// Background runs have failed: wait before the next one.
    BackOff,
    /// Run the command, and keep the result here.
    Alone,
}

/// One answer of the server.
struct Told {
    step: Step,
    any: Option<Box<Found>>,
    next_fence: Option<Fence>,
}

enum Step {
    Asked(Asked),
    /// An entry, whose seal has not been opened yet.
    Found(Box<Found>, Fitness),
    /// An entry that cannot be judged, because the barriers could not be replayed here.
    Unjudged,
}

struct Found {
    entry: Entry,
    history: History,
    delay: Duration,
}

impl Claim {
    /// With a new token; `None` if the system gives no random bytes.
    pub fn new(dead: Option<Token>) -> Option<Self> {
        random().ok().map(|[token]| Self { token: Token(token), dead })
    }
}

impl Exchange<'_> {
    /// Asks for a result, and for the lease if there is none.
    ///
    /// # Errors
    ///
    /// [`Down`], after the time for one answer at most. The lease may have been granted.
    pub fn ask(&self, question: &Question) -> Result<Heard, Down> {
        let settings = &self.tier.settings;
        let budget = settings.connect_timeout + settings.timeout;
        let is_writer = settings.mode == Access::ReadWrite;
        self.talk(budget, |wire, deadline| {
            let mut question = *question;
            let (mut next_fence, mut is_damaged) = (None, false);
            for number in 1..=QUESTIONS {
                let ask = |wire: &mut Connection| match is_writer {
                    true => self.ask_to_lead(wire, &question, deadline),
                    false => self.look(wire, &question, deadline),
                };
                let told = match ask(wire) {
                    // The same token is told again that it leads.
                    Err(ProtocolError::Wire(WireError::Closed)) => ask(wire)?,
                    told => told?,
                };
                next_fence = next_fence.or(told.next_fence);
                question.is_first = false;
                let asked = match told.step {
                    Step::Asked(asked) => asked,
                    Step::Unjudged => {
                        question.accept = question.accept.nothing();
                        continue;
                    }
                    Step::Found(found, fitness) => match self.open(&found, &question.accept) {
                        Some((head, age)) => self.found(*found, head, age, fitness),
                        None => {
                            is_damaged = self.head(&found.entry).is_none();
                            if is_writer && !self.is_sealed(&found.entry) {
                                // Whoever asks next need not read it. If that fails, a commit replaces it.
                                let _ = self.unlink(found.entry.result).send(&self.names, wire, deadline);
                            }
                            question.accept.rejected = Some(found.entry.result);
                            if number + 1 == QUESTIONS {
                                question.accept = question.accept.nothing();
                            }
                            continue;
                        }
                    },
                };
                let any = told.any.and_then(|found| {
                    let (head, age) = self.open(&found, &Accept { fresh: Duration::MAX, ..Accept::default() })?;
                    Some(Box::new(self.copied(*found, head, age)))
                });
                return Ok(Heard { asked, any, next_fence, is_damaged });
            }
            Ok(Heard { asked: Asked::Alone, any: None, next_fence, is_damaged })
        })
    }

    fn ask_to_lead(
        &self,
        wire: &mut Connection,
        question: &Question,
        deadline: Instant,
    ) -> Result<Told, ProtocolError> {
        let alone = Told { step: Step::Asked(Asked::Alone), any: None, next_fence: None };
        let Ok([epoch]) = random() else { return Ok(alone) };
        let holder = question.claim.and_then(|claim| self.holder(claim.token));
        let asked_at = Moment::now();
        let contact = Contact::now();
        let token = question.claim.map(|claim| claim.token);
        let lease = question.claim.zip(holder.as_ref()).map(|(Claim { token, dead }, holder)| Wanted {
            token,
            dead,
            holder,
            duration: self.tier.settings.lease,
            in_background: question.in_background,
        });
        let ask = Ask {
            id: self.id,
            accept: question.accept,
            wants_entry: question.wants_any,
            seen: self.seen(),
            new_epoch: Epoch(epoch),
            lease,
            is_counted: question.is_first,
        };
        let answered = ask.send(&self.names, wire, deadline)?;
        let (delay, next_fence) = (answered.delay, Some(answered.next_fence));
        let Some(history) = answered.history else { return Ok(Told { next_fence, ..alone }) };
        let is_caught_up = self.catch_up(&history, contact, answered.is_primary);
        let found = |entry| Box::new(Found { entry, history: history.clone(), delay });
        let any = answered.entry.filter(|_| is_caught_up).map(&found);
        let step = match (answered.answer, token.zip(holder)) {
            (Answer::Fresh(_) | Answer::Stale(_), _) if !is_caught_up => Step::Unjudged,
            (Answer::Fresh(entry), _) => Step::Found(found(entry), Fitness::Fresh),
            (Answer::Stale(entry), _) => Step::Found(found(entry), Fitness::Stale),
            (Answer::Lead { fence, base }, Some((token, holder))) => Step::Asked(Asked::Lead(Box::new(Lease {
                id: self.id,
                token,
                fence,
                base,
                judged: history.now,
                log: log_id(&self.names),
                asked_at,
                holder,
            }))),
            (Answer::Busy(leader), _) => Step::Asked(Asked::Busy(leader)),
            (Answer::Backoff(_), _) => Step::Asked(Asked::BackOff),
            _ => Step::Asked(Asked::Alone),
        };
        Ok(Told { step, any, next_fence })
    }

    fn look(&self, wire: &mut Connection, question: &Question, deadline: Instant) -> Result<Told, ProtocolError> {
        let contact = Contact::now();
        let seen = look(&self.names, wire, self.id, self.seen().as_ref(), deadline)?;
        let is_caught_up = seen.history.as_ref().is_none_or(|history| self.catch_up(history, contact, seen.is_primary));
        let fitness = seen.fitness(&question.accept);
        let delay = seen.delay;
        let found = seen.entry.zip(seen.history).map(|(entry, history)| Box::new(Found { entry, history, delay }));
        let (step, any) = match (fitness, found.filter(|_| is_caught_up), seen.leader) {
            (Fitness::Fresh | Fitness::Stale, None, _) if !is_caught_up => (Step::Unjudged, None),
            (Fitness::Fresh | Fitness::Stale, Some(found), _) => (Step::Found(found, fitness), None),
            (_, found, Some(leader)) => (Step::Asked(Asked::Busy(leader)), found),
            (_, found, None) => (Step::Asked(Asked::Alone), found),
        };
        Ok(Told { step, any: any.filter(|_| question.wants_any), next_fence: None })
    }

    /// The head of an entry and its age, if its seal opens, it is of this key, no barrier means it, and it is as young
    /// as it has to be.
    fn open(&self, Found { entry, history, delay }: &Found, accept: &Accept) -> Option<(Head, Duration)> {
        let (head, parts, recipe) = self.head(entry)?;
        let barriers = history.since(entry.judged)?;
        if barriers.iter().any(|barrier| self.means(barrier, &parts, &recipe))
            || self.is_queued(&self.key, &parts, &recipe)
        {
            return None;
        }
        let by_writer = Timestamp::now().since(head.fetched_at).unwrap_or_default();
        let age = age(entry.age?, *delay, by_writer);
        let is_young = age < accept.fresh.max(accept.stale.unwrap_or_default());
        (is_young || accept.awaited == Some(entry.result)).then_some((head, age))
    }

    /// Removes from the server a result whose output is incomplete or does not open, unless another one has replaced it.
    pub fn remove_damaged(&self, copied: &Copied) {
        let settings = &self.tier.settings;
        if settings.mode == Access::ReadWrite {
            let budget = settings.connect_timeout + settings.timeout;
            let unlink = self.unlink(copied.result());
            let _ = self.talk(budget, |wire, deadline| unlink.send(&self.names, wire, deadline));
        }
    }

    fn unlink(&self, result: SharedResult) -> Unlink {
        Unlink { id: self.id, result, below: None }
    }

    /// Whether the seal of an entry's head opens; what is in it may be of a later version of this program.
    fn is_sealed(&self, entry: &Entry) -> bool {
        self.sealer.open(&self.place(Kind::Head, entry), &entry.head).is_some()
    }

    /// The head of an entry, if its seal opens and it is of this key.
    fn head(&self, entry: &Entry) -> Option<(Head, KeyParts, Recipe)> {
        let head = Head::decode(&self.sealer.open(&self.place(Kind::Head, entry), &entry.head)?)?;
        let parts = KeyParts::decode(&head.parts).filter(|parts| parts.to_key() == self.key)?;
        let recipe = Recipe::decode(&head.recipe, &parts)?;
        Some((head, parts, recipe))
    }

    fn found(&self, found: Found, head: Head, age: Duration, fitness: Fitness) -> Asked {
        let copied = Box::new(self.copied(found, head, age));
        if fitness == Fitness::Stale { Asked::Stale(copied) } else { Asked::Fresh(copied) }
    }

    fn copied(&self, found: Found, head: Head, age: Duration) -> Copied {
        let (entry, epoch) = (found.entry, found.history.now.epoch);
        Copied { entry, head, age, epoch, log: log_id(&self.names) }
    }
}

impl Copied {
    /// The name of this result, to reject it.
    pub fn result(&self) -> SharedResult {
        self.entry.result
    }
}
