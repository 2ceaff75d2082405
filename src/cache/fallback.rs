//! `--stale-if-error`: the stale result in the place of a fetch that fails (RFC 5861, section 4).

use super::{Call, Engine, Lookup};
use crate::model::exit::ExitStatus;
use crate::model::time::Timestamp;
use crate::policy::Freshness;
use crate::store::{Backend, Entry};

/// A stored result that may be served if a fetch fails.
#[derive(Clone, Debug)]
pub struct Fallback {
    /// The entry.
    pub entry: Entry,
    /// Whether it was fresh before the fetch.
    pub freshness: Freshness,
    judged_at: Timestamp,
}

impl Fallback {
    /// What was `found`, if the policy of `call` allows it to be served after a failed fetch.
    pub(super) fn of(call: &Call<'_>, found: &Lookup<impl Backend>) -> Option<Self> {
        let is_usable = call.policy.stale_if_error && found.freshness != Freshness::Missing;
        found.entry.clone().filter(|_| is_usable).map(|entry| Self {
            entry,
            freshness: found.freshness,
            judged_at: found.judged_at,
        })
    }

    /// The same, ready to be read.
    pub fn open<B: Backend>(self, engine: &Engine<B>) -> Lookup<B> {
        let Self { entry, freshness, judged_at } = self;
        // Without a database the output counts as damaged, unless it is in the entry itself.
        let store = engine.backend.open().ok().flatten();
        Lookup { store, facts: None, entry: Some(entry), freshness, judged_at, shared: None }
    }
}

/// Whether a fetch that ended with `status` is a failure under the policy of `call`.
pub fn is_failure(call: &Call<'_>, status: ExitStatus) -> bool {
    !matches!(status, ExitStatus::Exited(code) if call.policy.cache_exit.contains(code))
}
