//! One fetch per key at a time, across processes.
//!
//! The first caller that needs a fetch leads its flight. The others wait for the leader, and are served its outcome. If
//! the leader dies, one of them leads.
//!
//! A [`Directory`] has the flights of one machine. Of a shared call, the leader of the local flight asks the server for
//! the lease, so that one process of each machine asks: that is why a leader has a [file](Flight::file) for the
//! transcript of another host's run.

mod file;
mod leader;
mod outcome;
pub mod slots;

pub use self::file::{Directory, Flight, FlightToken, Landed, TRANSCRIPT_AT, TranscriptReader, Waiting};
pub use self::leader::{Leader, RemoteLeader};
pub use self::outcome::{Outcome, Output};

/// The result of [`Directory::attempt`].
#[derive(Debug)]
pub enum Attempt {
    /// This process leads.
    Leads(Flight),
    /// Another process leads.
    Busy(Waiting),
    /// Another process led until a moment ago.
    Landed(Landed),
}

/// The result of [`Waiting::wait`].
#[derive(Debug)]
pub enum Waited {
    /// The leader died, and this process leads now.
    Leads(Flight),
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
