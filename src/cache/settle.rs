//! From a fetch that is over to the end of its flight: store the result or record the failure, give it to the waiters,
//! answer the caller, remove what has expired.

use std::cell::OnceCell;
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::{Duration, Instant};

use super::fetch::Earlier;
use super::unstored::{is_too_large, outcome, why_not_started};
use super::{Fetch, FlightSpool, Frontend, Settled};
use crate::codec::seal::Seal;
use crate::fetch::Fetched;
use crate::fetch::capture::Lost;
use crate::flight::{Outcome, Output, TRANSCRIPT_AT};
use crate::model::exit::ExitStatus;
use crate::model::status::NotStored;
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

/// A fetch that is over.
struct Settlement<'s, 'a, B: Backend> {
    fetch: &'s Fetch<'a, B>,
    spool: &'s FlightSpool<'s, B>,
    frontend: &'s dyn Frontend,
    lifetime: OnceCell<Option<Duration>>,
    is_worth_storing: OnceCell<Result<bool, String>>,
}

impl<B: Backend> Fetch<'_, B> {
    /// Does all that is left to do for a fetch, and ends the flight.
    pub fn settle(&self, spool: &FlightSpool<'_, B>, fetched: &mut Fetched<'_>, frontend: &dyn Frontend) -> Settled {
        let (lifetime, is_worth_storing) = (OnceCell::new(), OnceCell::new());
        Settlement { fetch: self, spool, frontend, lifetime, is_worth_storing }.settle(fetched)
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
    fn settle(&self, fetched: &mut Fetched<'_>) -> Settled {
        let Self { fetch, spool, frontend, .. } = *self;
        let held = if fetch.holds_output { self.hold(fetched) } else { None };
        let (is_dismissed, max_size) = (fetch.is_dismissed(), fetch.call.fetch.max_size);
        let tells = frontend.is_in_background() && fetch.call.fetch.on_refresh.is_some();
        let fingerprint = || if tells { self.fetch.engine.fingerprint(&fetch.call.key) } else { None };
        let replaced = fingerprint();
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
        let folds = self.fetch.engine.note(fetch.event(fetched, stored));
        if frontend.is_in_background() && stored.is_none() && !is_dismissed {
            let (status, reason) = (fetched.status.code(), self.reason(fetched));
            self.fetch.engine.record_failure(fetch.call.key, fetch.call.policy.ttl, fetched.ended_at, status, reason);
        }
        let hold = || held.or_else(|| self.hold(fetched));
        let is_void =
            |outcome: &Outcome| matches!(outcome.output, Output::InFile(_)) && self.is_overtaken() == Some(true);
        if !fetch.has_landed.get() {
            let outcome = outcome(fetched, stored, hold, max_size).filter(|outcome| !is_void(outcome));
            fetch.land(outcome);
        }
        let is_chosen = fetched.capture.size() > LARGE || Timestamp::now().as_millis() % PRUNE_EVERY == 0;
        let prunes = folds || stored.is_some() && is_chosen || (spool.leaves_garbage() && !fetched.interrupted);
        let lingers = prunes || fetch.tells_server();
        let has_exited = matches!(fetched.status, ExitStatus::Exited(_));
        let not_stored = match self.is_refused() {
            true => Some(NotStored::Refused),
            false if stored.is_none() && has_exited && is_too_large(fetched, max_size) => Some(NotStored::TooLarge),
            false => None,
        };
        // Others may wait for what the spool holds. The end of a process lets go of it, too.
        let _ = (lingers || !fetched.is_served()).then(|| spool.let_go());
        let settled = Settled { stored: matches!(stored, Some(Stored::Fresh(_))), not_stored, lingers, held };
        fetch.share(fetched, stored, frontend.is_in_background(), &mut |fetched| frontend.respond(fetched, settled));
        if tells && matches!(stored, Some(Stored::Fresh(_) | Stored::Invalidated(_))) {
            frontend.refreshed(&fetch.call, fingerprint() != replaced);
        }
        if prunes {
            self.fetch.engine.prune();
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
                self.fetch.engine.warn(&format!("the result is not stored: capturing it failed: {}", words(error)));
                return Ok(None);
            }
        }
        if !self.is_wanted(fetched, exit) {
            return Ok(None);
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
        let (recipe, is_late, origin) = (call.recipe(), !within.is_zero(), fetch.origin());
        let new = NewEntry { condition: &condition, is_late, origin, ..NewEntry::new(summary, call.parts, &recipe) };
        let in_memory = fetched.capture.in_memory();
        let is_whole = in_memory.len() as u64 == new.summary.size;
        let store = || match is_whole {
            true => {
                let store = spool.take_store().map_or_else(|| self.fetch.engine.backend.open_or_create(), Ok)?;
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
                let replaced = self.fetch.engine.backend.replace_damaged();
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
        Ok(result.map_err(|error| self.fetch.engine.warn(&format!("the result is not stored: {error}"))).ok())
    }

    /// Whether the shell command that judges the output, if there is one, wants it stored. The command runs once. If it
    /// cannot run, nothing is stored: to serve an output that it would have refused is worse than to fetch once more.
    fn is_wanted(&self, fetched: &Fetched<'_>, exit: u8) -> bool {
        let Self { fetch, spool, frontend, .. } = *self;
        let ask = || {
            let answer = frontend.is_worth_storing(&fetch.call, exit, &|| spool.stdout_of(fetched));
            let warn = |error: &String| self.fetch.engine.warn(&format!("the result is not stored: {error}"));
            answer.inspect_err(warn)
        };
        matches!(self.is_worth_storing.get_or_init(ask), Ok(true))
    }

    fn is_refused(&self) -> bool {
        self.is_worth_storing.get().is_some_and(|answer| *answer != Ok(true))
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
        let change = self.spool.with_store(|store| self.fetch.call.changes(store, self.fetch.since));
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
            None => match self.is_worth_storing.get() {
                Some(Ok(false)) => b"the output is refused by --store-if, and is not stored".to_vec(),
                Some(Err(error)) => error.clone().into_bytes(),
                Some(Ok(true)) | None => fetched.stderr_tail.clone(),
            },
        }
    }
}
