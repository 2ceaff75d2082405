//! Keeps the lease of a run for as long as the run goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Exchange, Lease};
use crate::model::time::Moment;
use crate::store::shared::protocol::{Names, ProtocolError, Renew, Renewed};
use crate::store::shared::wire::Connection;

/// How long to wait for an answer. No caller waits for it, and another attempt follows soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps a lease. It has a connection of its own and does not ask the breaker: a server that was away for a moment must
/// not cost the lease.
#[derive(Debug)]
pub struct Renewal {
    names: Names,
    wire: Connection,
    lease: Lease,
    /// How long the lease lasts.
    duration: Duration,
}

impl Exchange<'_> {
    /// The renewal of `lease`.
    pub fn renewal(&self, lease: &Lease) -> Renewal {
        let (names, duration) = (self.tier.names(), self.tier.settings.lease);
        Renewal { names, wire: self.tier.connection(None), lease: lease.clone(), duration }
    }
}

impl Lease {
    /// When it has to be renewed for the first time, if it lasts for `duration`.
    pub fn renew_at(&self, duration: Duration) -> Moment {
        let third = u64::try_from(duration.as_nanos() / 3).unwrap_or(u64::MAX);
        Moment::from_nanos(self.asked_at.as_nanos().saturating_add(third))
    }
}

impl Renewal {
    /// Keeps the lease until `is_over`, or until it is lost. The thread that sets `is_over` unparks this one.
    pub fn keep(mut self, is_over: &AtomicBool) {
        let pause = self.duration / 3;
        while !is_over.load(Ordering::Acquire) {
            // An idle connection may be closed by the other side: the second attempt is made on a new one.
            let renewed = self.renew(pause).or_else(|_| self.renew(pause));
            if matches!(renewed, Ok(Renewed::Lost)) {
                return;
            }
            let next = Instant::now() + pause;
            while !is_over.load(Ordering::Acquire) && Instant::now() < next {
                thread::park_timeout(next.saturating_duration_since(Instant::now()));
            }
        }
    }

    fn renew(&mut self, pause: Duration) -> Result<Renewed, ProtocolError> {
        let Lease { id, token, fence, holder, .. } = &self.lease;
        let renew = Renew { id: *id, token: *token, fence: *fence, holder, duration: self.duration };
        renew.send(&self.names, &mut self.wire, Instant::now() + pause.min(PATIENCE))
    }
}
