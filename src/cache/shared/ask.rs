//! Asks the server for a result before the command runs, and again each time that another host's run has ended.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::cursor::LocalCursor;
use super::follow::{Followed, Following};
use super::{exchange, seconds};
use crate::cache::answer::{Answer, Asking};
use crate::cache::{Call, Engine, Sharing};
use crate::flight::{Flight, Lead as _, Outcome, Output};
use crate::model::exit::ExitStatus;
use crate::model::status::{Shared, Why};
use crate::model::time::Moment;
use crate::policy::Mode;
use crate::store::shared::protocol::{Accept, Token};
use crate::store::shared::{Access, Asked, Claim, Copied, Down, Exchange, Question, Tier};
use crate::store::{Backend, EventKind, Mark};

impl<B: Backend> Engine<B> {
    /// Asks the server for the result of a call, if that is shared, and copies it to the database. Where another host
    /// runs the command, waits for that.
    pub(in crate::cache) fn ask_server(&self, asking: &Asking<'_>) -> Answer {
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
            wants_any: call.policy.stale_if_error && asking.is_missing && !asking.in_background,
            claim,
            in_background: asking.in_background && call.policy.mode != Mode::Refresh,
            is_first: true,
        };
        let (since, asked_at) = (cursor.mark(), Moment::now());
        Self { engine, asking, exchange, sharing, tier, cursor, question, why, since, asked_at, following: None }
    }

    fn call(&self) -> &'a Call<'a> {
        self.asking.call
    }

    fn answer(&mut self) -> Answer {
        // A copy that cannot be used is rejected once, by its name.
        let mut is_second_try = false;
        loop {
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
            let is_fresh = matches!(heard.asked, Asked::Fresh(_)) && !self.asking.in_background;
            let beside = is_fresh.then_some(self.asking.flight);
            match heard.asked {
                Asked::Fresh(copied) | Asked::Stale(copied) => match self.copy(&copied, beside) {
                    Ok(output) => return self.copied(&copied, output),
                    Err(error) => {
                        self.engine.count_uncopied(&error);
                        if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) {
                            self.exchange.remove_damaged(&copied);
                        }
                        if is_second_try {
                            return self.run(None);
                        }
                        is_second_try = true;
                        self.question.accept.rejected = Some(copied.result());
                    }
                },
                Asked::Lead(lease) => return self.run(Some(lease)),
                Asked::Alone => return self.run(None),
                Asked::BackOff => return Answer::NotNeeded,
                Asked::Busy(_) if self.asking.in_background => return Answer::NotNeeded,
                // Without a fence it is not known which runs began late enough.
                Asked::Busy(_) if is_refresh && next_fence.is_none() => return self.run(None),
                Asked::Busy(leader) => {
                    let following = self.following.get_or_insert_with(|| {
                        Following::new(&self.engine.host, self.asking, self.sharing.settings.max_wait)
                    });
                    match following.wait(self.exchange, &leader, &mut self.question, next_fence) {
                        Ok(Followed::AskAgain) => match self.cursor.read_again(self.tier) {
                            Ok(()) => self.since = self.cursor.mark(),
                            Err(_) => return self.run(None),
                        },
                        Ok(Followed::Failed(outcome)) => return Answer::Landed(outcome, Shared::Joined(self.why)),
                        Ok(Followed::Run) => return self.run(None),
                        Ok(Followed::TimedOut) => return Answer::TimedOut,
                        Err(down) => return self.lost(down),
                    }
                }
            }
        }
    }

    fn run(&self, lease: Option<Box<super::Lease>>) -> Answer {
        Answer::Run { shared: Some(Shared::Fetch(self.why)), since: self.since, lease }
    }

    fn lost(&mut self, down: Down) -> Answer {
        let shared = self.engine.down(self.sharing, down);
        let waits = !self.call().policy.stale_if_error;
        match &mut self.following {
            Some(following) => {
                if waits {
                    following.spread();
                }
                Answer::Lost(shared)
            }
            None => Answer::Run { shared: Some(shared), since: self.since, lease: None },
        }
    }

    fn copied(&self, copied: &Copied, output: Output) -> Answer {
        match &self.following {
            Some(following) => {
                let (began, status) = (following.began(self.asked_at), ExitStatus::Exited(copied.head.exit));
                Answer::Landed(Outcome { began, status, output }, Shared::Joined(self.why))
            }
            // Its run began after the first question.
            None if self.why == Why::Request => {
                let (began, status) = (self.asked_at, ExitStatus::Exited(copied.head.exit));
                Answer::Landed(Outcome { began, status, output }, Shared::Joined(self.why))
            }
            None => {
                let left = self.question.accept.fresh.saturating_sub(copied.age);
                let hit = Shared::Hit { age: copied.age, ttl: seconds(left) };
                match output {
                    Output::InFile(_) => {
                        let began = Moment::ago(copied.age.saturating_add(copied.head.took));
                        let status = ExitStatus::Exited(copied.head.exit);
                        Answer::Landed(Outcome { began, status, output }, hit)
                    }
                    _ => Answer::Copied(hit),
                }
            }
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
    if !is_served || !asking.is_missing || asking.in_background {
        return None;
    }
    let longest = policy.max_stale.map_or(policy.keep, |over| policy.ttl.saturating_add(over).min(policy.keep));
    Some(policy.fetch_on_stale_threshold.map_or(longest, |threshold| longest.min(threshold)))
}
