//! The way to a fetch in the foreground: lead the flight of the key, or join it.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use super::conduct::{Earlier, Task};
use super::refresh::Refresh;
use super::spare::{Spare, is_failure};
use super::{Answer, Call, Ended, Engine, Source, Unusable, Wait, run_uncached};
use crate::fetch::caller::{self, Ending};
use crate::fetch::environment::Loop;
use crate::fetch::{self, Audience, Printed, StartError};
use crate::flight::{self, Attempt, Flight, Landed, Output, Waited};
use crate::model::exit::ExitStatus;
use crate::model::key::{Key, KeyParts};
use crate::model::status::Why;
use crate::model::time::{Moment, Timestamp};
use crate::policy::{Decision, Mode, Policy, decide, freshness};
use crate::store::{Event, EventKind, Glance, Place, StoreError};
use crate::sys::errno;

/// A caller who waits at a terminal is told so after this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// The end of waiting for a turn.
pub(super) enum Turn {
    /// This process fetches.
    Leads(Flight),
    /// Another one has fetched meanwhile.
    Landed(Landed),
    /// Another one has ended its flight without a result for others.
    Again,
    /// The caller's time is up.
    TimedOut,
    /// It would never come: the caller is part of what the other one runs.
    InItself,
}

impl Engine {
    /// Fetches in the foreground until `deadline`, or joins the flight that does.
    pub(super) fn fetch(
        &self,
        call: &Call<'_>,
        parts: &KeyParts,
        key: Key,
        why: Why,
        deadline: Option<Instant>,
    ) -> Result<Answer, Unusable> {
        let place = Place::create(&self.path).map_err(StoreError::from)?;
        place.ensure_flights_dir().map_err(StoreError::from)?;
        loop {
            match self.take_turn(&place, &key, deadline)? {
                Turn::Leads(flight) => return self.lead(call, parts, key, why, flight, deadline),
                Turn::Landed(landed) => {
                    let _ = landed.pass_on();
                    // Who asks for a refresh accepts only what began after that.
                    let is_new = call.policy.mode != Mode::Refresh || landed.outcome.began >= call.asked;
                    if is_new && let Some(answer) = self.join(call, key, why, &landed)? {
                        return Ok(answer);
                    }
                }
                Turn::Again => {}
                Turn::InItself => return Err(Unusable::InItself(Loop::Itself)),
                Turn::TimedOut => {
                    return Ok(Answer::fetched(Ended::With(ExitStatus::TimedOut), Some(key), why, false, true));
                }
            }
        }
    }

    /// Fetches because what is stored turned out to be damaged: finding it again is no answer.
    pub(super) fn fetch_anew(
        &self,
        call: &Call<'_>,
        parts: &KeyParts,
        key: Key,
        deadline: Option<Instant>,
    ) -> Result<Answer, Unusable> {
        let policy = Policy { mode: Mode::Refresh, ..call.policy.clone() };
        self.fetch(&Call { policy: &policy, asked: Moment::now(), ..*call }, parts, key, Why::Missing, deadline)
    }

    /// Waits until this process leads the flight of `key` or another one's flight has landed.
    pub(super) fn take_turn(&self, place: &Place, key: &Key, deadline: Option<Instant>) -> Result<Turn, Unusable> {
        let directory = place.flights_dir();
        let attempt = || match flight::attempt(&directory, key)? {
            Attempt::Leads(flight) => Ok(Turn::Leads(flight)),
            Attempt::Landed(landed) => Ok(Turn::Landed(landed)),
            Attempt::Busy(waiting) => {
                let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
                let told = Cell::new(false);
                let waited = waiting.wait(left, PATIENCE, |leader| {
                    told.set(true);
                    (self.notices.waiting)(Wait::Goes(leader))
                });
                if told.get() {
                    (self.notices.waiting)(Wait::Over);
                }
                Ok(match waited? {
                    Waited::Leads(flight) => Turn::Leads(flight),
                    Waited::Landed(landed) => Turn::Landed(landed),
                    Waited::Again => Turn::Again,
                    Waited::TimedOut => Turn::TimedOut,
                    Waited::InItself => Turn::InItself,
                })
            }
        };
        attempt().map_err(|source: std::io::Error| Unusable::Flight { path: directory.clone(), source })
    }

    /// Fetches, now that nobody else does.
    fn lead(
        &self,
        call: &Call<'_>,
        parts: &KeyParts,
        key: Key,
        why: Why,
        flight: Flight,
        deadline: Option<Instant>,
    ) -> Result<Answer, Unusable> {
        // Somebody may have stored a result between the look-up and the lock.
        let (store, Glance { entry, mark: since, .. }) = self.glance(&key)?;
        let facts = self.facts(store.as_ref(), entry.as_ref(), call, deadline);
        let earlier = entry.as_ref().map(Earlier::of);
        // What was stored by hand has taken no time.
        let last_took = entry.as_ref().map(|entry| entry.took).filter(|took| !took.is_zero());
        let now = Timestamp::now();
        let spare = Spare::of(call, entry.as_ref(), facts.as_ref());
        if let (Decision::Serve, Some(entry)) = (decide(facts.as_ref(), call.policy, now), entry) {
            let freshness = freshness(facts.as_ref(), call.policy, now);
            // Not needed: those who wait find the entry as well.
            let _ = flight.end(None);
            if let Some(printed) = self.replay(call, store.as_ref(), &entry, Source::stored(key, freshness)) {
                drop(store);
                self.note(Event::now(EventKind::Hit, &key, entry.took));
                return Ok(Answer::hit(key, &entry, freshness, Refresh::default(), printed));
            }
            return self.fetch_anew(call, parts, key, deadline);
        }
        drop(store);
        // Not in the fetcher, which holds signals back for the command.
        let dependencies = match call.observe_dependencies(deadline) {
            Ok(dependencies) => dependencies,
            Err(error) => {
                let _ = flight.end(None);
                return Err(error.into());
            }
        };
        let Call { invocation, policy, fetch, .. } = *call;
        let dependencies = dependencies.as_ref();
        let holds_output = spare.is_some();
        let is_filtered = call.hooks.before_output.is_some();
        let task = Task {
            invocation,
            parts,
            key,
            policy,
            fetch,
            since,
            earlier,
            dependencies,
            deadline,
            holds_output,
            is_filtered,
            last_took,
            shows_progress: call.hooks.shows_progress,
        };
        let held_file = if holds_output { flight.file().try_clone().ok() } else { None };
        if !holds_output {
            call.announce(Source::fetched(key, why == Why::Stale));
        }
        // Each side of the fork takes the flight once: the fetcher to end it, the caller to let its hold on it go.
        let flight = RefCell::new(Some(flight));
        let take = || flight.borrow_mut().take();
        let fetcher = |link| {
            if let Some(flight) = take() {
                self.conduct(&task, flight, Audience::Caller(link));
            }
        };
        let ending = match caller::in_child(fetcher, || take().into_iter().for_each(Flight::hand_over)) {
            Ok(ending) => ending,
            Err(_) => match take() {
                // No second process can be had, but perhaps one for the command.
                Some(flight) => Ending::Reported(self.conduct(&task, flight, Audience::Here)),
                None => Ending::FetcherLost,
            },
        };
        match spare {
            Some(spare) => Ok(self.serve_either(call, key, why, ending, held_file, &spare)),
            None => Ok(Answer::ended(ending, Some(key), why)),
        }
    }

    /// Serves the outcome of a flight that this caller has waited for; `None` if it has to try again.
    fn join(&self, call: &Call<'_>, key: Key, why: Why, landed: &Landed) -> Result<Option<Answer>, Unusable> {
        if call.policy.stale_if_error && is_failure(call, landed.outcome.status) {
            let (store, entry) = self.open_and_look_up(&key)?;
            let facts = self.facts(store.as_ref(), entry.as_ref(), call, None);
            let spare = Spare::of(call, entry.as_ref(), facts.as_ref());
            drop(store);
            if let Some(answer) = spare.and_then(|spare| self.serve_spare(call, landed.outcome.status, &spare)) {
                return Ok(Some(answer));
            }
        }
        let ended = match landed.outcome.status {
            ExitStatus::NotFound => Ended::NotStarted(StartError(errno::ENOENT)),
            ExitStatus::NotExecutable => Ended::NotStarted(StartError(errno::EACCES)),
            status => Ended::With(status),
        };
        let printed = match landed.outcome.output {
            // A caller who may keep more than the leader tries for itself; the others need not wait for each other.
            Output::TooLarge(limit) if call.fetch.max_size > limit => return Ok(None),
            Output::TooLarge(limit) => {
                call.announce(Source::fetched(key, why == Why::Stale));
                return run_uncached(call.invocation, call.fetch, Some(key), why, call.hooks.before_output.is_some())
                    .map(|answer| Some(if limit == u64::MAX { answer } else { answer.too_large_to_store() }))
                    .map_err(Unusable::Process);
            }
            Output::InFile(_) => {
                // Damaged, it is no answer: the command has to run again.
                let Some(mut transcript) = landed.transcript() else { return Ok(None) };
                call.announce(Source::fetched(key, why == Why::Stale));
                call.deliver(|| fetch::print_transcript(&mut transcript, call.printer()))
            }
            Output::Stored(result) => {
                let Some((store, entry)) = self.stored_as(&key, result)? else { return Ok(None) };
                match self.replay(call, Some(&store), &entry, Source::fetched(key, why == Why::Stale)) {
                    Some(printed) => printed,
                    None => return Ok(None),
                }
            }
        };
        let stored = matches!(landed.outcome.output, Output::Stored(_));
        let mut answer = Answer::fetched(ended, Some(key), why, stored, true);
        if let Printed::Failed(error) = printed {
            answer.print_error = Some(error);
        }
        Ok(Some(answer))
    }
}
