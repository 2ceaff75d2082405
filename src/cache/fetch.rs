//! A flight that this caller leads, from the last look at what is stored to the run of the command.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::time::Duration;

use super::answer::{Answer, Asking, Purpose};
use super::shared::{Lease, Renewing};
use super::{Call, Engine, Fallback, Local, Lookup, Unusable};
use crate::fetch::capture::Lost;
use crate::flight::{Flight, Landed, Lead as _, Outcome, Output};
use crate::model::exit::ExitStatus;
use crate::model::key_file;
use crate::model::status::Shared;
use crate::model::time::Moment;
use crate::policy::{Decision, Freshness};
use crate::store::{Backend, BeforeFetch, Change, Condition, Entry, Mark};

/// A flight that this caller leads, with what is needed to store its result.
pub struct Fetch<'a, B: Backend = Local> {
    pub(super) engine: &'a Engine<B>,
    /// What is fetched.
    pub call: Call<'a>,
    pub(super) flight: Flight,
    /// The mark that it took when it began.
    pub(super) since: Mark,
    /// What is stored already: a success is kept if this fetch fails in the background.
    pub(super) earlier: Option<Earlier>,
    /// The state of its dependencies before the run: if the command changes them itself, its result is stale.
    pub(super) before: Condition,
    /// How long it took the last time, if that is known.
    pub last_took: Option<Duration>,
    /// The output is held in the flight's file: the caller may be served a fallback instead.
    pub holds_output: bool,
    /// Waiters have been given an outcome.
    pub(super) has_landed: Cell<bool>,
    /// The result of asking the server of the shared tier.
    pub shared: Option<Shared>,
    /// The lease, if the server is to get the result.
    #[cfg_attr(not(feature = "shared"), expect(dead_code, reason = "there is no lease"))]
    pub(super) lease: Option<Box<Lease>>,
    /// Keeps that lease while the command runs.
    #[cfg_attr(not(feature = "shared"), expect(dead_code, reason = "there is no lease"))]
    pub(super) renewing: RefCell<Option<Renewing>>,
    /// The server has been told how the run ended, or is being told.
    #[cfg_attr(not(feature = "shared"), expect(dead_code, reason = "there is no server to tell"))]
    pub(super) has_shared: Cell<bool>,
}

/// The entry that a fetch may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// The result of a command that succeeded.
    Success,
    /// A stored failure.
    Failure,
}

/// What there is to do for the leader of a flight.
#[expect(clippy::large_enum_variant, reason = "there is one in a process, and it is moved twice")]
pub enum Prepared<'a, B: Backend = Local> {
    /// Run the command; if that fails, the fallback may be served.
    Fetch(Fetch<'a, B>, Option<Fallback>),
    /// Nothing: a result that may be served has been stored meanwhile. Waiters find it as well.
    Stored(Lookup<B>),
    /// Print the outcome of another host's run, as local waiters do.
    Landed(Landed, Shared),
    /// Print this: the server was lost while another host ran the command.
    Lost(Fallback, Shared),
    /// Nothing: the time is up.
    TimedOut,
    /// Nothing: what was to be refreshed has been deleted, or another host refreshes it.
    NotNeeded,
}

impl Earlier {
    fn of(entry: &Entry) -> Self {
        if entry.summary.is_failure { Self::Failure } else { Self::Success }
    }
}

impl<B: Backend> Engine<B> {
    /// Looks again at what is stored, now that this caller leads. A refresh that was decided upon at `decided_at` does
    /// not bring back what has been deleted since.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the flight has ended, and nothing has been run.
    pub fn prepare<'a>(
        &'a self,
        call: &Call<'a>,
        flight: Flight,
        decided_at: Option<Mark>,
        purpose: Purpose,
    ) -> Result<Prepared<'a, B>, Unusable> {
        let (store, BeforeFetch { entry, mark: since, .. }) = self.backend.before_fetch(&call.key)?;
        if decided_at.is_some_and(|mark| mark != since && self.is_deleted(call, mark)) {
            let _ = flight.end(None);
            return Ok(Prepared::NotNeeded);
        }
        let mut found = self.judged(call, store, entry);
        if call.sharing.is_some() && found.decision(call) == Decision::Serve {
            // It may have been stored by a long run, and this host may have had no contact with the server since.
            drop(found);
            found = self.look_up(call)?;
        }
        if found.decision(call) == Decision::Serve {
            let _ = flight.end(None);
            return Ok(Prepared::Stored(found));
        }
        let mut fallback = Fallback::of(call, &found);
        let is_missing = found.freshness == Freshness::Missing;
        let entry = found.entry.as_ref();
        let earlier = entry.map(Earlier::of);
        let is_invalidated = entry.is_some_and(|entry| entry.summary.invalidated);
        // What was stored by hand has taken no time.
        let last_took = entry.map(|entry| entry.summary.took).filter(|took| !took.is_zero());
        // No database may be open when a process is forked.
        drop(found);
        // Observed here and not in the fetcher, which holds signals back for the command.
        let before = match self.observe_dependencies(call) {
            Ok(before) => before,
            Err(error) => {
                let _ = flight.end(None);
                return Err(error.into());
            }
        };
        let asking = Asking { call, flight: &flight, since, before: &before, is_missing, is_invalidated, purpose };
        let (shared, since, lease) = match self.ask_server(&asking) {
            Answer::Run { shared, since, lease } => (shared, since, lease),
            Answer::Copied(found) => {
                let _ = flight.end(None);
                return Ok(Prepared::Stored(found));
            }
            Answer::Landed(outcome, shared) => match flight.end_with(outcome) {
                Ok(landed) => return Ok(Prepared::Landed(landed, shared)),
                Err(source) => return Err(Unusable::Flight { path: self.flights_dir()?, source }),
            },
            Answer::Lost(shared, now) => match Fallback::of(call, &self.look_up(call)?) {
                Some(fallback) => {
                    let _ = flight.end(None);
                    return Ok(Prepared::Lost(fallback, shared));
                }
                None => (Some(shared), now, None),
            },
            Answer::TimedOut | Answer::NotNeeded if purpose.is_in_background() => {
                let _ = flight.end(None);
                return Ok(Prepared::NotNeeded);
            }
            Answer::TimedOut | Answer::NotNeeded => {
                let _ = flight.end(None);
                return Ok(Prepared::TimedOut);
            }
        };
        if fallback.is_none() && shared.is_some() && call.policy.stale_if_error {
            // A result may have been copied from the server.
            fallback = Fallback::of(call, &self.look_up(call)?);
        }
        let fetch = Fetch {
            engine: self,
            call: *call,
            flight,
            since,
            earlier,
            before,
            last_took,
            holds_output: fallback.is_some(),
            has_landed: Cell::new(false),
            shared,
            lease,
            renewing: RefCell::default(),
            has_shared: Cell::new(false),
        };
        Ok(Prepared::Fetch(fetch, fallback))
    }

    fn is_deleted(&self, call: &Call<'_>, since: Mark) -> bool {
        self.change(call, since) == Some(Change::Deleted)
    }

    /// Whether an invalidation or deletion since then means the result of `call`.
    #[cfg_attr(not(feature = "shared"), expect(dead_code, reason = "other hosts want to know it"))]
    pub(super) fn is_overtaken(&self, call: &Call<'_>, since: Mark) -> bool {
        matches!(self.change(call, since), Some(Change::Invalidated | Change::Deleted))
    }

    fn change(&self, call: &Call<'_>, since: Mark) -> Option<Change> {
        let store = self.backend.open().ok()??;
        call.changes(&store, since).ok()
    }
}

impl<B: Backend> Fetch<'_, B> {
    /// Tells waiters that this process leads.
    pub fn sign(&self) {
        self.flight.sign();
    }

    /// The flight's file, whose lock waiters wait for.
    pub fn file(&self) -> &File {
        self.flight.file()
    }

    /// Leaves the flight to a forked process that shares it.
    pub fn hand_over(self) {
        self.flight.hand_over();
    }

    /// Lands a fetch that began at `began`, before its end, because nothing of it is kept.
    pub fn land_without_output(&self, began: Moment, lost: &Lost) {
        if let Some(output) = of_lost(lost, self.call.fetch.max_size) {
            // How the command will end is not known, and is of no use to waiters, which run it themselves.
            self.land(Some(Outcome { began, status: ExitStatus::Exited(0), output }));
        }
    }

    pub(super) fn land(&self, outcome: Option<Outcome>) {
        self.has_landed.set(true);
        // Waiters start again if the outcome cannot be written.
        let _ = self.flight.land(outcome);
    }

    /// Whether the result is for this caller alone: another flight has the key by now and may have stored what is
    /// newer, or the files of the key are not what the command has seen.
    pub(super) fn is_dismissed(&self) -> bool {
        (!self.has_landed.get() && self.flight.is_dismissed()) || !self.has_its_key()
    }

    fn has_its_key(&self) -> bool {
        let files: Vec<_> = self.call.parts.files.iter().map(|(path, _)| path.clone()).collect();
        files.is_empty()
            || key_file::observe(&files, &self.call.directory()).is_ok_and(|now| now == self.call.parts.files)
    }
}

/// What waiters get where nothing is kept, with a limit of `max_size`.
pub(super) fn of_lost(lost: &Lost, max_size: u64) -> Option<Output> {
    match lost {
        Lost::TooLarge => Some(Output::TooLarge(max_size)),
        Lost::Spool(_) => Some(Output::TooLarge(u64::MAX)),
        Lost::Abandoned => None,
    }
}
