//! `--stale-if-error`: the stored result in the place of a fetch that fails (RFC 5861, section 4).
//!
//! Which of the two is printed shows only when the command has ended, so its output is held back in the flight's file.

use std::fs::File;
use std::time::Duration;

use super::refresh::Refresh;
use super::{Answer, Call, Ended, Engine, Source};
use crate::fetch::caller::{self, Ending};
use crate::fetch::{self, Printed};
use crate::flight::TranscriptReader;
use crate::model::exit::ExitStatus;
use crate::model::key::Key;
use crate::model::status::Why;
use crate::model::time::Timestamp;
use crate::policy::{EntryFacts, Freshness, freshness};
use crate::store::{Entry, Event, EventKind};

/// A stored result that may be served if a fetch fails.
#[derive(Clone, Debug)]
pub(super) struct Spare {
    entry: Entry,
    freshness: Freshness,
}

impl Spare {
    /// What may be served if the fetch that `call` needs fails: `entry`, of which `facts` are known.
    pub(super) fn of(call: &Call<'_>, entry: Option<&Entry>, facts: Option<&EntryFacts>) -> Option<Self> {
        if !call.policy.stale_if_error {
            return None;
        }
        match freshness(facts, call.policy, Timestamp::now()) {
            Freshness::Missing => None,
            freshness => Some(Self { entry: entry?.clone(), freshness }),
        }
    }
}

impl Engine {
    /// Prints what was held back, or the spare if the fetch failed.
    pub(super) fn serve_either(
        &self,
        call: &Call<'_>,
        key: Key,
        why: Why,
        ending: Ending,
        held: Option<File>,
        spare: &Spare,
    ) -> Answer {
        if matches!(ending, Ending::BySignal(_)) {
            return Answer::ended(ending, Some(key), why);
        }
        caller::stop_relaying();
        // A fetcher that was killed has not done it, and whoever waits does not wait for what is printed here.
        let _ = held.as_ref().map(File::unlock);
        let (status, seal) = match ending {
            Ending::Reported(ended) => (ended.status, ended.held),
            _ => (ExitStatus::Failed, None),
        };
        let held = held.as_ref().zip(seal);
        let held = held.and_then(|(file, seal)| seal.verify(|| TranscriptReader::new(file, 0, seal.size)));
        let failure = match status {
            status if is_failure(call, status) => Some(status),
            _ if held.is_none() => Some(ExitStatus::Failed),
            _ => None,
        };
        if let Some(failure) = failure
            && let Some(answer) = self.serve_spare(call, failure, spare)
        {
            return answer;
        }
        let mut answer = Answer::ended(ending, Some(key), why);
        call.announce(Source::fetched(key, true));
        if let Some(mut transcript) = held {
            if let Printed::Failed(error) = call.deliver(|| fetch::print_transcript(&mut transcript, call.printer())) {
                answer.print_error = Some(error);
            }
        } else if answer.ended == Ended::With(ExitStatus::Exited(0)) {
            answer.print_error = Some(std::io::Error::other("it could not be held back until the command had ended"));
        }
        answer
    }

    /// Prints the spare in the place of a fetch that ended with `status`; `None` if it is damaged.
    pub(super) fn serve_spare(&self, call: &Call<'_>, status: ExitStatus, spare: &Spare) -> Option<Answer> {
        let Spare { entry, freshness } = spare;
        let store = self.open().ok().flatten();
        let printed = self.replay(call, store.as_ref(), entry, Source::stored(entry.key, *freshness))?;
        drop(store);
        self.note(Event::now(EventKind::StaleHit, &entry.key, Duration::ZERO));
        let age = Timestamp::now().since(entry.fetched_at).unwrap_or_default().as_secs();
        let ended = match status {
            ExitStatus::Exited(code) => format!("exit status {code}"),
            ExitStatus::Killed(signal) => format!("signal {signal}"),
            ExitStatus::TimedOut => "out of time".to_owned(),
            ExitStatus::NotFound => "not found".to_owned(),
            ExitStatus::NotExecutable => "not executable".to_owned(),
            ExitStatus::Failed => "its output was lost".to_owned(),
        };
        (self.notices.warn)(&format!("the command failed ({ended}); this is the result of {age} s ago"));
        Some(Answer::hit(entry.key, entry, *freshness, Refresh::default(), printed))
    }
}

/// Whether a fetch that ended so is an error in the sense of the policy.
pub(super) fn is_failure(call: &Call<'_>, status: ExitStatus) -> bool {
    !matches!(status, ExitStatus::Exited(code) if call.policy.cache_exit.contains(code))
}
