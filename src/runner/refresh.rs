//! Background refreshes, in forked processes.

use std::path::Path;

use super::Caller;
use super::fetcher::{Display, run};
use super::response::Refresh;
use crate::cache::{Engine, Invalidated, Purpose, RefreshSlot, SharingOf, Unusable};
use crate::fetch::{Audience, Workers, detach};
use crate::flight::{Attempt, Directory, Flight, Flights as _, Lead as _, Wait as _};
use crate::model::key::Key;
use crate::model::time::Moment;
use crate::policy::Mode;
use crate::store::{Event, Mark, Selector};
use crate::sys::file;

/// How many entries `invalidate` refreshes at a time.
const AT_A_TIME: usize = 4;

impl Caller<'_> {
    /// Starts a detached refresh, unless one is in progress or the last one has failed just now.
    ///
    /// Where no process can be forked, the refresh happens here: the caller has been served already. The event `served`
    /// is noted by the process that refreshes, or here if no refresh is started. The slot of `max_refreshes` is taken
    /// before the fork, so that the caller's status says what happens, and belongs to both processes: the caller's end
    /// leaves it to the other one.
    pub(super) fn start_refresh(&self, flights: &Path, served: Option<Event>) -> Refresh {
        let key = &self.call.key;
        let note = || served.into_iter().for_each(|event| self.note(event));
        let before = self.engine.before_refresh(key).ok();
        let has_failed = before.is_some_and(|before| before.has_failed);
        let refresh_is = |is_in_progress| Refresh { is_in_progress, has_failed, is_deferred: false };
        if self.call.policy.mode != Mode::Refresh && before.is_some_and(|before| before.is_backing_off) {
            note();
            return refresh_is(false);
        }
        // A child would fail as well, after the caller's status has promised a refresh.
        if let Err(source) = file::may_use(flights, false, true, false) {
            self.warn_of(Unusable::Flight { path: flights.to_owned(), source });
            note();
            return refresh_is(false);
        }
        let mut flight = match self.attempt_if_there(flights) {
            Ok(Some(Attempt::Leads(flight))) => Some(flight),
            Ok(Some(Attempt::Busy(waiting))) if waiting.is_leader_stopped() && waiting.dismiss().unwrap_or(false) => {
                None
            }
            Ok(Some(Attempt::Busy(_) | Attempt::Landed(_))) => {
                note();
                return refresh_is(true);
            }
            Ok(None) => None,
            Err(error) => {
                self.warn_of(error);
                note();
                return refresh_is(false);
            }
        };
        let _slot = match self.engine.take_refresh_slot() {
            RefreshSlot::Free(slot) => slot,
            RefreshSlot::Full => {
                if let Some(flight) = flight {
                    let _ = flight.end(None);
                }
                note();
                return Refresh { is_deferred: true, ..refresh_is(false) };
            }
        };
        // Making the flight's file may wait for the disk, so the caller does not make it.
        let mut lead = || flight.take().or_else(|| self.lead_or_warn(flights));
        let refresh = |flight| {
            note();
            if let Some(flight) = flight {
                self.refresh(flight, before.map(|before| before.mark));
            }
        };
        if detach::in_background_after(&mut lead, refresh).is_err() {
            refresh(lead());
        }
        refresh_is(true)
    }

    /// The flight of the key, unless another process is faster.
    fn lead_or_warn(&self, flights: &Path) -> Option<Flight> {
        match attempt(flights, &self.call.key) {
            Ok(Attempt::Leads(flight)) => Some(flight),
            Ok(Attempt::Busy(_) | Attempt::Landed(_)) => None,
            Err(error) => {
                self.warn_of(error);
                None
            }
        }
    }

    /// Tries to lead if there is a file of the flight, even if its leader was killed; makes no file.
    fn attempt_if_there(&self, flights: &Path) -> Result<Option<Attempt>, Unusable> {
        let is_there = Directory(flights).is_there(&self.call.key);
        is_there.then(|| attempt(flights, &self.call.key)).transpose()
    }

    fn warn_of(&self, error: Unusable) {
        self.engine.warn(&format!("the result cannot be refreshed: {error}"));
    }

    fn refresh(&self, flight: Flight, decided_at: Option<Mark>) {
        if let Some(fetch) =
            self.engine.prepare_refresh(&self.call.in_background(), flight, decided_at, Purpose::Refresh)
        {
            run(self.engine, &fetch, Audience::Nobody, Display::default());
        }
    }
}

fn attempt(flights: &Path, key: &Key) -> Result<Attempt, Unusable> {
    Directory(flights).attempt(key).map_err(|source| Unusable::Flight { path: flights.to_owned(), source })
}

/// Marks what is selected stale and refreshes it in the background; returns how many entries that were.
///
/// # Errors
///
/// [`Unusable`]: nothing has been marked.
pub fn invalidate(engine: &Engine, selector: &Selector) -> Result<u64, Unusable> {
    Ok(refresh_all(engine, engine.invalidate(selector)?, &|_| None))
}

/// Refreshes what was invalidated in the background, each entry in a detached process, a few at a time; `sharing` says
/// how the result of one is shared. Returns how many entries were invalidated.
pub fn refresh_all(engine: &Engine, mut invalidated: Invalidated, sharing: &SharingOf<'_>) -> u64 {
    let count = invalidated.entries.len() as u64;
    engine.leave_out_unrepeatable(&mut invalidated);
    if !invalidated.entries.is_empty() {
        let invalidated_at = Moment::now();
        // Where no process can be forked, the entries stay stale, and their next callers refresh them.
        let _ = detach::in_background(|| {
            let mut workers =
                Workers::new(engine.max_refreshes().map_or(AT_A_TIME, |limit| AT_A_TIME.min(limit as usize)));
            for entry in &invalidated.entries {
                workers.start(|| {
                    // What there is no room for stays stale, for its next caller to refresh.
                    let RefreshSlot::Free(_slot) = engine.take_refresh_slot() else { return };
                    engine.refresh_invalidated(entry, invalidated_at, invalidated.mark, sharing, &|fetch| {
                        run(engine, &fetch, Audience::Nobody, Display::default());
                    });
                });
            }
            workers.wait_for_all();
        });
    }
    count
}
