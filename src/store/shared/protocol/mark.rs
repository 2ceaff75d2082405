//! Puts up a barrier: an invalidation or deletion that every host is to hear of.
//!
//! * *A invalidates while B copies the old entry.* B's answer had the barriers up to 3; A's is 4. B stores its copy
//!   after it has replayed 4 for another key, and would serve it as fresh. So a copy is stored under the local mark
//!   that was taken before its ask was sent.
//! * *A puts up barrier 5, and has replayed up to 3.* If A took 5 as its position, it would never hear of B's barrier
//!   4. So the answer is no position: A's own barrier comes back to it like any other.
//! * *A's answer is lost, or refused.* A does not know whether the barrier stands. It keeps its record, warns, and
//!   sends it again later; two barriers are as good as one. Until then each of A's asks judges what it gets by that
//!   record.
//! * *The log refuses the barrier.* If the number had been used up, everybody would find a gap and make everything
//!   stale. So the log is written first.

use std::time::Instant;

use super::error::ProtocolError;
use super::names::Names;
use super::reply::Reply;
use super::script::{Arguments, Script};
use crate::store::log::{BarrierKind, Epoch, Tag};
use crate::store::shared::wire::Wire;

pub(super) const SCRIPT: Script =
    Script { name: "mark", text: include_str!("mark.lua"), digest: "4b54b4e8908d3718035819d91e2a7fd9a96b425e" };

/// About how many barriers the log keeps. For a host that has missed more, all shared entries become stale.
pub const LOG_LENGTH: usize = 10_000;

/// The barrier.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Its name.
    pub tag: Tag,
    /// What it does.
    pub kind: BarrierKind,
    /// What it does this to, sealed.
    pub selector: &'a [u8],
    /// The epoch that begins if there is none; random.
    pub new_epoch: Epoch,
}

/// A barrier that stands.
///
/// This is no [`Position`](crate::store::log::Position): this host may not have replayed the barriers before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The log that it is in.
    pub epoch: Epoch,
    /// Its number.
    pub n: u64,
}

impl Mark<'_> {
    /// Puts up the barrier.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`], whichever it is: it is not known to stand, and has to be sent again.
    pub fn send(&self, names: &Names, wire: &mut dyn Wire, deadline: Instant) -> Result<Marked, ProtocolError> {
        let keys = [names.meta(), names.log()];
        let arguments = Arguments::default()
            .with_text(self.tag)
            .with(self.kind.letter())
            .with(self.selector)
            .with(LOG_LENGTH)
            .with_text(self.new_epoch);
        let value = SCRIPT.run(wire, &keys, &arguments, deadline)?;
        let reply = Reply::new(SCRIPT.name, Some(&value));
        Ok(Marked { epoch: reply.at(0)?.parsed(Epoch::parse)?, n: reply.at(1)?.count()? })
    }
}
