//! A fetch whose result is not stored: why that is, and what its waiters get.

use std::io;

use super::call::directory;
use super::fetch::of_lost;
use crate::codec::seal::Seal;
use crate::fetch::Fetched;
use crate::fetch::capture::Lost;
use crate::flight::{Outcome, Output};
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::store::Stored;
use crate::sys::error::words;

/// Whether there is more output than may be stored.
pub(super) fn is_too_large(fetched: &Fetched<'_>, limit: u64) -> bool {
    fetched.capture.output() > limit || matches!(fetched.capture.lost(), Some(Lost::TooLarge))
}

/// In words, why the command could not be started.
pub(super) fn why_not_started(invocation: &Invocation, error: &io::Error) -> String {
    let directory = directory(invocation);
    match directory.metadata() {
        // The same error as for a program that is missing.
        Err(error) => format!("the working directory {}: {}", directory.display(), words(&error)),
        Ok(_) => words(error),
    }
}

/// What waiters get; `None` makes the first of them lead.
pub(super) fn outcome(
    fetched: &Fetched<'_>,
    stored: Option<Stored>,
    hold: impl FnOnce() -> Option<Seal>,
    max_size: u64,
) -> Option<Outcome> {
    // Waiters get no outcome of a fetch that was ended from outside, or that could not run the command.
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
