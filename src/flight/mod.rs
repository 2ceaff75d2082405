//! One fetch per key at a time, across processes.
//!
//! The first caller that needs a fetch leads its flight. The others wait for the leader, and are served its outcome. If
//! the leader dies, one of them leads. [`file`] does this with locked files, for the processes of one machine.

mod file;
mod leader;
mod outcome;

pub use self::file::{
    Flight, Landed, Observed, TRANSCRIPT_AT, TranscriptReader, Waiting, attempt, dismiss, in_progress, is_there, sweep,
};
pub use self::leader::Leader;
pub use self::outcome::{Outcome, Output};
pub(crate) use crate::sys::signal::without_signals;

/// The result of [`attempt`].
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
    /// It ended without an outcome, or nobody waits for its leader any more: try again.
    Again,
    /// It takes longer than the caller wants to wait.
    TimedOut,
    /// It would never end: the leader waits for a command that this process is part of.
    InItself,
}
