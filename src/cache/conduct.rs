//! From a flight that this process leads to its end: fetch, store or record the failure, tell those who wait.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::Engine;
use super::expiry::{Asked, stdout_of};
use super::overflow::Overflow;
use crate::codec::seal::Seal;
use crate::dependencies::Dependencies;
use crate::fetch::capture::Lost;
use crate::fetch::link::{Ended, Message};
use crate::fetch::{self, Audience, Fetched, Order, detach, environment};
use crate::flight::{self, Flight, Outcome, Output, TRANSCRIPT_AT};
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::model::key::{Key, KeyParts};
use crate::model::key_file;
use crate::model::time::Timestamp;
use crate::policy::{FetchPolicy, Policy};
use crate::store::{
    Change, Condition, Entry, Event, EventKind, Failure, Mark, NewEntry, Recipe, SqliteStore, Store, StoreError, Stored,
};
use crate::sys::error::words;

/// The pause after the first failed background fetch; it doubles with each further one.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);

/// The longest pause after a failed background fetch.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(10 * 60);

/// One in so many fetches looks for what has expired.
const PRUNE_EVERY: i64 = 16;

/// A result above this size makes a look for garbage worth while at once: it may have replaced one of its size.
const LARGE: u64 = 1024 * 1024;

/// How long one attempt to store a result waits for a lock, the pause before the next, and for how long there is one.
///
/// The first is longer than other callers of the cache hold a lock, even on a busy machine: who asks after this caller has
/// ended is to find its result. Only a program that keeps the database locked takes longer.
const STORE_PATIENCE: Duration = Duration::from_millis(500);
const STORE_PAUSE: Duration = Duration::from_millis(100);
const STORE_WITHIN: Duration = Duration::from_secs(5);

/// Somebody else has the database locked.
struct Locked;

/// One fetch, with what is needed to store its result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    pub(super) invocation: &'a Invocation,
    pub(super) parts: &'a KeyParts,
    pub(super) key: Key,
    pub(super) policy: &'a Policy,
    pub(super) fetch: &'a FetchPolicy,
    /// The point in the history of invalidations at which it began.
    pub(super) since: Mark,
    /// What there is already: whether it is worth keeping if this fetch fails in the background.
    pub(super) earlier: Option<Earlier>,
    /// What the files that it depends on looked like before: what the command changes itself makes its result stale.
    pub(super) dependencies: Option<&'a Dependencies>,
    /// When its time is up.
    pub(super) deadline: Option<Instant>,
    /// The caller's standard output is a filter.
    pub(super) is_filtered: bool,
    /// The caller may want another output than this fetch's: it is left in the flight's file.
    pub(super) holds_output: bool,
    /// How long it took the last time, if that is known.
    pub(super) last_took: Option<Duration>,
    /// The caller wants to see how it gets on.
    pub(super) shows_progress: bool,
}

/// The entry that a fetch may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// The result of a command that succeeded.
    Success,
    /// A stored failure.
    Failure,
}

impl Earlier {
    pub(super) fn of(entry: &Entry) -> Self {
        if entry.is_failure { Self::Failure } else { Self::Success }
    }
}

impl Task<'_> {
    /// Output that is held back has to be kept whole, whether it may be stored or not.
    fn capture_policy(&self) -> Cow<'_, FetchPolicy> {
        match self.holds_output {
            true => Cow::Owned(FetchPolicy { max_size: u64::MAX, ..self.fetch.clone() }),
            false => Cow::Borrowed(self.fetch),
        }
    }

    /// Whether the files that are part of its key are still what they were: the command may have read what they are now.
    fn has_its_key(&self) -> bool {
        let files: Vec<_> = self.parts.files.iter().map(|(path, _)| path.clone()).collect();
        files.is_empty()
            || key_file::observe(&files, &directory(self.invocation)).is_ok_and(|now| now == self.parts.files)
    }

    fn event(&self, fetched: &Fetched<'_>, stored: Option<Stored>) -> Event {
        let is_failure = fetched.status != ExitStatus::Exited(0) && stored.is_none();
        let kind = match self.earlier {
            _ if is_failure => EventKind::Failure,
            Some(_) => EventKind::Refresh,
            None => EventKind::Miss,
        };
        Event { kind, key: self.key, at: fetched.ended_at, saved: Duration::ZERO }
    }
}

impl Engine {
    /// Fetches, stores and ends `flight`. In a forked process this is its whole life.
    pub(super) fn conduct(&self, task: &Task<'_>, flight: Flight, audience: Audience) -> Ended {
        let in_background = matches!(audience, Audience::Nobody);
        environment::enter(task.invocation, &task.key);
        let overflow = Overflow::new(self, &flight);
        let has_landed = Cell::new(false);
        let order = Order {
            invocation: task.invocation,
            policy: &task.capture_policy(),
            deadline: task.deadline,
            spool: &overflow,
            flight: Some(flight.file()),
            last_took: task.last_took,
            shows_progress: task.shows_progress,
            meanwhile: &|| {
                flight.sign();
                overflow.lend(self.open_early(&task.key));
            },
            send_off: &|began, lost| {
                if let Some(output) = of_lost(lost, task.fetch.max_size) {
                    has_landed.set(true);
                    // How the command will end is not known, and is of no use to those who run it for themselves.
                    let _ = flight.land(Some(Outcome { began, status: ExitStatus::Exited(0), output }));
                }
            },
            is_filtered: task.is_filtered,
            holds_output: task.holds_output,
        };
        let fetched = fetch::supervise(&order, audience);
        if fetched.abandoned {
            return fetched.ended(false);
        }
        self.settle(task, &flight, &overflow, fetched, in_background, has_landed.get())
    }

    /// From a fetch that is over to the end of its flight: stores the result or records the failure, tells those who wait,
    /// and removes what has expired. The flight `has_landed` if those who wait have been sent off.
    pub(super) fn settle(
        &self,
        task: &Task<'_>,
        flight: &Flight,
        overflow: &Overflow<'_>,
        mut fetched: Fetched<'_>,
        in_background: bool,
        has_landed: bool,
    ) -> Ended {
        let held = if task.holds_output { hold(&fetched, overflow, flight.file()) } else { None };
        // Its key is another one's by now, which may have stored what is newer, or is not what the command has seen.
        let is_dismissed = (!has_landed && flight.is_dismissed()) || !task.has_its_key();
        let has_landed = Cell::new(has_landed);
        let lifetime = OnceCell::new();
        let store = |fetched: &Fetched<'_>, within| match is_dismissed {
            true => Ok(None),
            false => self.store(task, fetched, overflow, in_background, &lifetime, within),
        };
        let stored = store(&fetched, Duration::ZERO).or_else(|Locked| {
            // Whoever keeps the database locked holds up the storing, and neither those who wait for the flight nor the
            // caller.
            if !has_landed.get()
                && let Some(seal) = held.or_else(|| hold(&fetched, overflow, flight.file()))
                && let Some(outcome) = outcome(&fetched, None, || Some(seal), task.fetch.max_size)
            {
                has_landed.set(true);
                let _ = flight.land(Some(outcome));
            }
            fetched.serve_reader();
            if let Some(link) = fetched.link.take() {
                link.send(Message::Ended(Ended { lingers: true, held, ..fetched.ended(false) }));
                detach::leave_caller();
            }
            store(&fetched, STORE_WITHIN)
        });
        let stored = stored.unwrap_or(None);
        self.note(task.event(&fetched, stored));
        if in_background && stored.is_none() && !is_dismissed {
            let (status, stderr) = (fetched.status.code(), last_words(task, &fetched));
            self.record_failure(task.key, task.policy.ttl, fetched.ended_at, status, stderr);
        }
        let hold = || held.or_else(|| hold(&fetched, overflow, flight.file()));
        let is_void =
            |outcome: &Outcome| matches!(outcome.output, Output::InFile(_)) && self.is_overtaken(task, overflow);
        if !has_landed.get() {
            let outcome = outcome(&fetched, stored, hold, task.fetch.max_size).filter(|outcome| !is_void(outcome));
            let _ = flight.land(outcome);
        }
        let is_stored = matches!(stored, Some(Stored::Fresh(_)));
        let is_large = fetched.capture.size() > LARGE;
        let is_due = stored.is_some() && (is_large || Timestamp::now().as_millis() % PRUNE_EVERY == 0);
        let prunes = is_due || (overflow.leaves_garbage() && !fetched.interrupted);
        let too_large = stored.is_none()
            && matches!(fetched.status, ExitStatus::Exited(_))
            && is_too_large(&fetched, task.fetch.max_size);
        // With it goes its hold on what it wrote.
        overflow.let_go();
        fetched.serve_reader();
        let ended = Ended { lingers: prunes, held, too_large, ..fetched.ended(is_stored) };
        if let Some(link) = fetched.link.take() {
            link.send(Message::Ended(ended));
            if prunes {
                detach::leave_caller();
            }
        }
        if prunes {
            self.prune();
        }
        ended
    }

    /// What goes wrong here goes wrong again when the result is stored, and is told then.
    fn open_early(&self, key: &Key) -> Option<SqliteStore> {
        let store = self.open().ok().flatten()?;
        store.prepare(key);
        Some(store)
    }

    /// Stores what is to be stored; `None` if nothing is, or nothing could be. The database is waited for until `within`
    /// is over; not at all means [`Locked`].
    fn store(
        &self,
        task: &Task<'_>,
        fetched: &Fetched<'_>,
        overflow: &Overflow<'_>,
        in_background: bool,
        lifetime: &OnceCell<Option<Duration>>,
        within: Duration,
    ) -> Result<Option<Stored>, Locked> {
        let ExitStatus::Exited(exit) = fetched.status else { return Ok(None) };
        let is_failure = !task.policy.cache_exit.contains(exit);
        // A failure that nobody has seen does not take the place of a success.
        let is_unseen = in_background || task.holds_output;
        let is_wanted = task.policy.failure_ttl.is_some() && !(is_unseen && task.earlier == Some(Earlier::Success));
        if fetched.interrupted || (is_failure && !is_wanted) {
            return Ok(None);
        }
        match fetched.capture.lost() {
            None if fetched.capture.output() > task.fetch.max_size => return Ok(None),
            None => {}
            Some(Lost::TooLarge | Lost::Abandoned) => return Ok(None),
            Some(Lost::Spool(error)) => {
                (self.notices.warn)(&format!("the result is not stored: capturing it failed: {}", words(error)));
                return Ok(None);
            }
        }
        let directory = directory(task.invocation);
        let recipe = Recipe::new(task.invocation, &directory, task.fetch, task.policy);
        let job = task.fetch.job.as_ref().filter(|_| !is_failure);
        let asked = Asked { job, key: task.key, directory: &directory, fetched_at: fetched.ended_at };
        let lifetime = *lifetime.get_or_init(|| self.lifetime(&asked, || stdout_of(fetched, overflow)));
        let condition = Condition { lifetime, dependencies: task.dependencies.cloned() };
        let new = NewEntry {
            key: task.key,
            parts: task.parts,
            recipe: &recipe,
            fetched_at: fetched.ended_at,
            took: fetched.took,
            exit,
            is_failure,
            condition: &condition,
            keep: task.policy.keep,
            size: fetched.capture.size(),
            is_by_hand: false,
            is_late: !within.is_zero(),
        };
        let in_memory = fetched.capture.in_memory();
        let is_whole = in_memory.len() as u64 == new.size;
        let store = || match is_whole {
            true => {
                let store = overflow.take_store().map_or_else(|| self.open_or_create(), Ok)?;
                store.be_patient_for(STORE_PATIENCE);
                store.store(&new, &mut &in_memory[..], task.since)
            }
            false => overflow.store(&new, task.since, STORE_PATIENCE),
        };
        // Each attempt keeps new readers out while it waits for those who are there: so it is a short one.
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
                drop(overflow.take_store());
                let replaced = self.replace_damaged();
                let is_left = is_whole || overflow.is_in_file();
                match replaced {
                    Ok(()) if is_left => store(),
                    // What was in the damaged one is gone, and that it is damaged has been said.
                    Ok(()) => return Ok(None),
                    Err(_) => Err(error),
                }
            }
            other => other,
        };
        Ok(result.map_err(|error| (self.notices.warn)(&format!("the result is not stored: {error}"))).ok())
    }

    /// Whether an invalidation or deletion has come between: whoever has asked since then must not get this result,
    /// though it is not stored. Where that cannot be found out, nothing can be invalidated either.
    fn is_overtaken(&self, task: &Task<'_>, overflow: &Overflow<'_>) -> bool {
        let recipe = Recipe::new(task.invocation, &directory(task.invocation), task.fetch, task.policy);
        let judge = |store: &SqliteStore| store.changes(&task.key, task.parts, &recipe, task.since);
        overflow.ask(judge).is_ok_and(|change| matches!(change, Some(Change::Invalidated | Change::Deleted)))
    }

    /// Records that a background fetch of `key` failed at `at` with `status`, after these last words.
    pub(super) fn record_failure(&self, key: Key, ttl: Duration, at: Timestamp, status: u8, stderr: Vec<u8>) {
        let record = || {
            let store = self.create()?;
            let count = store.failure(&key)?.map_or(0, |failure| failure.count).saturating_add(1);
            let retry_at = at.after(back_off(count, ttl));
            store.record_failure(&key, &Failure { count, at, status, retry_at, stderr })
        };
        // A fetch that nobody waits for has nobody to tell; the next one tries again.
        let _: Result<(), StoreError> = record();
    }

    pub(super) fn prune(&self) {
        self.remove_aside(Some(Policy::default().keep));
        // Only space is at stake, and the next one tries again.
        let _ = self.create().and_then(|store| {
            flight::sweep(&store.place().flights_dir());
            store.prune(Timestamp::now(), self.max_db_size)
        });
    }
}

/// Has the whole transcript in the flight's file; its seal, or `None` if that could not be done.
fn hold(fetched: &Fetched<'_>, overflow: &Overflow<'_>, file: &File) -> Option<Seal> {
    if fetched.capture.lost().is_some() {
        return None;
    }
    let in_memory = fetched.capture.in_memory();
    if in_memory.len() as u64 == fetched.capture.size() {
        return file.write_all_at(in_memory, TRANSCRIPT_AT).ok().map(|()| Seal::of(in_memory));
    }
    overflow.copy_to_file().ok()
}

/// Where a command runs.
pub(super) fn directory(invocation: &Invocation) -> PathBuf {
    invocation.cwd.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default()
}

/// What is known of the reason why there is no result.
fn last_words(task: &Task<'_>, fetched: &Fetched<'_>) -> Vec<u8> {
    let limit = task.fetch.max_size;
    match &fetched.start_error {
        Some(error) => why_not_started(task.invocation, error).into_bytes(),
        None if is_too_large(fetched, limit) => {
            format!("the output is larger than {limit} bytes, and is not stored").into_bytes()
        }
        None => fetched.stderr_tail.clone(),
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

/// The pause after `count` failures in a row.
fn back_off(count: u32, ttl: Duration) -> Duration {
    let longest = ttl.clamp(FIRST_BACK_OFF, LONGEST_BACK_OFF);
    let factor = 1u32.checked_shl(count.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_BACK_OFF.saturating_mul(factor).min(longest)
}

/// How long a back-off until `retry_at` still lasts at `now`, if it does.
pub(super) fn time_to(retry_at: Timestamp, now: Timestamp) -> Option<Duration> {
    // A clock that was set back must not stop refreshes for longer than a back-off can be.
    retry_at.since(now).filter(|left| !left.is_zero() && *left <= LONGEST_BACK_OFF)
}

/// What those who wait for the flight get where nothing is kept, with a limit of `max_size`.
pub(super) fn of_lost(lost: &Lost, max_size: u64) -> Option<Output> {
    match lost {
        Lost::TooLarge => Some(Output::TooLarge(max_size)),
        Lost::Spool(_) => Some(Output::TooLarge(u64::MAX)),
        Lost::Abandoned => None,
    }
}

/// What those who wait for the flight get; `None` makes the first of them lead.
fn outcome(
    fetched: &Fetched<'_>,
    stored: Option<Stored>,
    hold: impl FnOnce() -> Option<Seal>,
    max_size: u64,
) -> Option<Outcome> {
    // What ended this fetch from outside, or made its result void, is no concern of those who wait for it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_doubles_from_a_second_to_the_ttl_and_ten_minutes_at_most() {
        let seconds = |count, ttl| back_off(count, Duration::from_secs(ttl)).as_secs();
        assert_eq!([1, 2, 3, 4, 5].map(|count| seconds(count, 3600)), [1, 2, 4, 8, 16]);
        assert_eq!(seconds(20, 3600), 600);
        assert_eq!(seconds(20, 30), 30);
        assert_eq!(seconds(1, 0), 1);
        assert_eq!(seconds(u32::MAX, 3600), 600);
    }

    #[test]
    fn a_back_off_does_not_outlast_a_clock_that_is_set_back() {
        let left = |millis| time_to(Timestamp::from_millis(millis), Timestamp::from_millis(5_000));
        assert_eq!(left(5_000), None);
        assert_eq!(left(4_000), None);
        assert_eq!(left(6_000), Some(Duration::from_secs(1)));
        assert_eq!(left(605_000), Some(LONGEST_BACK_OFF));
        assert_eq!(left(605_001), None);
    }
}
