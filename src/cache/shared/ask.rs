//! Asks the server for a result before the command runs, and again each time that another host's run has ended.
//!
//! Whatever prevents a result from being used here, the command runs without the lease only if the server is lost or
//! gives none: otherwise two hosts would run it at the same time.
//!
//! * *A copy cannot be used* (a chunk is gone, the database is locked, an invalidation selects it, the call has other
//!   conditions than its age). It is rejected by its name, and the server is asked again. After a second one, no result
//!   is accepted any more: this host leads, or waits until it does.
//! * *The database cannot be read after a wait.* What this host has invalidated meanwhile is not known, so no result is
//!   accepted.
//! * *The server is lost while this host waits.* The run that follows begins now: what was invalidated here before
//!   that does not concern it.

use std::io::{self, ErrorKind};
use std::mem;
use std::time::Duration;

use super::cursor::LocalCursor;
use super::follow::{Followed, Following};
use super::{exchange, seconds};
use crate::cache::answer::{Answer, Asking, Purpose};
use crate::cache::{Call, Engine, Lookup, Sharing};
use crate::flight::{Flight, Lead as _, Outcome, Output};
use crate::model::exit::ExitStatus;
use crate::model::status::{Shared, Why};
use crate::model::time::Moment;
use crate::policy::{Decision, Mode};
use crate::store::shared::protocol::{Accept, Token};
use crate::store::shared::{Access, Asked, Claim, Copied, Down, Exchange, Question, Tier};
use crate::store::{Backend, EventKind, Mark};

impl<B: Backend> Engine<B> {
    /// Asks the server for the result of a call, if that is shared, and copies it to the database. Where another host
    /// runs the command, waits for that.
    pub(in crate::cache) fn ask_server(&self, asking: &Asking<'_>) -> Answer<B> {
        let run = |shared| Answer::Run { shared, since: asking.since, lease: None };
        let Some(sharing) = asking.call.sharing else { return run(None) };
        let tier = match self.tier(sharing) {
            Ok(tier) => tier,
            Err(down) => return run(Some(self.down(sharing, down))),
        };
        let cursor = match LocalCursor::read(self, &tier) {
            Ok(cursor) => cursor,
            Err(down) => return run(Some(self.down(sharing, down))),
        };
        let exchange = exchange(&tier, sharing, asking.call.key, asking.before).with_cursor(&cursor);
        let mut conversation = Conversation::new(self, asking, &tier, &exchange, sharing, &cursor);
        let answer = conversation.answer();
        self.count_answer(&answer, conversation.following.as_ref().map(Following::waited));
        answer
    }

    /// Counts the failure, and warns if somebody has to mend it. Returns it in one word, for the status line.
    pub(super) fn down(&self, sharing: &Sharing, down: Down) -> Shared {
        self.count_failure(&down);
        let Down { word, reason, warns, .. } = down;
        if warns {
            let server = sharing.settings.server().map(|url| format!("{url}: ")).unwrap_or_default();
            self.warn(&format!("nothing is shared: {server}{reason}; see 'cacheback shared doctor'"));
        }
        Shared::Down(word)
    }

    pub(super) fn tier(&self, sharing: &Sharing) -> Result<Tier, Down> {
        let tier = Tier::open(&sharing.settings, &sharing.database, &|name| std::env::var_os(name))?;
        if tier.warns_of_password() {
            self.warn("a password stands in the url of [shared], where others may see it; put it into a password_file");
        }
        Ok(tier)
    }
}

/// The questions of one call, until it is known what the call has to do.
struct Conversation<'a, B: Backend> {
    engine: &'a Engine<B>,
    asking: &'a Asking<'a>,
    exchange: &'a Exchange<'a>,
    sharing: &'a Sharing,
    tier: &'a Tier,
    cursor: &'a LocalCursor<'a, B>,
    question: Question,
    why: Why,
    /// The mark before the last question, and when the first one was sent.
    since: Mark,
    asked_at: Moment,
    following: Option<Following<'a>>,
}

impl<'a, B: Backend> Conversation<'a, B> {
    fn new(
        engine: &'a Engine<B>,
        asking: &'a Asking<'a>,
        tier: &'a Tier,
        exchange: &'a Exchange<'a>,
        sharing: &'a Sharing,
        cursor: &'a LocalCursor<'a, B>,
    ) -> Self {
        let call = asking.call;
        let why = match call.policy.mode {
            Mode::Refresh => Why::Request,
            _ if asking.is_missing => Why::Missing,
            _ => Why::Stale,
        };
        let accept = Accept { fresh: fresh(asking, sharing), stale: stale(asking), ..Accept::default() };
        let dead = asking.flight.dead().map(Token);
        let claim = Claim::new(dead).filter(|_| tier.settings.mode == Access::ReadWrite);
        // A process that cannot leave its token to the next leader gets no lease.
        let claim = claim.filter(|claim| asking.flight.leave(claim.token.0).is_ok());
        let question = Question {
            accept,
            wants_any: call.policy.stale_if_error && asking.is_missing && !asking.purpose.is_in_background(),
            claim,
            in_background: asking.purpose == Purpose::Refresh && call.policy.mode != Mode::Refresh,
            is_first: true,
        };
        let (since, asked_at) = (cursor.mark(), Moment::now());
        Self { engine, asking, exchange, sharing, tier, cursor, question, why, since, asked_at, following: None }
    }

    fn call(&self) -> &'a Call<'a> {
        self.asking.call
    }

    fn answer(&mut self) -> Answer<B> {
        let (mut has_failed, mut accepts_nothing) = (false, false);
        loop {
            if accepts_nothing {
                self.question.accept = self.question.accept.nothing();
            }
            let heard = match self.exchange.ask(&self.question) {
                Ok(heard) => heard,
                Err(down) => return self.lost(down),
            };
            self.since = self.cursor.mark();
            self.question.is_first = false;
            if heard.is_damaged {
                self.engine.count_once(EventKind::SharedError);
            }
            let (is_refresh, next_fence) = (self.why == Why::Request, heard.next_fence);
            let accept = &mut self.question.accept;
            if is_refresh && accept.not_before.is_none() {
                (accept.not_before, accept.fresh) = (next_fence, Duration::MAX);
            }
            if let Some(any) = heard.any.filter(|any| !any.is_in_pieces()) {
                // It is served if everything else fails.
                let _ = self.copy(&any, None);
                self.question.wants_any = false;
            }
            // A refresh in the background is to replace what is stale here, and a stale copy would be refreshed for nothing.
            let is_fresh = matches!(heard.asked, Asked::Fresh(_)) && !self.asking.purpose.is_in_background();
            let beside = is_fresh.then_some(self.asking.flight);
            match heard.asked {
                Asked::Fresh(copied) | Asked::Stale(copied) => match self.copied(&copied, beside) {
                    Ok(answer) => return answer,
                    Err(error) => {
                        self.engine.count_uncopied(&error);
                        if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) {
                            self.exchange.remove_damaged(&copied);
                        }
                        accepts_nothing |= mem::replace(&mut has_failed, true);
                        self.question.accept.rejected = Some(copied.result());
                    }
                },
                Asked::Lead(lease) => return self.run(Some(lease)),
                Asked::Alone => return self.run(None),
                Asked::BackOff => return Answer::NotNeeded,
                Asked::Busy(_) if self.asking.purpose == Purpose::Refresh => return Answer::NotNeeded,
                // Without a fence it is not known which runs began late enough.
                Asked::Busy(_) if is_refresh && next_fence.is_none() => return self.run(None),
                Asked::Busy(leader) => {
                    let following = self.following.get_or_insert_with(|| {
                        Following::new(&self.engine.host, self.asking, self.sharing.settings.max_wait)
                    });
                    match following.wait(self.exchange, &leader, &mut self.question, next_fence) {
                        Ok(Followed::AskAgain) => accepts_nothing |= !self.look_again(),
                        Ok(Followed::Failed(outcome)) => return Answer::Landed(outcome, Shared::Joined(self.why)),
                        Ok(Followed::Run) => {
                            self.look_again();
                            return self.run(None);
                        }
                        Ok(Followed::TimedOut) => return Answer::TimedOut,
                        Err(down) => {
                            self.look_again();
                            return self.lost(down);
                        }
                    }
                }
            }
        }
    }

    /// Reads once more what this host knows, after a wait; returns whether that was possible. What runs from now on is
    /// not concerned by what was invalidated here before.
    fn look_again(&mut self) -> bool {
        let is_readable = self.cursor.read_again(self.tier).is_ok();
        if is_readable {
            self.since = self.cursor.mark();
        }
        is_readable
    }

    fn run(&self, lease: Option<Box<super::Lease>>) -> Answer<B> {
        Answer::Run { shared: Some(Shared::Fetch(self.why)), since: self.since, lease }
    }

    fn lost(&mut self, down: Down) -> Answer<B> {
        let shared = self.engine.down(self.sharing, down);
        let waits = !self.call().policy.stale_if_error;
        match &mut self.following {
            Some(following) => {
                if waits {
                    following.spread();
                }
                Answer::Lost(shared, self.since)
            }
            None => Answer::Run { shared: Some(shared), since: self.since, lease: None },
        }
    }

    /// Copies a result, and answers the call with it. If its output is not in the database, it is in the file of
    /// `beside`.
    fn copied(&self, copied: &Copied, beside: Option<&Flight>) -> io::Result<Answer<B>> {
        let output = self.copy(copied, beside)?;
        let status = ExitStatus::Exited(copied.head.exit);
        let joined = |began| Answer::Landed(Outcome { began, status, output }, Shared::Joined(self.why));
        if let Some(following) = &self.following {
            return Ok(joined(following.began(self.asked_at)));
        }
        if self.why == Why::Request {
            // Its run began after the first question.
            return Ok(joined(self.asked_at));
        }
        let left = self.question.accept.fresh.saturating_sub(copied.age);
        let hit = Shared::Hit { age: copied.age, ttl: seconds(left) };
        if let Output::InFile(_) = output {
            let began = Moment::ago(copied.age.saturating_add(copied.head.took));
            return Ok(Answer::Landed(Outcome { began, status, output }, hit));
        }
        let call = self.call();
        let (store, entry) = self.engine.backend.entry(&call.key).map_err(io::Error::other)?;
        let found = Lookup { shared: Some(hit), ..self.engine.judged(call, store, entry) };
        // The call may have other conditions than the age of the result.
        match found.decision(call) {
            Decision::Serve | Decision::ServeAndRefresh => Ok(Answer::Copied(found)),
            _ => Err(io::Error::other("this call does not accept it")),
        }
    }

    fn copy(&self, copied: &Copied, beside: Option<&Flight>) -> io::Result<Output> {
        self.engine.copy(self.call(), self.exchange, copied, self.since, self.asking.before, beside)
    }
}

/// A result of another host is fresh if it is younger than this.
///
/// It was judged by all invalidations, except those of a host that may not tell the server.
fn fresh(asking: &Asking<'_>, sharing: &Sharing) -> Duration {
    let policy = &asking.call.policy;
    match policy.mode {
        Mode::Refresh => Duration::ZERO,
        _ if asking.is_invalidated && sharing.settings.mode != Access::ReadWrite => Duration::ZERO,
        // The copy has to be fresh here as well, whatever the jitter takes off the ttl.
        _ => policy.ttl.saturating_sub(policy.jitter.off(policy.ttl, u32::MAX)),
    }
}

/// A result that is younger than this is served while it is refreshed, if nothing is stored here.
fn stale(asking: &Asking<'_>) -> Option<Duration> {
    let policy = asking.call.policy;
    let is_served = matches!(policy.mode, Mode::Async | Mode::AsyncEmptyOnMiss);
    if !is_served || !asking.is_missing || asking.purpose.is_in_background() {
        return None;
    }
    let longest = policy.max_stale.map_or(policy.keep, |over| policy.ttl.saturating_add(over).min(policy.keep));
    Some(policy.fetch_on_stale_threshold.map_or(longest, |threshold| longest.min(threshold)))
}
