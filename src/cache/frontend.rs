//! What the end of a fetch needs of the process that it happens in, and what it hands back.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::Call;
use crate::codec::seal::Seal;
use crate::fetch::Fetched;
use crate::model::status::NotStored;
use crate::model::time::Timestamp;

/// Opens what the command wrote to standard output.
pub type Stdout<'a> = dyn Fn() -> io::Result<File> + 'a;

/// What a frontend adds to the end of a fetch; by default, nothing.
pub trait Frontend {
    /// Whether this is a background fetch, for whose result no caller waits.
    fn is_in_background(&self) -> bool;

    /// For how long a result of `fetched_at` is fresh, if the job has a program for that, which reads the
    /// output.
    fn lifetime(&self, _: &Call<'_>, _fetched_at: Timestamp, _stdout: &Stdout<'_>) -> Option<Duration> {
        None
    }

    /// Whether a result with this exit status is worth storing. If there is a shell command that decides it, the
    /// command reads the output.
    ///
    /// # Errors
    ///
    /// Why the shell command cannot be run, in words.
    fn is_worth_storing(&self, _: &Call<'_>, _exit: u8, _stdout: &Stdout<'_>) -> Result<bool, String> {
        Ok(true)
    }

    /// A background fetch has stored its result and let its waiters go. It also says whether the output or the
    /// exit status has changed.
    fn refreshed(&self, _: &Call<'_>, _changed: bool) {}

    /// Answers the caller, before work that the caller need not wait for. May be called twice; may end the process.
    fn respond(&self, _: &mut Fetched<'_>, _: Settled) {}
}

/// What became of a result, for its caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// It is stored.
    pub stored: bool,
    /// Why its output was kept from being stored.
    pub not_stored: Option<NotStored>,
    /// There is more to do.
    pub lingers: bool,
    /// The seal of the transcript in the flight's file, where the output was held back.
    pub held: Option<Seal>,
}
