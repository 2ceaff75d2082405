//! Serving a call: from the store, by a run of the command, or by another call's.

use std::io::{self, Read};
use std::sync::PoisonError;
use std::thread;

use super::served::Output;
use super::{Cache, Error, Invocation, OnStale, Policy, Served, Source};
use crate::cache::{Call, Engine, Fetch, FlightSpool, Frontend, Joined, JoinedOutput, Lookup, Purpose, Turn, Unusable};
use crate::fetch::capture::NoSpool;
use crate::fetch::{Collected, collect};
use crate::flight::{Attempt, Directory, Flights as _};
use crate::model::exit::ExitStatus;
use crate::model::time::Moment;
use crate::model::transcript::Splitter;
use crate::policy::{self, Decision, Mode};
use crate::sys::errno;
use crate::sys::signal::without_signals;

/// The frontend for a caller in the same process, which has the output already. The library knows neither jobs nor
/// shell commands that judge an output.
struct InProcess {
    is_in_background: bool,
}

impl Frontend for InProcess {
    fn is_in_background(&self) -> bool {
        self.is_in_background
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
    /// See [`Error`]. A command that fails or runs out of time is no error.
    pub fn get(&self, invocation: &Invocation, policy: &Policy) -> Result<Served, Error> {
        let (engine, parts) = (self.engine(), invocation.parts()?);
        let call = Call::new(&invocation.command, &parts, &policy.rules, &policy.fetch, Moment::now());
        let found = engine.look_up(&call)?;
        let decision = found.decision(&call);
        if !matches!(decision, Decision::Serve | Decision::ServeAndRefresh) {
            return fetch(&engine, &call);
        }
        let Some(served) = serve(&engine, &found) else { return fetch_anew(&engine, &call) };
        drop(found);
        if decision == Decision::ServeAndRefresh && policy.on_stale == OnStale::Refresh {
            self.refresh_in_thread(&engine, &call, invocation, policy)?;
        }
        Ok(served)
    }

    /// Fetches, whatever is stored, and waits for the result. It joins a run only if that began after the call.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn refresh(&self, invocation: &Invocation, policy: &Policy) -> Result<Served, Error> {
        let (engine, parts) = (self.engine(), invocation.parts()?);
        fetch_anew(&engine, &Call::new(&invocation.command, &parts, &policy.rules, &policy.fetch, Moment::now()))
    }

    /// Starts a refresh in a thread, unless one goes on somewhere or the last one has failed just now.
    fn refresh_in_thread(
        &self,
        engine: &Engine,
        call: &Call<'_>,
        invocation: &Invocation,
        policy: &Policy,
    ) -> Result<(), Unusable> {
        // Without this directory nothing stale could ever be refreshed.
        let flights = engine.flights_dir()?;
        // Whatever else goes wrong, the result stays stale, and the next call tries again.
        let Ok(before) = engine.before_refresh(&call.key) else { return Ok(()) };
        if before.is_backing_off || call.refuse_loop().is_err() {
            return Ok(());
        }
        let Ok(Attempt::Leads(flight)) = Directory(&flights).attempt(&call.key) else { return Ok(()) };
        let (cache, invocation, policy, parts) = (self.clone(), invocation.clone(), policy.clone(), call.parts.clone());
        let work = move || {
            let engine = cache.engine();
            let call =
                Call::new(&invocation.command, &parts, &policy.rules, &policy.fetch, Moment::now()).in_background();
            if let Some(fetch) = engine.prepare_refresh(&call, flight, Some(before.mark), Purpose::Refresh) {
                let _ = run(&fetch, &InProcess { is_in_background: true });
            }
        };
        // Signals are for the threads of the host.
        let started = without_signals(|| thread::Builder::new().name("cacheback".to_owned()).spawn(work));
        if let Ok(Ok(thread)) = started {
            let mut threads = self.refreshes.lock().unwrap_or_else(PoisonError::into_inner);
            threads.retain(|thread| !thread.is_finished());
            threads.push(thread);
        }
        Ok(())
    }
}

/// What was found; `None` if it is damaged.
fn serve(engine: &Engine, found: &Lookup) -> Option<Served> {
    let output = Output::of(|write| found.replay(write))?;
    if found.event().is_some_and(|event| engine.note(event)) {
        engine.prune();
    }
    found.entry.as_ref().map(|entry| Served::stored(output, entry, found.freshness))
}

/// Runs the command, or joins another call's run.
fn fetch(engine: &Engine, call: &Call<'_>) -> Result<Served, Error> {
    call.refuse_loop()?;
    loop {
        return match engine.take_turn(call)? {
            Turn::Serve(found) => serve(engine, &found).map_or_else(|| fetch_anew(engine, call), Ok),
            Turn::Fetch(fetch, _) => run(&fetch, &InProcess { is_in_background: false }),
            Turn::Join(joined) => match join(call, joined)? {
                Some(served) => Ok(served),
                None => continue,
            },
            Turn::Lost(fallback, _) => {
                serve(engine, &fallback.open(engine)).map_or_else(|| fetch_anew(engine, call), Ok)
            }
            Turn::TimedOut => Ok(Served::fetched(Output::default(), ExitStatus::TimedOut, false, Source::Joined)),
        };
    }
}

/// The same, whatever is stored.
fn fetch_anew(engine: &Engine, call: &Call<'_>) -> Result<Served, Error> {
    let policy = policy::Policy { mode: Mode::Refresh, ..call.policy.clone() };
    fetch(engine, &Call { policy: &policy, called_at: Moment::now(), ..*call })
}

/// Runs the command for all who wait for it.
fn run(fetch: &Fetch<'_>, frontend: &InProcess) -> Result<Served, Error> {
    fetch.sign();
    let spool = FlightSpool::new(fetch);
    let order = Collected {
        invocation: fetch.call.invocation,
        key: fetch.call.key,
        in_background: frontend.is_in_background,
        deadline: fetch.call.deadline,
        max_size: fetch.call.fetch.max_size,
        spool: &spool,
        send_off: &|began, lost| fetch.land_without_output(began, lost),
    };
    let mut output = Output::default();
    let mut fetched = collect(&order, &mut |stream, data| {
        if !frontend.is_in_background {
            output.push(stream, data);
        }
    });
    let settled = fetch.settle(&spool, &mut fetched, frontend);
    match fetched.start_error {
        Some(error) => Err(not_started(&fetch.call, error)),
        None => served(output, fetched.status, settled.stored, Source::Fetched),
    }
}

/// Runs the command for this call alone.
fn run_uncached(call: &Call<'_>) -> Result<Served, Error> {
    let order = Collected {
        invocation: call.invocation,
        key: call.key,
        in_background: false,
        deadline: call.deadline,
        max_size: 0,
        spool: &NoSpool,
        send_off: &|_, _| (),
    };
    let mut output = Output::default();
    let fetched = collect(&order, &mut |stream, data| output.push(stream, data));
    match fetched.start_error {
        Some(error) => Err(not_started(call, error)),
        None => served(output, fetched.status, false, Source::Fetched),
    }
}

/// The outcome of another caller's run; `None` if that is of no use.
fn join(call: &Call<'_>, joined: Joined) -> Result<Option<Served>, Error> {
    match joined.status {
        ExitStatus::NotFound => return Err(not_started(call, io::Error::from_raw_os_error(errno::ENOENT))),
        ExitStatus::NotExecutable => return Err(not_started(call, io::Error::from_raw_os_error(errno::EACCES))),
        _ => {}
    }
    let Some(output) = joined.output else { return Ok(None) };
    let (output, is_stored) = match output {
        JoinedOutput::Nowhere { .. } => return run_uncached(call).map(Some),
        JoinedOutput::Stored(found) => (Output::of(|write| found.replay(write)), true),
        JoinedOutput::InFile(landed) => (
            landed.transcript().and_then(|mut transcript| {
                let mut bytes = Vec::new();
                transcript.read_to_end(&mut bytes).ok()?;
                Output::of(|write| Splitter::default().feed(&bytes, write))
            }),
            false,
        ),
    };
    output.map(|output| served(output, joined.status, is_stored, Source::Joined)).transpose()
}

fn not_started(call: &Call<'_>, source: io::Error) -> Error {
    Error::NotStarted { program: call.invocation.program().to_owned(), source }
}

fn served(output: Output, status: ExitStatus, is_stored: bool, source: Source) -> Result<Served, Error> {
    match status {
        ExitStatus::Failed => Err(Error::StatusLost),
        status => Ok(Served::fetched(output, status, is_stored, source)),
    }
}
