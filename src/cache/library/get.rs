//! Serving a call: from the store, by a run of the command, or by another call's.

use std::cell::Cell;
use std::io::Read;
use std::sync::PoisonError;
use std::thread;
use std::time::Instant;

use super::served::{Output as Bytes, read};
use super::{Cache, Error, Invocation, OnStale, Policy, Served, Source};
use crate::cache::conduct::{Earlier, Task, of_lost, time_to};
use crate::cache::lead::Turn;
use crate::cache::overflow::Overflow;
use crate::cache::uncached::Nowhere;
use crate::cache::{Call, Engine, Hooks, Unusable, deadline, refuse_in_itself};
use crate::fetch::{Collected, collect};
use crate::flight::{self, Attempt, Flight, Landed, Outcome, Output};
use crate::model::exit::ExitStatus;
use crate::model::key::{Key, KeyParts};
use crate::model::time::{Moment, Timestamp};
use crate::model::transcript::Splitter;
use crate::policy::{self, Decision, Mode, decide, freshness};
use crate::store::{Event, EventKind, Mark, Place, SqliteStore, Store, StoreError};
use crate::sys::errno;

/// One call to the engine.
pub(super) fn call<'a>(invocation: &'a Invocation, policy: &'a Policy) -> Call<'a> {
    Call {
        invocation: &invocation.command,
        key: &invocation.key,
        policy: &policy.rules,
        fetch: &policy.fetch,
        empty: b"",
        asked: Moment::now(),
        hooks: Hooks::default(),
    }
}

impl Cache {
    /// Serves `invocation`: what is stored if that is fresh, and else as `policy` says.
    ///
    /// Of several calls that have to fetch the same key at the same time, in this program or in others, one runs the
    /// command, and all are served its result.
    ///
    /// # Errors
    ///
    /// See [`Error`]. A command that fails or runs out of time is none.
    pub fn get(&self, invocation: &Invocation, policy: &Policy) -> Result<Served, Error> {
        let parts = invocation.parts()?;
        let key = parts.to_key();
        let (engine, call) = (self.engine(), call(invocation, policy));
        let (store, entry) = engine.open_and_look_up(&key).map_err(Unusable::from)?;
        let facts = engine.facts(store.as_ref(), entry.as_ref(), &call, None);
        let now = Timestamp::now();
        let freshness = freshness(facts.as_ref(), call.policy, now);
        let decision = decide(facts.as_ref(), call.policy, now);
        let ask = Ask { engine: &engine, call, parts: &parts, key };
        if let (Some(store), Some(entry), Decision::Serve | Decision::ServeAndRefresh) = (store, entry, decision) {
            let Some(output) = read(&store, &entry) else { return ask.fetch() };
            if decision == Decision::ServeAndRefresh && policy.on_stale == OnStale::Refresh {
                self.refresh_in_thread(&store, &ask, invocation, policy)?;
            }
            drop(store);
            let kind = if decision == Decision::Serve { EventKind::Hit } else { EventKind::StaleHit };
            engine.note(Event::now(kind, &key, entry.took));
            return Ok(Served::stored(output, &entry, freshness));
        }
        ask.fetch()
    }

    /// Fetches, whatever is stored, and waits for the result. It joins a run only if that began after the call.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn refresh(&self, invocation: &Invocation, policy: &Policy) -> Result<Served, Error> {
        let parts = invocation.parts()?;
        let (engine, key) = (self.engine(), parts.to_key());
        let rules = policy::Policy { mode: Mode::Refresh, ..policy.rules.clone() };
        let call = Call { policy: &rules, ..call(invocation, policy) };
        Ask { engine: &engine, call, parts: &parts, key }.fetch()
    }

    /// Starts a refresh in a thread, unless one goes on somewhere or the last one has failed just now.
    fn refresh_in_thread(
        &self,
        store: &SqliteStore,
        ask: &Ask<'_>,
        invocation: &Invocation,
        policy: &Policy,
    ) -> Result<(), Unusable> {
        // Without it nothing stale could ever be refreshed.
        let flights = ask.engine.flights_dir()?;
        let retry_at = store.failure(&ask.key).ok().flatten().map(|failure| failure.retry_at);
        let is_backing_off = retry_at.is_some_and(|at| time_to(at, Timestamp::now()).is_some());
        if is_backing_off || refuse_in_itself(&ask.call, &ask.key).is_err() {
            return Ok(());
        }
        // Whatever else goes wrong, the result stays stale, and the next call tries again.
        let Ok(asked_at) = store.mark() else { return Ok(()) };
        let Ok(Attempt::Leads(flight)) = flight::attempt(&flights, &ask.key) else { return Ok(()) };
        let (cache, invocation, policy, parts) = (self.clone(), invocation.clone(), policy.clone(), ask.parts.clone());
        let work = move || {
            let (engine, key) = (cache.engine(), parts.to_key());
            let ask = Ask { engine: &engine, call: call(&invocation, &policy), parts: &parts, key };
            let _ = ask.refresh(flight, asked_at);
        };
        // Signals are for the threads of the host.
        let started = flight::without_signals(|| thread::Builder::new().name("cacheback".to_owned()).spawn(work));
        if let Ok(Ok(thread)) = started {
            let mut threads = self.refreshes.lock().unwrap_or_else(PoisonError::into_inner);
            threads.retain(|thread| !thread.is_finished());
            threads.push(thread);
        }
        Ok(())
    }
}

/// One call, and what it is about.
struct Ask<'a> {
    engine: &'a Engine,
    call: Call<'a>,
    parts: &'a KeyParts,
    key: Key,
}

/// What a flight is led for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// A caller who waits for the result.
    Caller,
    /// Nobody: a refresh in a thread, asked for at this point in the history.
    Nobody(Mark),
}

impl Ask<'_> {
    fn flights(&self) -> Result<Place, Unusable> {
        let place = Place::create(self.engine.path()).map_err(StoreError::from)?;
        place.ensure_flights_dir().map_err(StoreError::from)?;
        Ok(place)
    }

    /// Leads the flight of the key, or joins it.
    fn fetch(&self) -> Result<Served, Error> {
        refuse_in_itself(&self.call, &self.key)?;
        let place = self.flights()?;
        let deadline = deadline(self.call.fetch.timeout);
        loop {
            match self.engine.take_turn(&place, &self.key, deadline)? {
                Turn::Leads(flight) => {
                    if let Some(served) = self.lead(flight, deadline, For::Caller)? {
                        return Ok(served);
                    }
                }
                Turn::Landed(landed) => {
                    let _ = landed.pass_on();
                    let is_new = self.call.policy.mode != Mode::Refresh || landed.outcome.began >= self.call.asked;
                    if is_new && let Some(served) = self.join(&landed, deadline)? {
                        return Ok(served);
                    }
                }
                Turn::Again => {}
                Turn::TimedOut => {
                    return Ok(Served::fetched(Bytes::default(), ExitStatus::TimedOut, false, Source::Joined));
                }
                Turn::InItself => return Err(Error::InItself),
            }
        }
    }

    fn refresh(&self, flight: Flight, asked_at: Mark) -> Result<(), Error> {
        let deadline = deadline(Some(self.call.fetch.refresh_timeout));
        self.lead(flight, deadline, For::Nobody(asked_at)).map(drop)
    }

    /// Fetches, now that nobody else does; `None` if there is nothing to be done, or a damaged result is to be tried again.
    fn lead(&self, flight: Flight, deadline: Option<Instant>, whom: For) -> Result<Option<Served>, Error> {
        let Self { engine, ref call, parts, key } = *self;
        // Somebody may have stored a result between the look-up and the lock.
        let (store, entry) = engine.open_and_look_up(&key).map_err(Unusable::from)?;
        let since = store.as_ref().map_or(Ok(Mark(0)), Store::mark).map_err(Unusable::from)?;
        let facts = engine.facts(store.as_ref(), entry.as_ref(), call, None);
        let now = Timestamp::now();
        let is_served = decide(facts.as_ref(), call.policy, now) == Decision::Serve;
        if let (Some(store), Some(entry), true) = (&store, &entry, is_served)
            && let Some(output) = read(store, entry)
        {
            // Those who wait find the entry as well.
            let _ = flight.end(None);
            return Ok(Some(Served::stored(output, entry, freshness(facts.as_ref(), call.policy, now))));
        }
        drop(store);
        if let For::Nobody(asked_at) = whom
            && asked_at != since
            && engine.is_deleted(call, parts, &key, asked_at)
        {
            let _ = flight.end(None);
            return Ok(None);
        }
        let dependencies = call.observe_dependencies(None).map_err(Unusable::from)?;
        let task = Task {
            invocation: call.invocation,
            parts,
            key,
            policy: call.policy,
            fetch: call.fetch,
            since,
            earlier: entry.as_ref().map(Earlier::of),
            dependencies: dependencies.as_ref(),
            deadline,
            is_filtered: false,
            holds_output: false,
            last_took: None,
            shows_progress: false,
        };
        flight.sign();
        let overflow = Overflow::new(engine, &flight);
        let has_landed = Cell::new(false);
        let in_background = whom != For::Caller;
        let order = Collected {
            invocation: call.invocation,
            key,
            in_background,
            deadline,
            max_size: call.fetch.max_size,
            spool: &overflow,
            send_off: &|began, lost| {
                if let Some(output) = of_lost(lost, call.fetch.max_size) {
                    has_landed.set(true);
                    let _ = flight.land(Some(Outcome { began, status: ExitStatus::Exited(0), output }));
                }
            },
        };
        let mut output = Bytes::default();
        let fetched = collect(&order, &mut |stream, data| {
            if !in_background {
                output.push(stream, data);
            }
        });
        let ended = engine.settle(&task, &flight, &overflow, fetched, in_background, has_landed.get());
        match ended.start_error {
            Some(error) => Err(self.not_started(error.into())),
            None => served(output, ended.status, ended.stored, Source::Fetched).map(Some),
        }
    }

    /// Serves the outcome of a flight that was waited for; `None` if it has to be tried again.
    fn join(&self, landed: &Landed, deadline: Option<Instant>) -> Result<Option<Served>, Error> {
        let Self { engine, ref call, key, .. } = *self;
        let status = landed.outcome.status;
        match status {
            ExitStatus::NotFound => return Err(self.not_started(std::io::Error::from_raw_os_error(errno::ENOENT))),
            ExitStatus::NotExecutable => return Err(self.not_started(std::io::Error::from_raw_os_error(errno::EACCES))),
            _ => {}
        }
        match landed.outcome.output {
            // A caller who may keep more than the leader tries for itself; the others need not wait for each other.
            Output::TooLarge(limit) if call.fetch.max_size > limit => Ok(None),
            Output::TooLarge(_) => self.run_uncached(deadline).map(Some),
            Output::InFile(_) => {
                let Some(mut transcript) = landed.transcript() else { return Ok(None) };
                let mut bytes = Vec::new();
                if transcript.read_to_end(&mut bytes).is_err() {
                    return Ok(None);
                }
                let mut output = Bytes::default();
                let taken = Splitter::default().feed(&bytes, |stream, data| {
                    output.push(stream, data);
                    Ok(())
                });
                if taken.is_err() {
                    return Ok(None);
                }
                served(output, status, false, Source::Joined).map(Some)
            }
            Output::Stored(result) => {
                let Some((store, entry)) = engine.stored_as(&key, result).map_err(Unusable::from)? else {
                    return Ok(None);
                };
                match read(&store, &entry) {
                    Some(output) => served(output, status, true, Source::Joined).map(Some),
                    None => Ok(None),
                }
            }
        }
    }

    fn run_uncached(&self, deadline: Option<Instant>) -> Result<Served, Error> {
        let order = Collected {
            invocation: self.call.invocation,
            key: self.key,
            in_background: false,
            deadline,
            max_size: 0,
            spool: &Nowhere,
            send_off: &|_, _| (),
        };
        let mut output = Bytes::default();
        let fetched = collect(&order, &mut |stream, data| output.push(stream, data));
        match fetched.start_error {
            Some(error) => Err(self.not_started(error)),
            None => served(output, fetched.status, false, Source::Fetched),
        }
    }

    fn not_started(&self, source: std::io::Error) -> Error {
        Error::NotStarted { program: self.call.invocation.program().to_owned(), source }
    }
}

fn served(output: Bytes, status: ExitStatus, is_stored: bool, source: Source) -> Result<Served, Error> {
    match status {
        ExitStatus::Failed => Err(Error::StatusLost),
        status => Ok(Served::fetched(output, status, is_stored, source)),
    }
}
