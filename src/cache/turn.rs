//! A caller's turn to fetch: it leads the flight of its key, or joins the flight in progress.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use super::answer::Purpose;
use super::fetch::Prepared;
use super::{Call, Engine, Fallback, Fetch, Local, Lookup, Unusable, Wait, is_failure};
use crate::fetch::environment::Loop;
use crate::flight::{
    Attempt, Directory, Flight, FlightToken, Flights as _, Landed, Lead as _, Output, Wait as _, Waited,
};
use crate::model::exit::ExitStatus;
use crate::model::key::Key;
use crate::model::status::Shared;
use crate::store::Backend;

/// After this time, the user is shown that the caller waits.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// The result of the turn of a call that has to fetch.
pub enum Turn<'a, B: Backend = Local> {
    /// A result that may be served was stored meanwhile.
    Serve(Lookup<B>),
    /// This caller runs the command; if that fails, the fallback may be served.
    Fetch(Fetch<'a, B>, Option<Fallback>),
    /// Another caller has run the command.
    Join(Joined<B>),
    /// The server was lost while another host ran the command.
    Lost(Fallback, Shared),
    /// The time is up.
    TimedOut,
}

/// The outcome of a flight that this caller has waited for.
pub struct Joined<B: Backend = Local> {
    /// How the command ended.
    pub status: ExitStatus,
    /// Its output; `None` if that is of no use to this caller, which has to take another turn.
    pub output: Option<JoinedOutput<B>>,
    /// What may be served instead, if the command failed.
    pub fallback: Option<Fallback>,
    /// The result of asking the server, if the other caller was on another host.
    pub shared: Option<Shared>,
}

/// Where the output of a flight is.
pub enum JoinedOutput<B: Backend = Local> {
    /// In the database.
    Stored(Box<Lookup<B>>),
    /// In the flight's file.
    InFile(Landed),
    /// Nowhere: this caller has to run the command for itself.
    Nowhere {
        /// The output is known to be larger than this caller may keep.
        is_too_large: bool,
    },
}

/// The end of waiting for a flight.
enum Waiting {
    Leads(Flight),
    Landed(Landed),
    Again,
    Dismissed(Option<FlightToken>),
    TimedOut,
    InItself,
}

impl<B: Backend> Engine<B> {
    /// Waits until this caller leads the flight of its key, or another caller's flight has landed with a result for it.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been run.
    pub fn take_turn<'a>(&'a self, call: &Call<'a>) -> Result<Turn<'a, B>, Unusable> {
        let flights = self.flights_dir()?;
        let mut dismissed = None;
        loop {
            match self.wait_for_flight(&flights, &call.key, call.deadline)? {
                Waiting::Leads(mut flight) => {
                    dismissed.take().into_iter().for_each(|token| flight.succeed(token));
                    return Ok(match self.prepare(call, flight, None, Purpose::Call)? {
                        Prepared::Fetch(fetch, fallback) => Turn::Fetch(fetch, fallback),
                        Prepared::Stored(found) => Turn::Serve(found),
                        Prepared::Landed(landed, shared) => {
                            Turn::Join(Joined { shared: Some(shared), ..self.join(call, landed)? })
                        }
                        Prepared::Lost(fallback, shared) => Turn::Lost(fallback, shared),
                        Prepared::TimedOut => Turn::TimedOut,
                        Prepared::NotNeeded => continue,
                    });
                }
                Waiting::Landed(landed) => {
                    let _ = landed.pass_on();
                    if call.accepts(landed.outcome.began) {
                        return Ok(Turn::Join(self.join(call, landed)?));
                    }
                }
                Waiting::Again => {}
                Waiting::Dismissed(token) => dismissed = token,
                Waiting::InItself => return Err(Unusable::InItself(Loop::Itself)),
                Waiting::TimedOut => return Ok(Turn::TimedOut),
            }
        }
    }

    /// Waits until this caller leads the flight of `call` for a background refresh; `None` if it is no longer needed,
    /// or not possible.
    pub(super) fn take_turn_in_background(&self, call: &Call<'_>) -> Option<Flight> {
        // The directory may be missing if all results were stored by `set`.
        let flights = self.flights_dir().ok()?;
        loop {
            match self.wait_for_flight(&flights, &call.key, None).ok()? {
                Waiting::Leads(flight) => return Some(flight),
                Waiting::Landed(landed) if landed.outcome.began >= call.called_at => return None,
                Waiting::Landed(_) | Waiting::Again | Waiting::Dismissed(_) => {}
                Waiting::TimedOut | Waiting::InItself => return None,
            }
        }
    }

    fn wait_for_flight(&self, flights: &Path, key: &Key, deadline: Option<Instant>) -> Result<Waiting, Unusable> {
        let attempt = || match Directory(flights).attempt(key)? {
            Attempt::Leads(flight) => Ok(Waiting::Leads(flight)),
            Attempt::Landed(landed) => Ok(Waiting::Landed(landed)),
            Attempt::Busy(waiting) => {
                let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
                let is_shown = Cell::new(false);
                let waited = waiting.wait(left, PATIENCE, |leader, remote| {
                    is_shown.set(true);
                    (self.host.waiting)(Wait::of(leader, remote))
                });
                if is_shown.get() {
                    (self.host.waiting)(Wait::Over);
                }
                Ok(match waited? {
                    Waited::Leads(flight) => Waiting::Leads(flight),
                    Waited::Landed(landed) => Waiting::Landed(landed),
                    Waited::Again => Waiting::Again,
                    Waited::Dismissed(token) => Waiting::Dismissed(token),
                    Waited::TimedOut => Waiting::TimedOut,
                    Waited::InItself => Waiting::InItself,
                })
            }
        };
        attempt().map_err(|source: std::io::Error| Unusable::Flight { path: flights.to_owned(), source })
    }

    /// The outcome of a flight, as far as it is of use to `call`.
    fn join(&self, call: &Call<'_>, landed: Landed) -> Result<Joined<B>, Unusable> {
        let status = landed.outcome.status;
        let fallback = match call.policy.stale_if_error && is_failure(call, status) {
            true => Fallback::of(call, &self.look_up(call)?),
            false => None,
        };
        let output = match landed.outcome.output {
            // A caller that may keep more than the leader takes a turn itself; the others need not wait for each other.
            Output::TooLarge(limit) if call.fetch.max_size > limit => None,
            Output::TooLarge(limit) => Some(JoinedOutput::Nowhere { is_too_large: limit != u64::MAX }),
            Output::InFile(_) => Some(JoinedOutput::InFile(landed)),
            Output::Stored(result) => {
                let found = self.look_up(call)?;
                found.is_valid(result).then(|| JoinedOutput::Stored(Box::new(found)))
            }
        };
        Ok(Joined { status, output, fallback, shared: None })
    }
}
