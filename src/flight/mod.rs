//! One fetch per key at a time, across processes.
//!
//! The first caller that needs a fetch leads its flight. The others wait for the leader, and are served its outcome. If
//! the leader dies, one of them leads.
//!
//! [`Flights`] is the seam, and [`Directory`] the implementation with locked files, for the processes of one machine.
//! An implementation for several machines leads the flight of its own machine first, so that one process of each
//! machine asks the others. That is why a leader has a [file](Lead::file) of its machine for the transcript.

mod file;
mod leader;
mod outcome;
pub mod slots;

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::time::Duration;

pub use self::file::{Directory, Flight, FlightToken, Landed, TRANSCRIPT_AT, TranscriptReader, Waiting};
pub use self::leader::{Leader, RemoteLeader};
pub use self::outcome::{Outcome, Output};
use crate::model::key::Key;

/// The flights of one store.
pub trait Flights {
    /// A flight that this process leads.
    type Flight: Lead;
    /// A flight that another process leads.
    type Waiting: Wait<Flight = Self::Flight>;

    /// Tries to lead the flight of `key`, without waiting.
    ///
    /// # Errors
    ///
    /// It cannot be found out whether there is one.
    fn attempt(&self, key: &Key) -> io::Result<Attempt<Self::Flight, Self::Waiting>>;

    /// Whether there is a flight of `key`, even if its leader was killed.
    fn is_there(&self, key: &Key) -> bool;

    /// The leaders of the flights, as far as this process can see them.
    fn in_progress(&self) -> HashMap<Key, Leader>;

    /// Lets later callers begin other flights: only the present waiters get the outcomes of the present flights.
    fn dismiss(&self);

    /// Removes what killed leaders have left, a bounded number of flights at a time.
    fn sweep(&self);
}

/// The leader's side of a flight. If it is dropped, the next caller leads.
pub trait Lead: Sized {
    /// Tells waiters that this process leads.
    fn sign(&self);

    /// Tells waiters that this process waits for the run of another host; with `None`, that it no longer does.
    fn follow(&self, remote: Option<&RemoteLeader>);

    /// The token of an earlier leader that ended without an outcome.
    fn dead(&self) -> Option<FlightToken>;

    /// Counts the leader with that token as one that ended without an outcome.
    fn succeed(&mut self, token: FlightToken);

    /// Writes the token under which this process asks for a lease, for the next leader in case this one ends without an
    /// outcome.
    ///
    /// # Errors
    ///
    /// The next leader would not find it.
    fn leave(&self, token: FlightToken) -> io::Result<()>;

    /// The token that was left.
    fn left(&self) -> Option<FlightToken>;

    /// Whether another flight for the same key may begin: the result of this one is for its own caller.
    fn is_dismissed(&self) -> bool;

    /// A file to which a transcript may be written from [`TRANSCRIPT_AT`] on.
    fn file(&self) -> &File;

    /// A new file without a name beside it.
    ///
    /// # Errors
    ///
    /// The system's.
    fn scratch(&self) -> io::Result<File>;

    /// Leaves the flight to a forked process that shares it.
    fn hand_over(self);

    /// Ends the flight, and keeps its file open: waiters get the outcome, or else one of them leads.
    ///
    /// # Errors
    ///
    /// The outcome cannot be written: the flight ends without one.
    fn land(&self, outcome: Option<Outcome>) -> io::Result<()>;

    /// The same with an outcome, for this process to read as well.
    ///
    /// # Errors
    ///
    /// The same.
    fn end_with(self, outcome: Outcome) -> io::Result<Landed>;

    /// The same, and closes the file.
    ///
    /// # Errors
    ///
    /// The same.
    fn end(self, outcome: Option<Outcome>) -> io::Result<()> {
        self.land(outcome)
    }
}

/// The side of a flight that waits for another process.
pub trait Wait: Sized {
    /// What this process leads if the leader dies.
    type Flight: Lead;

    /// Waits until the flight ends, for `limit` at most, or until its leader has been stopped for a while.
    ///
    /// Calls `notice` with the leader, and the process that the leader waits for, after `patience`, again after each
    /// pause that it returns, and when the leader stops or continues.
    ///
    /// # Errors
    ///
    /// It cannot be found out how the flight ended.
    fn wait(
        self,
        limit: Option<Duration>,
        patience: Duration,
        notice: impl Fn(Option<Leader>, Option<RemoteLeader>) -> Duration,
    ) -> io::Result<Waited<Self::Flight>>;

    /// Whether the leader began a while ago and is stopped now; for callers that do not wait.
    fn is_leader_stopped(&self) -> bool;

    /// Lets the next caller begin another flight. Returns whether it may, because of this call or an earlier one.
    ///
    /// # Errors
    ///
    /// The system's.
    fn dismiss(&self) -> io::Result<bool>;
}

/// The result of [`Flights::attempt`].
#[derive(Debug)]
pub enum Attempt<F = Flight, W = Waiting> {
    /// This process leads.
    Leads(F),
    /// Another process leads.
    Busy(W),
    /// Another process led until a moment ago.
    Landed(Landed),
}

/// The result of [`Wait::wait`].
#[derive(Debug)]
pub enum Waited<F = Flight> {
    /// The leader died, and this process leads now.
    Leads(F),
    /// The flight has ended.
    Landed(Landed),
    /// It ended without an outcome: try again.
    Again,
    /// It was dismissed because its leader is stopped: try again, as the successor of the leader with that token.
    Dismissed(Option<FlightToken>),
    /// It takes longer than the caller wants to wait.
    TimedOut,
    /// It would never end: the leader waits for a command that this process is part of.
    InItself,
}
