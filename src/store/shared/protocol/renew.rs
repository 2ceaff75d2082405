//! Keeps a lease while the run goes on.
//!
//! * *A's lease ends while A is stopped, and B leads.* A's renewal finds B's token: lost. A's run goes on, since its
//!   caller waits for it; only its commit may be too late.
//! * *The lease is evicted, or lost in a fail-over.* Nobody else has begun: A takes it again, so that B waits. If B has
//!   stored a result meanwhile, that has a higher fence, and A does not hold anybody up.
//! * *A's renewal is late.* A renews, then commits on another connection; the renewal arrives last. Nobody would drop
//!   the lease that it brings back, and those who find it are woken by its outcome, ask, and find it again. So a token
//!   that has an outcome is lost.

use std::time::{Duration, Instant};

use super::error::ProtocolError;
use super::millis;
use super::names::{Fence, Names, SharedId, Token};
use super::reply::Reply;
use super::script::{Arguments, Script};
use crate::store::shared::wire::Wire;

pub(super) const SCRIPT: Script =
    Script { name: "renew", text: include_str!("renew.lua"), digest: "291661e09eb7625400b06b2d3f76f792171e1b50" };

/// Renews a lease: sent every third of its duration until commit or fail is answered.
#[derive(Clone, Copy, Debug)]
pub struct Renew<'a> {
    /// The entry.
    pub id: SharedId,
    /// The lease.
    pub token: Token,
    /// As given with the lease.
    pub fence: Fence,
    /// The holder, sealed.
    pub holder: &'a [u8],
    /// For how long from now.
    pub duration: Duration,
}

/// Whether the lease was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// It has been renewed.
    Kept,
    /// It was gone, and no other run had begun: it has been taken again.
    Retaken,
    /// Another host runs or has stored a result, or this run has an outcome. The run goes on without a lease.
    Lost,
}

impl Renew<'_> {
    /// Renews the lease.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`]; to be tried again.
    pub fn send(&self, names: &Names, wire: &mut dyn Wire, deadline: Instant) -> Result<Renewed, ProtocolError> {
        let keys = [names.lease(self.id), names.entry(self.id), names.outcome(self.token)];
        let arguments =
            Arguments::default().with_text(self.token).with(self.fence.0).with(self.holder).with(millis(self.duration));
        let value = SCRIPT.run(wire, &keys, &arguments, deadline)?;
        Reply::new(SCRIPT.name, Some(&value)).parsed(|word| match word {
            b"kept" => Some(Renewed::Kept),
            b"retaken" => Some(Renewed::Retaken),
            b"lost" => Some(Renewed::Lost),
            _ => None,
        })
    }
}
