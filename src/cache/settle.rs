//! From a fetch that is over to the end of its flight: store the result or record the failure, give it to the waiters,
//! answer the caller, remove what has expired.

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::{Duration, Instant};

use super::call::directory;
use super::fetch::{Earlier, of_lost};
use super::{Call, Engine, Fetch, FlightSpool};
use crate::codec::seal::Seal;
use crate::fetch::Fetched;
use crate::fetch::capture::Lost;
use crate::flight::{Outcome, Output, TRANSCRIPT_AT};
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::model::time::Timestamp;
use crate::store::{Backend, Change, Condition, Event, EventKind, NewEntry, Store, Stored, Summary};
use crate::sys::error::words;

/// One in this many fetches removes what has expired.
const PRUNE_EVERY: i64 = 16;

/// After a result larger than this, garbage is removed at once: it may have replaced a result of its size.
const LARGE: u64 = 1024 * 1024;

/// How long one attempt to store a result waits for a lock, the pause between attempts, and how long attempts go on.
///
/// The first is longer than other callers of the cache hold a lock, even on a busy machine: a call after the end of
/// this one has to find its result. Only a program that keeps the database locked takes longer.
const STORE_PATIENCE: Duration = Duration::from_millis(500);
const STORE_PAUSE: Duration = Duration::from_millis(100);
const STORE_WITHIN: Duration = Duration::from_secs(5);

/// Somebody else has the database locked.
struct Locked;

/// What a frontend adds to the end of a fetch.
pub trait Frontend {
    /// Nobody waits for the result.
    fn is_in_background(&self) -> bool;

    /// For how long a result of `fetched_at` is fresh, if the job has a program for that, which reads `stdout`.
    fn lifetime(
        &self,
        call: &Call<'_>,
        fetched_at: Timestamp,
        stdout: &dyn Fn() -> io::Result<File>,
    ) -> Option<Duration>;

    /// Answers the caller before any work that it need not wait for. May be called twice; may end the process.
    fn respond(&self, fetched: &mut Fetched<'_>, settled: Settled);
}

/// What became of a result, for its caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// It is stored.
    pub stored: bool,
    /// It is not stored, because it is too large.
    pub too_large: bool,
    /// There is more to do.
    pub lingers: bool,
    /// The seal of the transcript in the flight's file, where the output was held back.
    pub held: Option<Seal>,
}

/// A fetch that is over.
struct Settlement<'s, 'a, B: Backend> {
    fetch: &'s Fetch<'a, B>,
    spool: &'s FlightSpool<'s, B>,
    frontend: &'s dyn Frontend,
    lifetime: OnceCell<Option<Duration>>,
}

impl<B: Backend> Fetch<'_, B> {
    /// Does all that is left to do for a fetch, and ends the flight.
    pub fn settle(&self, spool: &FlightSpool<'_, B>, fetched: &mut Fetched<'_>, frontend: &dyn Frontend) -> Settled {
        Settlement { fetch: self, spool, frontend, lifetime: OnceCell::new() }.settle(fetched)
    }

    fn event(&self, fetched: &Fetched<'_>, stored: Option<Stored>) -> Event {
        let is_failure = fetched.status != ExitStatus::Exited(0) && stored.is_none();
        let kind = match self.earlier {
            _ if is_failure => EventKind::Failure,
            Some(_) => EventKind::Refresh,
            None => EventKind::Miss,
        };
        Event { kind, key: self.call.key, at: fetched.ended_at, saved: Duration::ZERO }
    }
}

impl<B: Backend> Settlement<'_, '_, B> {
    fn engine(&self) -> &Engine<B> {
        self.fetch.engine
    }

    fn settle(&self, fetched: &mut Fetched<'_>) -> Settled {
        let Self { fetch, spool, frontend, .. } = *self;
        let held = if fetch.holds_output { self.hold(fetched) } else { None };
        let (is_dismissed, max_size) = (fetch.is_dismissed(), fetch.call.fetch.max_size);
        let store = |fetched: &Fetched<'_>, within| match is_dismissed {
            true => Ok(None),
            false => self.store(fetched, within),
        };
        let stored = store(fetched, Duration::ZERO).or_else(|Locked| {
            // A locked database delays storing the result, but neither the waiters nor the caller.
            // Waiters that came after an invalidation must not get it, so that has to be known.
            if !fetch.has_landed.get()
                && self.is_overtaken() == Some(false)
                && let Some(seal) = held.or_else(|| self.hold(fetched))
                && let Some(outcome) = outcome(fetched, None, || Some(seal), max_size)
            {
                fetch.land(Some(outcome));
            }
            frontend.respond(fetched, Settled { lingers: true, held, ..Settled::default() });
            store(fetched, STORE_WITHIN)
        });
        let stored = stored.unwrap_or(None);
        let folds = self.engine().note(fetch.event(fetched, stored));
        if frontend.is_in_background() && stored.is_none() && !is_dismissed {
            let (status, reason) = (fetched.status.code(), self.reason(fetched));
            self.engine().record_failure(fetch.call.key, fetch.call.policy.ttl, fetched.ended_at, status, reason);
        }
        let hold = || held.or_else(|| self.hold(fetched));
        let is_void =
            |outcome: &Outcome| matches!(outcome.output, Output::InFile(_)) && self.is_overtaken() == Some(true);
        if !fetch.has_landed.get() {
            let outcome = outcome(fetched, stored, hold, max_size).filter(|outcome| !is_void(outcome));
            fetch.land(outcome);
        }
        let is_large = fetched.capture.size() > LARGE;
        let is_due = stored.is_some() && (is_large || Timestamp::now().as_millis() % PRUNE_EVERY == 0);
        let prunes = folds || is_due || (spool.leaves_garbage() && !fetched.interrupted);
        let lingers = prunes || fetch.lease.is_some();
        let has_exited = matches!(fetched.status, ExitStatus::Exited(_));
        let too_large = stored.is_none() && has_exited && is_too_large(fetched, max_size);
        // Others may wait for what the spool holds. The end of a process lets go of it, too.
        let _ = (lingers || !fetched.is_served()).then(|| spool.let_go());
        let settled = Settled { stored: matches!(stored, Some(Stored::Fresh(_))), too_large, lingers, held };
        frontend.respond(fetched, settled);
        fetch.share(fetched, stored);
        if prunes {
            self.engine().prune();
        }
        settled
    }

    /// Stores the result; `None` if it is not to be stored, or cannot be. While the database is locked, tries again for
    /// `within`; if that is zero, fails with [`Locked`].
    fn store(&self, fetched: &Fetched<'_>, within: Duration) -> Result<Option<Stored>, Locked> {
        let Self { fetch, spool, frontend, .. } = *self;
        let call = &fetch.call;
        let ExitStatus::Exited(exit) = fetched.status else { return Ok(None) };
        let is_failure = !call.policy.cache_exit.contains(exit);
        // A failure that nobody has seen does not take the place of a success.
        let is_unseen = frontend.is_in_background() || fetch.holds_output;
        let is_wanted = call.policy.failure_ttl.is_some() && !(is_unseen && fetch.earlier == Some(Earlier::Success));
        if fetched.interrupted || (is_failure && !is_wanted) {
            return Ok(None);
        }
        match fetched.capture.lost() {
            None if fetched.capture.output() <= call.fetch.max_size => {}
            None | Some(Lost::TooLarge | Lost::Abandoned) => return Ok(None),
            Some(Lost::Spool(error)) => {
                self.engine().warn(&format!("the result is not stored: capturing it failed: {}", words(error)));
                return Ok(None);
            }
        }
        let lifetime = self.lifetime.get_or_init(|| match is_failure {
            true => None,
            false => frontend.lifetime(call, fetched.ended_at, &|| spool.stdout_of(fetched)),
        });
        let condition = Condition { lifetime: *lifetime, ..fetch.before.clone() };
        let summary = Summary {
            took: fetched.took,
            exit,
            is_failure,
            size: fetched.capture.size(),
            ..Summary::new(call.key, fetched.ended_at, call.policy.keep)
        };
        let new = NewEntry {
            summary,
            parts: call.parts,
            recipe: &call.recipe(),
            condition: &condition,
            is_by_hand: false,
            is_late: !within.is_zero(),
            origin: fetch.origin(),
        };
        let in_memory = fetched.capture.in_memory();
        let is_whole = in_memory.len() as u64 == new.summary.size;
        let store = || match is_whole {
            true => {
                let store = spool.take_store().map_or_else(|| self.engine().backend.open_or_create(), Ok)?;
                store.be_patient_for(STORE_PATIENCE);
                store.store(&new, &mut &in_memory[..], fetch.since)
            }
            false => spool.store(&new, fetch.since, STORE_PATIENCE),
        };
        // Each attempt keeps new readers out while it waits for the present ones, so it is short.
        let store = || {
            let began = Instant::now();
            loop {
                match store() {
                    Err(error) if error.is_busy() && began.elapsed() < within => thread::sleep(STORE_PAUSE),
                    result => return result,
                }
            }
        };
        let result = match store() {
            Err(error) if error.is_busy() && within.is_zero() => return Err(Locked),
            Err(error) if error.is_corrupt() => {
                drop(spool.take_store());
                let replaced = self.engine().backend.replace_damaged();
                let is_left = is_whole || spool.is_in_file();
                match replaced {
                    Ok(()) if is_left => store(),
                    // What was in the damaged database is gone, and the user has been warned of the damage.
                    Ok(()) => return Ok(None),
                    Err(_) => Err(error),
                }
            }
            other => other,
        };
        Ok(result.map_err(|error| self.engine().warn(&format!("the result is not stored: {error}"))).ok())
    }

    /// Puts the whole transcript into the flight's file. Returns its seal, or `None` if that is not possible.
    fn hold(&self, fetched: &Fetched<'_>) -> Option<Seal> {
        if fetched.capture.lost().is_some() {
            return None;
        }
        let in_memory = fetched.capture.in_memory();
        if in_memory.len() as u64 == fetched.capture.size() {
            let written = self.fetch.file().write_all_at(in_memory, TRANSCRIPT_AT);
            return written.ok().map(|()| Seal::of(in_memory));
        }
        self.spool.copy_to_file().ok()
    }

    /// Whether an invalidation or deletion has come since the fetch began: a later caller must not get this result,
    /// even if it is not stored. `None` if the database cannot be read; then nothing can be invalidated either.
    fn is_overtaken(&self) -> Option<bool> {
        let (call, since) = (&self.fetch.call, self.fetch.since);
        let changes =
            |store: &B::Store| store.changes(&call.key, call.parts, &call.recipe(), since, call.sharing.is_some());
        let change = self.spool.with_store(changes);
        change.ok().map(|change| matches!(change, Some(Change::Invalidated | Change::Deleted)))
    }

    /// Why there is no result, as far as that is known.
    fn reason(&self, fetched: &Fetched<'_>) -> Vec<u8> {
        let limit = self.fetch.call.fetch.max_size;
        match &fetched.start_error {
            Some(error) => why_not_started(self.fetch.call.invocation, error).into_bytes(),
            None if is_too_large(fetched, limit) => {
                format!("the output is larger than {limit} bytes, and is not stored").into_bytes()
            }
            None => fetched.stderr_tail.clone(),
        }
    }
}

/// Whether there is more output than may be stored.
fn is_too_large(fetched: &Fetched<'_>, limit: u64) -> bool {
    fetched.capture.output() > limit || matches!(fetched.capture.lost(), Some(Lost::TooLarge))
}

/// In words, why the command could not be started.
fn why_not_started(invocation: &Invocation, error: &io::Error) -> String {
    let directory = directory(invocation);
    match directory.metadata() {
        // The same error as for a program that is missing.
        Err(error) => format!("the working directory {}: {}", directory.display(), words(&error)),
        Ok(_) => words(error),
    }
}

/// What waiters get; `None` makes the first of them lead.
fn outcome(
    fetched: &Fetched<'_>,
    stored: Option<Stored>,
    hold: impl FnOnce() -> Option<Seal>,
    max_size: u64,
) -> Option<Outcome> {
    // Waiters get no outcome of a fetch that was ended from outside, or that could not run the command.
    if fetched.interrupted || fetched.status == ExitStatus::Failed {
        return None;
    }
    let output = match stored {
        Some(Stored::Fresh(result)) => Output::Stored(result),
        Some(Stored::Invalidated(_) | Stored::Deleted) => return None,
        None if fetched.capture.output() > max_size => Output::TooLarge(max_size),
        None if let Some(lost) = fetched.capture.lost() => of_lost(lost, max_size)?,
        None | Some(Stored::Overtaken) => hold().map_or(Output::TooLarge(u64::MAX), Output::InFile),
    };
    Some(Outcome { began: fetched.began, status: fetched.status, output })
}
