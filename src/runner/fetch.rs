//! A fetch that this process waits for: by its own run of the command, or by another caller's.

use super::{Caller, ProcessEnd, Response, Source, run_uncached};
use crate::cache::{Call, Joined, JoinedOutput, Turn, Unusable};
use crate::fetch::{self, Printed, StartError};
use crate::model::exit::ExitStatus;
use crate::model::status::{NotStored, Why};
use crate::model::time::Moment;
use crate::policy::{Decision, Mode, Policy};
use crate::sys::errno;

impl Caller<'_> {
    /// Leads the flight of the key, or joins it.
    pub(super) fn fetch(&self, why: Why) -> Result<Response, Unusable> {
        let key = self.call.key;
        loop {
            return match self.engine.take_turn(&self.call)? {
                Turn::Serve(found) => {
                    let shared = found.shared;
                    let served = match found.decision(&self.call) {
                        // There was nothing here, and another host had something that is stale.
                        Decision::ServeAndRefresh => self.serve_and_refresh(found),
                        _ => self.serve_or_fetch(found),
                    };
                    served.map(|response| response.after_asking(shared, why))
                }
                Turn::Fetch(fetch, fallback) => {
                    let shared = fetch.shared;
                    Ok(self.lead(fetch, fallback, why).after_asking(shared, why))
                }
                Turn::Join(joined) => match self.join(joined, why)? {
                    Some(response) => Ok(response),
                    None => continue,
                },
                Turn::Lost(fallback, shared) => {
                    let served =
                        self.serve_in_place(fallback, "the server was lost while another host ran the command");
                    served.map_or_else(|| self.fetch_anew(), |response| Ok(response.after_asking(Some(shared), why)))
                }
                Turn::TimedOut => {
                    Ok(Response::fetched(ProcessEnd::With(ExitStatus::TimedOut), Some(key), why, false, true))
                }
            };
        }
    }

    /// Fetches because the stored result is damaged. The call must not find it again.
    pub(super) fn fetch_anew(&self) -> Result<Response, Unusable> {
        let policy = Policy { mode: Mode::Refresh, ..self.call.policy.clone() };
        let call = Call { policy: &policy, called_at: Moment::now(), ..self.call };
        Caller { call, ..*self }.fetch(Why::Missing)
    }

    /// What the output of a fetch is.
    pub(super) fn fetched(&self, why: Why) -> Source {
        Source::fetched(self.call.key, why == Why::Stale)
    }

    /// Prints the outcome of another caller's run; `None` if this caller has to take another turn.
    fn join(&self, joined: Joined, why: Why) -> Result<Option<Response>, Unusable> {
        let Joined { status, output, fallback, shared } = joined;
        if let Some(fallback) = fallback
            && let Some(response) = self.serve_fallback(fallback, status)
        {
            return Ok(Some(response));
        }
        let Some(output) = output else { return Ok(None) };
        let key = Some(self.call.key);
        let stored = matches!(output, JoinedOutput::Stored(_));
        let printed = match output {
            JoinedOutput::Nowhere { is_too_large } => {
                self.announce(self.fetched(why));
                let Call { invocation, fetch, .. } = self.call;
                let response =
                    run_uncached(invocation, fetch, key, why, self.is_filtered()).map_err(Unusable::Process)?;
                return Ok(Some(response.not_stored(is_too_large.then_some(NotStored::TooLarge))));
            }
            JoinedOutput::InFile(landed) => {
                // If the transcript is damaged, the command has to run again.
                let Some(mut transcript) = landed.transcript() else { return Ok(None) };
                self.announce(self.fetched(why));
                self.deliver(|| fetch::print_transcript(&mut transcript, self.printer()))
            }
            JoinedOutput::Stored(found) => match self.replay(&found, self.fetched(why)) {
                Some(printed) => printed,
                None => return Ok(None),
            },
        };
        let end = match status {
            ExitStatus::NotFound => ProcessEnd::NotStarted(StartError(errno::ENOENT)),
            ExitStatus::NotExecutable => ProcessEnd::NotStarted(StartError(errno::EACCES)),
            status => ProcessEnd::With(status),
        };
        let mut response = Response::fetched(end, key, why, stored, shared.is_none());
        response.status.shared = shared;
        if let Printed::Failed(error) = printed {
            response.print_error = Some(error);
        }
        Ok(Some(response))
    }
}
