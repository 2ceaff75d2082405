//! The answer to a question about an entry.

use std::time::Duration;

use super::entry::Entry;
use super::error::{ProtocolError, Refusal};
use super::history::History;
use super::names::{Fence, SharedResult, Token};
use super::reply::Reply;

/// What the asker gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An entry that is fresh, if no barrier means it and it is not older by [`age`](super::age).
    Fresh(Entry),
    /// An entry that is stale but may be served, under the same conditions. Nobody was made the leader.
    Stale(Entry),
    /// No entry is accepted, and no lease was wanted; or the asker's token has an outcome already.
    None,
    /// Results of this entry cannot be shared: every host runs the command for itself.
    Pass,
    /// Background runs have failed: none for this long.
    Backoff(Duration),
    /// Another run is in progress.
    Busy(Leader),
    /// The asker leads: it runs the command, and others wait.
    Lead {
        /// Orders its run.
        fence: Fence,
        /// The entry's result when it became the leader, which [`Commit`](super::Commit) may replace.
        base: Option<SharedResult>,
    },
    /// The server does not write: the asker runs the command, and shares nothing.
    NoLease(Option<Refusal>),
}

/// A run in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// The lease's name, and that of its outcome.
    pub token: Token,
    /// Orders its run.
    pub fence: Fence,
    /// Host and process, sealed.
    pub holder: Vec<u8>,
    /// How long the lease lasts if it is not renewed.
    pub remaining: Duration,
}

impl Leader {
    /// Reads `tok f h`.
    pub(super) fn read(reply: Reply<'_>, remaining: Duration) -> Result<Self, ProtocolError> {
        Ok(Self {
            token: reply.at(0)?.parsed(Token::parse)?,
            fence: Fence(reply.at(1)?.count()?),
            holder: reply.at(2)?.bytes()?.to_vec(),
            remaining,
        })
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What the asker gets.
    pub answer: Answer,
    /// An entry that is not accepted, if one is wanted in any case: it is better than an error.
    pub entry: Option<Entry>,
    /// The log of barriers; none if the server has none and cannot begin one.
    pub history: Option<History>,
    /// The fence of a run that would begin now: all earlier ones have a lower one.
    pub next_fence: Fence,
    /// A primary that may write has answered. Another server may lack barriers, and its answer is no contact.
    pub is_primary: bool,
    /// How long the answer took.
    pub delay: Duration,
}
