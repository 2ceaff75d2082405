//! Gives the server what a fetch came to, once that is stored here and local waiters have it.
//!
//! If the caller's reader has taken everything, the caller is answered first. Otherwise a thread without signals tells
//! the server while this process serves the reader. Neither waits for the other, and the process ends after both.
//!
//! * *The reader is slow.* The thread ends, and with it the renewals of the lease. Other hosts have the result.
//! * *The server is silent.* The caller ends when its reader has everything. The thread gives up later.
//! * *The reader is gone, or a signal ends the call.* The caller ends at once. The fetcher leaves its session and waits
//!   for the thread.
//! * *The caller is killed.* The same: what was stored before is shared.
//! * *The fetcher is killed.* The lease ends by itself, and the chunks expire.
//! * *The entry is replaced or removed here before the thread has read it.* It has no result: `again`.
//! * *The answer to the ask was lost.* This host may have the lease without knowing it. The server is told that the run
//!   has no result, so that others do not wait for its end.
//! * *No thread can be started.* The reader is served first, and the lease may end before the result is sent.

use std::time::Instant;

use super::exchange;
use super::report::{Report, RunOfResult, RunOutcome};
use crate::cache::{Fetch, back_off, is_failure};
use crate::fetch::Fetched;
use crate::flight::Lead as _;
use crate::model::exit::ExitStatus;
use crate::model::status::Shared;
use crate::model::time::Moment;
use crate::store::shared::protocol::{End, Token};
use crate::store::shared::{Head, SharedFailure};
use crate::store::{Backend, EventKind, ResultId, Stored};
use crate::sys::proc;

/// The most bytes of a failure's transcript that others print.
const TOLD_MAX: u64 = 64 << 10;

impl<B: Backend> Fetch<'_, B> {
    /// Whether there is something to tell the server after the end of the run.
    pub(in crate::cache) fn tells_server(&self) -> bool {
        self.lease.is_some() || self.doubt().is_some()
    }

    /// The token of an ask whose answer was lost. The lease may have been granted by it.
    fn doubt(&self) -> Option<Token> {
        let is_lost = self.lease.is_none() && matches!(self.shared, Some(Shared::Down("timeout" | "closed")));
        if is_lost { self.flight.left().map(Token) } else { None }
    }

    /// Answers the caller by `respond`, and tells the server what the fetch has come to, if that gave leave for it. What
    /// goes wrong with the server goes wrong in silence.
    pub(in crate::cache) fn share(
        &self,
        fetched: &mut Fetched<'_>,
        stored: Option<Stored>,
        in_background: bool,
        respond: &mut dyn FnMut(&mut Fetched<'_>),
    ) {
        let sent = if fetched.is_served() {
            respond(fetched);
            self.report(fetched, stored, in_background).map(Report::send)
        } else {
            match self.report(fetched, stored, in_background) {
                Some(report) => Some(report.send_beside(|| respond(fetched))),
                None => {
                    respond(fetched);
                    None
                }
            }
        };
        match sent {
            Some(Ok(true)) => self.engine.count_once(EventKind::SharedStored),
            Some(Err(down)) => self.engine.count_failure(&down),
            Some(Ok(false)) | None => {}
        }
        self.disclaim();
    }

    /// Other hosts may wait for a lease that this one does not know of.
    fn disclaim(&self) {
        let (Some(sharing), Some(token)) = (self.call.sharing, self.doubt()) else { return };
        if let Ok(tier) = self.engine.tier(sharing) {
            exchange(&tier, sharing, self.call.key, &self.before).disclaim(token);
        }
    }

    /// Gives back the lease of a run whose caller was killed.
    pub fn give_up(&self) {
        self.disclaim();
        let (Some(sharing), Some(lease)) = (self.call.sharing, &self.lease) else { return };
        let Ok(tier) = self.engine.tier(sharing) else { return };
        let _ = exchange(&tier, sharing, self.call.key, &self.before).end(lease, End::Again, None);
    }

    /// What the server is told; nothing if it gave no leave for the run.
    fn report(
        &self,
        fetched: &Fetched<'_>,
        stored: Option<Stored>,
        in_background: bool,
    ) -> Option<Report<'_, B::Store>> {
        let (sharing, lease) = (self.call.sharing?, self.lease.as_deref()?);
        let tier = self.engine.tier(sharing).ok()?;
        // Not only the run takes its time.
        if fetched.capture.size() > TOLD_MAX || self.renew_at().is_some_and(|at| at <= Instant::now()) {
            self.keep_lease();
        }
        self.has_shared.set(true);
        let outcome = self.outcome(fetched, stored, tier.settings.max_size, in_background);
        let renewing = self.renewing.take();
        Some(Report { tier, sharing, key: self.call.key, before: &self.before, lease, outcome, renewing })
    }

    fn outcome(
        &self,
        fetched: &Fetched<'_>,
        stored: Option<Stored>,
        max_size: u64,
        in_background: bool,
    ) -> RunOutcome<'_, B::Store> {
        let (call, capture) = (&self.call, &fetched.capture);
        let is_too_large = capture.output() > call.fetch.max_size || capture.lost().is_some();
        match (stored, fetched.status) {
            (Some(Stored::Fresh(_)), _) if capture.size() > max_size => RunOutcome::Nothing(End::Pass),
            (Some(Stored::Fresh(result)), _) => self
                .result(fetched, result)
                .map_or(RunOutcome::Nothing(End::Again), |run| RunOutcome::Result(Box::new(run))),
            (Some(_), _) => RunOutcome::Nothing(End::Again),
            // It says nothing of the command.
            (None, _) if fetched.interrupted || self.is_dismissed() => RunOutcome::Nothing(End::Again),
            (None, ExitStatus::Failed | ExitStatus::NotFound | ExitStatus::NotExecutable) => {
                RunOutcome::Nothing(End::Again)
            }
            (None, _) if is_too_large => RunOutcome::Nothing(End::Pass),
            (None, status) if !is_failure(call, status) => RunOutcome::Nothing(End::Again),
            (None, _) if self.engine.is_overtaken(call, self.since) => RunOutcome::Nothing(End::Again),
            (None, status) => {
                let transcript = capture.in_memory();
                if transcript.len() as u64 != capture.size() || capture.size() > TOLD_MAX {
                    return RunOutcome::Nothing(End::Pass);
                }
                let background = in_background.then(|| back_off::longest(call.policy.ttl));
                let (ended_at, transcript) = (fetched.ended_at, transcript.to_vec());
                RunOutcome::Failure(End::Failed { background }, SharedFailure { status, ended_at, transcript })
            }
        }
    }

    /// What is stored here as `result`.
    fn result(&self, fetched: &Fetched<'_>, result: ResultId) -> Option<RunOfResult<'_, B::Store>> {
        let call = &self.call;
        let (store, entry) = self.engine.backend.entry(&call.key).ok()?;
        let entry = entry.filter(|entry| entry.result == result)?;
        // What the job's program has said is with the entry.
        let lifetime = entry.has_lifetime.then(|| self.engine.backend.condition(&entry).ok().flatten()).flatten();
        let recipe = call.recipe();
        let head = Head {
            parts: call.parts.encode(),
            recipe: recipe.encode(call.parts),
            exit: entry.summary.exit,
            is_failure: entry.summary.is_failure,
            took: fetched.took,
            lifetime: lifetime.and_then(|condition| condition.lifetime),
            size: entry.summary.size,
            fetched_at: fetched.ended_at,
            host: proc::host_name().into(),
        };
        let ended_at = Moment::from_nanos(fetched.began.as_nanos().saturating_add(fetched.took.as_nanos() as u64));
        let (depends_on, directory) = (&call.fetch.depends_on[..], call.directory());
        let (parts, keep) = (call.parts, call.policy.keep);
        Some(RunOfResult { parts, recipe, head, ended_at, keep, depends_on, directory, store, entry })
    }
}
