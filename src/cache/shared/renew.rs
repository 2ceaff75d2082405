//! Renews the lease while the command runs, in a thread without signals. Neither the command nor its output waits for
//! the server, and no error reaches the caller.
//!
//! A short run has neither the thread nor its connection. If the process is stopped or killed, or its machine sleeps,
//! nobody renews the lease: it ends, and another host leads. The end of the run does not wait for the thread: a renewal
//! that is late finds the outcome of its lease, and changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Instant;

use super::exchange;
use crate::cache::Fetch;
use crate::model::time::Moment;
use crate::store::Backend;
use crate::sys::signal::without_signals;

/// A thread that keeps a lease until this is dropped.
#[derive(Debug)]
pub(in crate::cache) struct Renewing {
    is_over: Arc<AtomicBool>,
    thread: Thread,
}

impl<B: Backend> Fetch<'_, B> {
    /// When the lease has to be kept, if there is one.
    pub fn renew_at(&self) -> Option<Instant> {
        let (sharing, lease) = (self.call.sharing?, self.lease.as_deref()?);
        let left = lease.renew_at(sharing.settings.lease).as_nanos().saturating_sub(Moment::now().as_nanos());
        Instant::now().checked_add(std::time::Duration::from_nanos(left))
    }

    /// Keeps the lease from now on, until the server has been told what became of the run.
    pub fn keep_lease(&self) {
        let (Some(sharing), Some(lease)) = (self.call.sharing, &self.lease) else { return };
        if self.has_shared.get() || self.renewing.borrow().is_some() {
            return;
        }
        let Ok(tier) = self.engine.tier(sharing) else { return };
        let renewal = exchange(&tier, sharing, self.call.key, &self.before).renewal(lease);
        let is_over = Arc::new(AtomicBool::new(false));
        let keep = {
            let is_over = Arc::clone(&is_over);
            move || renewal.keep(&is_over)
        };
        // Without a thread the lease ends, and another host may run the command, too.
        if let Ok(Ok(thread)) = without_signals(|| thread::Builder::new().spawn(keep)) {
            self.renewing.replace(Some(Renewing { is_over, thread: thread.thread().clone() }));
        }
    }
}

impl Drop for Renewing {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
