//! Follows the run of another host: waits for its outcome.
//!
//! The leader of the local flight follows, so a host has one connection for each key, however many callers wait.
//!
//! * *The outcome is there, and the same lease is too* (whoever can write to the server made one of them): each ask
//!   would be answered at once, and the follower would spin. So an outcome is read once for each lease.
//! * *The follower is killed.* It has no lease; its flight's file is unlocked, and a local waiter leads.
//! * *The follower is stopped.* Local waiters lead a flight of their own after a second. When it goes on, it asks
//!   again.
//! * *The last run of this host has failed, and its leader has not told the server yet.* This call was made later and
//!   must not get that failure.

use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use super::waiting_leader::WaitingLeader;
use crate::cache::Host;
use crate::cache::answer::Asking;
use crate::codec::seal::Seal;
use crate::flight::{Lead as _, Outcome, Output, RemoteLeader, TRANSCRIPT_AT};
use crate::model::time::{Moment, Timestamp};
use crate::store::shared::protocol::{Fence, Leader, Token, outcome};
use crate::store::shared::{Down, Exchange, Followed as Heard, Question, SharedFailure, began};
use crate::sys::proc;

/// After the link is lost, followers run the command spread over this time, and not all at once.
const SPREAD: Duration = Duration::from_millis(250);

/// What there is to do next.
pub(super) enum Followed {
    AskAgain,
    /// The run has failed; its output is in the flight's file.
    Failed(Outcome),
    Run,
    TimedOut,
}

/// The follower of one or more runs, one after another.
pub(super) struct Following<'a> {
    asking: &'a Asking<'a>,
    waiting: WaitingLeader<'a>,
    began_at: Instant,
    /// When this call was made, by the clock of the day.
    called_at: Timestamp,
    /// When it stops waiting and runs the command itself.
    gives_up_at: Option<Instant>,
    has_given_up: bool,
    /// The lease whose outcome has been read.
    heard: Option<Token>,
    began: Option<Moment>,
}

impl<'a> Following<'a> {
    pub(super) fn new(host: &'a Host, asking: &'a Asking<'a>, max_wait: Duration) -> Self {
        let since_call = Moment::now().as_nanos().saturating_sub(asking.call.called_at.as_nanos());
        let since_call = i64::try_from(since_call / 1_000_000).unwrap_or(i64::MAX);
        Self {
            asking,
            waiting: WaitingLeader::new(host, asking.flight),
            began_at: Instant::now(),
            called_at: Timestamp::from_millis(Timestamp::now().as_millis().saturating_sub(since_call)),
            gives_up_at: Instant::now().checked_add(max_wait),
            has_given_up: false,
            heard: None,
            began: None,
        }
    }

    /// When the last followed run began; `asked_at` if none was followed.
    pub(super) fn began(&self, asked_at: Moment) -> Moment {
        self.began.unwrap_or(asked_at)
    }

    /// How long it has waited so far.
    pub(super) fn waited(&self) -> Duration {
        self.began_at.elapsed()
    }

    /// Waits for a random time, because many hosts may have lost the server together.
    pub(super) fn spread(&mut self) {
        let share = RandomState::new().hash_one(0) as u8;
        self.waiting.pause(SPREAD * u32::from(share) / u32::from(u8::MAX));
    }

    /// Waits for the run of `leader`, or a part of it; `question` is what is asked next.
    pub(super) fn wait(
        &mut self,
        exchange: &Exchange<'_>,
        leader: &Leader,
        question: &mut Question,
        next_fence: Option<Fence>,
    ) -> Result<Followed, Down> {
        if self.has_given_up {
            return Ok(Followed::Run);
        }
        let began = began(leader, next_fence);
        self.began = Some(began);
        let runner = exchange.runner(leader);
        let is_own_host = runner.as_ref().is_some_and(|(host, _)| host.as_str() == proc::host_name());
        self.waiting.follow(runner.map(|(host, pid)| RemoteLeader { host, pid, began }));
        // Both limits of the wait concern this call alone.
        let deadline = self.asking.call.deadline;
        let until = [deadline, self.gives_up_at].into_iter().flatten().min();
        let far = || Instant::now() + outcome::wait_of(Duration::MAX);
        let heard = if self.heard == Some(leader.token) {
            let longest = until.unwrap_or_else(far).saturating_duration_since(Instant::now());
            self.waiting.pause(outcome::wait_of(leader.remaining).min(longest));
            Heard::Nothing
        } else {
            exchange.wait(leader, until.unwrap_or_else(far), &mut |work| self.waiting.beside(work))?
        };
        if !matches!(heard, Heard::Nothing) {
            self.heard = Some(leader.token);
        }
        let accept = &mut question.accept;
        let is_too_early = accept.not_before.is_some_and(|fence| leader.fence < fence);
        match heard {
            Heard::Stored(result) if !is_too_early => accept.awaited = Some(result),
            Heard::Failed(failure) if !(is_too_early || is_own_host && failure.ended_at < self.called_at) => {
                return Ok(self.keep(&failure).map_or(Followed::Run, Followed::Failed));
            }
            Heard::Pass => return Ok(Followed::Run),
            _ => {}
        }
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Ok(Followed::TimedOut);
        }
        if self.gives_up_at.is_some_and(|end| end <= Instant::now()) {
            // The holder of this lease has had enough time.
            self.has_given_up = true;
            let Some(claim) = &mut question.claim else { return Ok(Followed::Run) };
            claim.dead = Some(leader.token);
        }
        Ok(Followed::AskAgain)
    }

    /// Puts the output of a failed run into the flight's file, where this caller and local waiters find it.
    fn keep(&self, failure: &SharedFailure) -> Option<Outcome> {
        let output = Output::InFile(Seal::of(&failure.transcript));
        self.asking.flight.file().write_all_at(&failure.transcript, TRANSCRIPT_AT).ok()?;
        Some(Outcome { began: self.began?, status: failure.status, output })
    }
}
