//! The process of one call: it prints, forks, relays signals, and ends as the command ended.
//!
//! [`Caller`] is the program's frontend of the engine, as [`cacheback::Cache`] is the library's.

#[cfg(feature = "browse")]
mod again;
pub(crate) mod exec;
mod expiry;
mod failing;
mod fetch;
mod fetcher;
pub(crate) mod filter;
mod hooks;
mod on_refresh;
mod print;
mod refresh;
pub(crate) mod response;
mod script;
mod store_if;
mod uncached;

use std::borrow::Cow;

#[cfg(feature = "browse")]
pub use again::refresh;
pub use expiry::lifetime_of;
pub use failing::failure_to_show;
pub use hooks::{Hooks, OutputOf, Source, fetch_is_waited_for};
pub use print::print_stored;
pub use refresh::invalidate;
#[cfg(feature = "shared")]
pub use refresh::refresh_all;
pub use response::{ProcessEnd, Response};
pub use uncached::run_uncached;

use crate::cache::{Call, Engine, Lookup, Unusable};
use crate::fetch::{Printed, detach};
use crate::model::status::{How, Why};
use crate::policy::{Decision, Freshness, Mode, Policy};
use crate::store::Event;
use response::Refresh;

/// One call of this process.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The cache.
    pub engine: &'a Engine,
    /// What is called.
    pub call: Call<'a>,
    /// What to print where the policy serves an empty result.
    pub empty: &'a [u8],
    /// What the caller does during the call.
    pub hooks: Hooks<'a>,
}

impl Caller<'_> {
    /// Serves or fetches, as the policy decides.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been run, and the caller is free to run the command without a cache.
    pub fn get(&self) -> Result<Response, Unusable> {
        let found = self.engine.look_up(&self.call)?;
        let policy = self.policy_for(found.freshness);
        Caller { call: Call { policy: &policy, ..self.call }, ..*self }.act_on(found)
    }

    fn act_on(&self, found: Lookup) -> Result<Response, Unusable> {
        let decision = found.decision(&self.call);
        if !matches!(decision, Decision::Serve | Decision::NotCached) {
            self.call.refuse_loop()?;
        }
        match decision {
            Decision::Serve => self.serve_or_fetch(found),
            Decision::ServeAndRefresh => self.serve_and_refresh(found),
            Decision::ServeEmptyAndFetch => {
                let flights = self.engine.flights_dir()?;
                drop(found);
                self.announce(Source::fetched(self.call.key, false));
                let printed = self.deliver(|| crate::fetch::print(self.empty));
                let how = self.start_refresh(&flights, None).without_result(Why::Missing);
                Ok(Response::printed(how, self.call.key, 0, printed))
            }
            Decision::NotCached => Ok(Response::printed(How::NotCached, self.call.key, 1, Printed::All)),
            Decision::Fetch => {
                let why = match found.freshness {
                    _ if self.call.policy.mode == Mode::Refresh => Why::Request,
                    Freshness::Missing => Why::Missing,
                    Freshness::Stale { .. } | Freshness::Fresh { .. } => Why::Stale,
                };
                drop(found);
                self.fetch(why)
            }
        }
    }

    /// Starts a detached fetch, unless one is in progress, and prints nothing.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been started.
    pub fn warm(&self) -> Result<Response, Unusable> {
        self.call.refuse_loop()?;
        // Nothing is put beside a file that is not ours.
        self.engine.before_refresh(&self.call.key)?;
        let flights = self.engine.flights_dir()?;
        let policy = Policy { mode: Mode::Refresh, ..self.call.policy.clone() };
        let caller = Caller { call: Call { policy: &policy, ..self.call }, ..*self };
        let how = caller.start_refresh(&flights, None).without_result(Why::Request);
        Ok(Response::printed(how, self.call.key, 0, Printed::All))
    }

    /// Prints what was found and is stale, and refreshes it in the background. Fetches if it is damaged.
    fn serve_and_refresh(&self, found: Lookup) -> Result<Response, Unusable> {
        let flights = self.engine.flights_dir()?;
        let served = self.serve(found, |event| self.start_refresh(&flights, Some(event)));
        served.map_or_else(|| self.fetch_anew(), Ok)
    }

    /// Prints what was found and is fresh. Fetches if it is damaged.
    fn serve_or_fetch(&self, found: Lookup) -> Result<Response, Unusable> {
        let note = |event| {
            self.note(event);
            Refresh::default()
        };
        self.serve(found, note).map_or_else(|| self.fetch_anew(), Ok)
    }

    /// Prints what was found, then calls `then` with the event; `None` if it is damaged and nothing has been printed.
    fn serve(&self, found: Lookup, then: impl FnOnce(Event) -> Refresh) -> Option<Response> {
        let (key, freshness) = (self.call.key, found.freshness);
        let (event, exit, shared) = (found.event()?, found.entry.as_ref()?.summary.exit, found.shared);
        let printed = self.replay(&found, Source::stored(key, freshness))?;
        // No database may be open when a process is forked.
        drop(found);
        let mut response = Response::hit(key, exit, freshness, then(event), printed);
        response.status.shared = shared;
        Some(response)
    }

    /// The policy of this call for an entry of this freshness.
    fn policy_for(&self, freshness: Freshness) -> Cow<'_, Policy> {
        let policy = self.call.policy;
        let is_fresh = matches!(freshness, Freshness::Fresh { .. });
        match (self.hooks.waits, policy.mode) {
            (Some(waits), Mode::Plain | Mode::Async | Mode::EmptyOnMiss | Mode::AsyncEmptyOnMiss) if !is_fresh => {
                let mode = if waits(freshness) { Mode::Plain } else { Mode::AsyncEmptyOnMiss };
                // The threshold is for callers without a script that decides.
                Cow::Owned(Policy { mode, fetch_on_stale_threshold: None, ..policy.clone() })
            }
            _ => Cow::Borrowed(policy),
        }
    }

    fn note(&self, event: Event) {
        if self.engine.note(event) {
            let _ = detach::in_background(|| self.engine.prune());
        }
    }
}
