//! Ends a run that stores no result on the server.
//!
//! * *A's answer is lost.* A sends the same again. The outcome is there, so nothing changes: a failure in the
//!   background counts once.
//! * *A has committed, the answer was lost, and A gives up and fails.* The outcome is there: B has been told of the
//!   result, and is not told of a failure too.
//! * *A is stopped past its lease, and B leads.* A's failure leaves B's lease alone. Those who still wait for A are
//!   told.
//! * *The server is out of memory.* It lets a script go on that has written. So the script drops the lease first: then
//!   those who wait are told in any case.

use std::time::{Duration, Instant};

use super::counters;
use super::error::ProtocolError;
use super::names::{Names, SharedId, Token};
use super::reply::Reply;
use super::script::{Arguments, Script};
use super::{millis, outcome};
use crate::store::shared::wire::Wire;

pub(super) const SCRIPT: Script =
    Script { name: "fail", text: include_str!("fail.lua"), digest: "4141c18b61d6f541aab2d273e0ce9461fb70084b" };

/// How long every host runs a command for itself whose result cannot be shared.
const PASS: Duration = Duration::from_secs(2 * 60);

/// How long failures of background runs are remembered; no pause is longer.
const FAILURES: Duration = Duration::from_secs(20 * 60);

/// The pause after the first failure of a background run. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The end of a run.
#[derive(Clone, Copy, Debug)]
pub struct Fail<'a> {
    /// The entry.
    pub id: SharedId,
    /// The lease.
    pub token: Token,
    /// What those who wait do.
    pub end: End,
    /// More about it for those who wait, sealed: after [`End::Failed`], what they print.
    pub outcome: &'a [u8],
    /// It is the run of a call, and counted.
    pub is_counted: bool,
}

/// What those who wait do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// They print how it failed.
    Failed {
        /// The longest pause before the next background run, if this was one.
        background: Option<Duration>,
    },
    /// They ask again.
    Again,
    /// They run the command for themselves, as every host does for a while.
    Pass,
}

impl Fail<'_> {
    /// Ends the run; false if it had ended before, and nothing has changed.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`]; the same may be sent again. Those who wait find out when the lease is over.
    pub fn send(&self, names: &Names, wire: &mut dyn Wire, deadline: Instant) -> Result<bool, ProtocolError> {
        let keys = [
            names.lease(self.id),
            names.outcome(self.token),
            names.pass(self.id),
            names.failures(self.id),
            counters::of_today(names),
        ];
        let (word, longest) = match self.end {
            End::Failed { background } => ("failed", background),
            End::Again => ("again", None),
            End::Pass => ("pass", None),
        };
        let arguments = Arguments::default()
            .with_text(self.token)
            .with(word)
            .with(self.outcome)
            .with(millis(outcome::KEPT))
            .with(u8::from(longest.is_some()))
            .with(millis(FIRST_PAUSE))
            .with(millis(longest.unwrap_or(FAILURES).min(FAILURES)))
            .with(millis(PASS))
            .with(millis(FAILURES))
            .with(counters::kept(self.is_counted));
        let value = SCRIPT.run(wire, &keys, &arguments, deadline)?;
        Ok(Reply::new(SCRIPT.name, Some(&value)).int()? == 1)
    }
}
