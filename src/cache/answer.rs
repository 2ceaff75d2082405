//! What is known of a call before the server of the shared tier is asked, and the result of asking.

use super::shared::Lease;
use super::{Call, Lookup};
use crate::flight::{Flight, Outcome};
use crate::model::status::Shared;
use crate::store::{Backend, Condition, Mark};

/// What is known of a call before the server is asked.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "shared"), expect(dead_code, reason = "there is no server to ask"))]
pub(super) struct Asking<'a> {
    pub(super) call: &'a Call<'a>,
    /// The flight, which this process leads.
    pub(super) flight: &'a Flight,
    /// The mark of the last look at what is stored here.
    pub(super) since: Mark,
    /// The state of what the result depends on.
    pub(super) before: &'a Condition,
    /// There is nothing here that could be served, however stale.
    pub(super) is_missing: bool,
    /// The entry here is invalidated: what other hosts fetched before is not accepted either.
    pub(super) is_invalidated: bool,
    /// For whom the result is fetched.
    pub(super) purpose: Purpose,
}

/// For whom a result is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A caller waits for it.
    Call,
    /// A caller has been served without it. It is not needed if another host fetches it just now.
    Refresh,
    /// Nobody waits for it, but what it replaces is invalidated: a run that is in progress elsewhere may have begun
    /// before that.
    Invalidated,
}

impl Purpose {
    /// No caller waits for it.
    pub(super) fn is_in_background(self) -> bool {
        self != Self::Call
    }
}

/// The result of asking the server, for the leader of a flight.
#[cfg_attr(not(feature = "shared"), expect(dead_code, reason = "there is no server to answer"))]
pub(super) enum Answer<B: Backend> {
    /// Run the command.
    Run {
        /// For the caller's status line; nothing if the server was not asked.
        shared: Option<Shared>,
        /// The mark that was taken before the server was asked.
        since: Mark,
        /// The lease, if the server is to get the result.
        lease: Option<Box<Lease>>,
    },
    /// A result of another host has been copied to the database, and may be served.
    Copied(Lookup<B>),
    /// Another host's run has ended with this outcome while this host waited. Its output is in the database or the
    /// flight's file.
    Landed(Outcome, Shared),
    /// The server was lost while another host ran the command. A run that begins now is stored with this mark.
    Lost(Shared, Mark),
    /// The time is up.
    TimedOut,
    /// No caller waits for the result, and there is no need to run the command now.
    NotNeeded,
}
