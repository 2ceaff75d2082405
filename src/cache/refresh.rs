//! Refreshes that nobody waits for.

use std::path::{Path, PathBuf};

use super::conduct::{Earlier, Task, directory, time_to};
use super::lead::Turn;
use super::{Call, Engine, Hooks, Unusable, deadline};
use crate::fetch::{Audience, Workers, detach, environment};
use crate::flight::{self, Attempt, Flight};
use crate::model::exit::ExitStatus;
use crate::model::key::{Key, KeyOptions, KeyParts};
use crate::model::time::{Moment, Timestamp};
use crate::policy::{Decision, Mode, decide};
use crate::store::{Change, Event, Glance, Mark, Place, Recipe, Selected, Store, StoreError};
use crate::sys::{file, trust};

/// How many entries `invalidate` refreshes at a time.
const AT_A_TIME: usize = 4;

/// What is known of detached refreshes of a stale result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Refresh {
    /// One has been started or was seen.
    pub(super) is_in_progress: bool,
    /// The last one that ended has failed.
    pub(super) has_failed: bool,
}

impl Engine {
    /// Starts a detached refresh, unless one is in progress or the last one has failed just now.
    ///
    /// Where no process can be forked, the refresh happens here: the caller has been served already. What it was
    /// `served` is noted by whichever process has the time.
    pub(super) fn start_refresh(
        &self,
        call: &Call<'_>,
        parts: &KeyParts,
        key: Key,
        flights: &Path,
        served: Option<Event>,
    ) -> Refresh {
        let note = || served.into_iter().for_each(|event| self.note(event));
        let glance = self.glance(&key).ok().map(|(_, glance)| glance);
        let has_failed = glance.as_ref().is_some_and(|glance| glance.retry_at.is_some());
        let refresh_is = |is_in_progress| Refresh { is_in_progress, has_failed };
        let asked_at = glance.as_ref().map(|glance| glance.mark);
        if call.policy.mode != Mode::Refresh && glance.is_some_and(|glance| is_backing_off(&glance)) {
            note();
            return refresh_is(false);
        }
        // The child could only say the same, and the caller would be told of a refresh that there is not.
        if let Err(error) = file::may_use(flights, false, true, false) {
            self.complain(&Unusable::Flight { path: flights.to_owned(), source: error });
            note();
            return refresh_is(false);
        }
        let mut flight = match attempt_if_there(flights, &key) {
            Ok(Some(Attempt::Leads(flight))) => Some(flight),
            Ok(Some(Attempt::Busy(waiting)))
                if waiting.is_held_up() && waiting.take_name_off().is_ok_and(|off| off) =>
            {
                None
            }
            Ok(Some(Attempt::Busy(_) | Attempt::Landed(_))) => {
                note();
                return refresh_is(true);
            }
            Ok(None) => None,
            Err(error) => {
                self.complain(&error);
                note();
                return refresh_is(false);
            }
        };
        // Making the flight's file may take waiting for the disk, which is not for the caller to do.
        let mut lead = || flight.take().or_else(|| self.lead_or_complain(flights, &key));
        let refresh = |flight| {
            note();
            if let Some(flight) = flight {
                self.refresh(call, parts, key, flight, asked_at);
            }
        };
        if detach::in_background_after(&mut lead, refresh).is_err() {
            refresh(lead());
        }
        refresh_is(true)
    }

    /// The flight of `key`, unless another process is faster.
    fn lead_or_complain(&self, flights: &Path, key: &Key) -> Option<Flight> {
        match flight::attempt(flights, key) {
            Ok(Attempt::Leads(flight)) => Some(flight),
            Ok(Attempt::Busy(_) | Attempt::Landed(_)) => None,
            Err(source) => {
                self.complain(&Unusable::Flight { path: flights.to_owned(), source });
                None
            }
        }
    }

    /// The directory of the flights, made if it is missing: without it nothing stale could ever be refreshed.
    pub(super) fn flights_dir(&self) -> Result<PathBuf, Unusable> {
        let place = Place::create(&self.path).map_err(StoreError::from)?;
        Ok(place.ensure_flights_dir().map_err(StoreError::from)?)
    }

    fn complain(&self, error: &Unusable) {
        (self.notices.warn)(&format!("the result cannot be refreshed: {error}"));
    }

    /// The refresh itself, in a process that nobody waits for. What was deleted after it was asked for, at `asked_at`, is
    /// not brought back.
    fn refresh(&self, call: &Call<'_>, parts: &KeyParts, key: Key, flight: Flight, asked_at: Option<Mark>) {
        let Ok((store, Glance { entry, mark: since, .. })) = self.glance(&key) else { return };
        let is_deleted = |asked_at| asked_at != since && self.is_deleted(call, parts, &key, asked_at);
        if asked_at.is_some_and(is_deleted) {
            let _ = flight.end(None);
            return;
        }
        let deadline = deadline(Some(call.fetch.refresh_timeout));
        // Another refresh may have ended between the look-up and the lock.
        let facts = self.facts(store.as_ref(), entry.as_ref(), call, deadline);
        let earlier = entry.as_ref().map(Earlier::of);
        if decide(facts.as_ref(), call.policy, Timestamp::now()) == Decision::Serve {
            let _ = flight.end(None);
            return;
        }
        drop(store);
        let dependencies = match call.observe_dependencies(deadline) {
            Ok(dependencies) => dependencies,
            Err(error) => {
                let status = ExitStatus::Failed.code();
                self.record_failure(key, call.policy.ttl, Timestamp::now(), status, error.to_string().into_bytes());
                let _ = flight.end(None);
                return;
            }
        };
        let dependencies = dependencies.as_ref();
        let Call { invocation, policy, fetch, .. } = *call;
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
            holds_output: false,
            is_filtered: false,
            last_took: None,
            shows_progress: false,
        };
        self.conduct(&task, flight, Audience::Nobody);
    }

    /// Whether nobody has fetched or removed what was invalidated.
    fn is_still_invalidated(&self, key: &Key) -> bool {
        self.glance(key).is_ok_and(|(_, glance)| glance.entry.is_some_and(|entry| entry.invalidated))
    }

    pub(super) fn is_deleted(&self, call: &Call<'_>, parts: &KeyParts, key: &Key, since: Mark) -> bool {
        let Call { invocation, policy, fetch, .. } = *call;
        let recipe = Recipe::new(invocation, &directory(invocation), fetch, policy);
        let change = self.open().map(|store| store.map(|store| store.changes(key, parts, &recipe, since)));
        matches!(change, Ok(Some(Ok(Change::Deleted))))
    }

    /// Takes out of `selected` what would run in a directory of somebody else's, and says so.
    pub(super) fn leave_out_foreign_directories(&self, selected: &mut Vec<Selected>) {
        let mut left_out: Option<(PathBuf, u32, usize)> = None;
        let mut looked_at: Option<(PathBuf, Option<u32>)> = None;
        selected.retain(|entry| {
            let directory = &entry.recipe.cwd;
            if looked_at.as_ref().is_none_or(|(path, _)| path != directory) {
                looked_at = Some((directory.clone(), foreign_owner(directory)));
            }
            let owner = looked_at.as_ref().and_then(|(_, owner)| *owner);
            if let Some(owner) = owner {
                left_out.get_or_insert_with(|| (directory.clone(), owner, 0)).2 += 1;
            }
            owner.is_none()
        });
        if let Some((directory, owner, count)) = left_out {
            let directory = directory.display();
            let text = match count {
                1 => format!("1 entry is not refreshed: its directory {directory} belongs to uid {owner} now"),
                count => format!(
                    "{count} entries are not refreshed: their directories belong to others now, {directory} to uid {owner}"
                ),
            };
            (self.notices.warn)(&text);
        }
    }

    /// Refreshes each of `selected` in a detached process, a few at a time.
    pub(super) fn refresh_all(&self, selected: Vec<Selected>, asked_at: Mark) {
        if selected.is_empty() {
            return;
        }
        let asked = Moment::now();
        // Where no process can be had the entries stay stale, which is what was asked for in the first place.
        let _ = detach::in_background(|| {
            let mut workers = Workers::new(AT_A_TIME);
            for entry in &selected {
                workers.start(|| self.refresh_one(entry, asked, asked_at));
            }
            workers.wait_for_all();
        });
    }

    fn refresh_one(&self, selected: &Selected, asked: Moment, asked_at: Mark) {
        let invocation = selected.recipe.invocation();
        let policy = selected.recipe.policy();
        let Ok(place) = Place::check(&self.path) else { return };
        // There is none yet if all that is stored was handed over.
        if place.ensure_flights_dir().is_err() {
            return;
        }
        loop {
            match self.take_turn(&place, &selected.key, None) {
                Ok(Turn::Leads(flight)) if !self.is_still_invalidated(&selected.key) => {
                    let _ = flight.end(None);
                    return;
                }
                Ok(Turn::Leads(flight)) => {
                    let call = Call {
                        invocation: &invocation,
                        key: &KeyOptions::default(),
                        policy: &policy,
                        fetch: &selected.recipe.fetch,
                        empty: b"",
                        asked,
                        hooks: Hooks::default(),
                    };
                    return self.refresh(&call, &selected.parts, selected.key, flight, Some(asked_at));
                }
                Ok(Turn::Landed(landed)) if landed.outcome.began >= asked => return,
                Ok(Turn::Landed(_) | Turn::Again) => {}
                Ok(Turn::TimedOut | Turn::InItself) | Err(_) => return,
            }
        }
    }
}

/// Tries to lead if there is a flight's file, of whoever leads or was killed; changes nothing if there is none.
fn attempt_if_there(flights: &Path, key: &Key) -> Result<Option<Attempt>, Unusable> {
    if !flight::is_there(flights, key) {
        return Ok(None);
    }
    flight::attempt(flights, key).map(Some).map_err(|source| Unusable::Flight { path: flights.to_owned(), source })
}

/// Who owns `directory`, if that is neither this user nor root. One that is missing is nobody's.
fn foreign_owner(directory: &Path) -> Option<u32> {
    trust::foreign_owner(&std::fs::metadata(directory).ok()?)
}

fn is_backing_off(glance: &Glance) -> bool {
    glance.retry_at.is_some_and(|retry_at| time_to(retry_at, Timestamp::now()).is_some())
}

/// Whether running the stored command here and now yields what its key stands for.
pub(super) fn is_repeatable(selected: &Selected) -> bool {
    let Selected { parts, recipe, .. } = selected;
    let options = KeyOptions {
        scope: parts.scope.clone(),
        key: parts.key.clone(),
        cwd: parts.cwd.is_some(),
        env: parts.env.iter().map(|(name, _)| name).chain(&parts.globs).cloned().collect(),
        files: parts.files.iter().map(|(path, _)| path.clone()).collect(),
    };
    let now = || {
        KeyParts::new(&recipe.invocation(), &options, &recipe.cwd, environment::Surroundings)
            .with_files(&options.files, &recipe.cwd)
    };
    recipe.cwd.is_absolute() && now().is_ok_and(|now| now == *parts)
}
