//! What is stored for a call, and whether it is fresh: looked up once, judged once, read once.

use std::time::Duration;

use super::{Call, Engine, Local, Unusable};
use crate::dependencies::{Dependencies, LimitExceeded, Program};
use crate::fetch::program;
use crate::model::status::Shared;
use crate::model::time::Timestamp;
use crate::policy::{Decision, EntryFacts, Freshness, freshness};
use crate::store::{
    Backend, Body, Condition, Entry, Event, EventKind, ReplayError, ResultId, Store, Writer, replay_inline,
};

/// What is stored for a call.
pub struct Lookup<B: Backend = Local> {
    /// The database, if it had to be opened.
    pub(super) store: Option<B::Store>,
    /// The entry.
    pub entry: Option<Entry>,
    /// What decides about it under the policy of the call.
    pub facts: Option<EntryFacts>,
    /// Whether it is fresh under that policy.
    pub freshness: Freshness,
    /// When it was judged.
    pub judged_at: Timestamp,
    /// The result of asking the server of the shared tier, if it was asked.
    pub shared: Option<Shared>,
}

impl<B: Backend> Lookup<B> {
    /// What is to be done for `call`.
    pub fn decision(&self, call: &Call<'_>) -> Decision {
        self.freshness.decision(call.policy)
    }

    /// Hands the output of the entry to `write`, after all of it has passed its checksum.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Damaged`] before the first byte is written, also where there is no entry; `write`'s own.
    pub fn replay(&self, write: &mut Writer<'_>) -> Result<(), ReplayError> {
        match (&self.entry, &self.store) {
            (Some(Entry { body: Body::Inline(transcript), .. }), _) => replay_inline(transcript, write),
            (Some(entry), Some(store)) => store.replay(entry, write),
            _ => Err(ReplayError::Damaged),
        }
    }

    /// Whether this is the result with that id, and nobody has invalidated it.
    pub(super) fn is_valid(&self, result: ResultId) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.result == result && !entry.summary.invalidated)
    }

    /// The event that the entry was served.
    pub fn event(&self) -> Option<Event> {
        let kind = if matches!(self.freshness, Freshness::Fresh { .. }) { EventKind::Hit } else { EventKind::StaleHit };
        // The time is known already: a hit asks for it once.
        let at = self.judged_at;
        self.entry.as_ref().map(|entry| Event { kind, key: entry.summary.key, at, saved: entry.summary.took })
    }
}

impl<B: Backend> Engine<B> {
    /// What is stored for `call`. A damaged database is set aside.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn look_up(&self, call: &Call<'_>) -> Result<Lookup<B>, Unusable> {
        if let Some(sharing) = call.sharing {
            return self.look_up_shared(call, sharing);
        }
        let (store, entry) = self.backend.entry(&call.key)?;
        Ok(self.judged(call, store, entry))
    }

    pub(super) fn judged(&self, call: &Call<'_>, store: Option<B::Store>, entry: Option<Entry>) -> Lookup<B> {
        let mut facts = entry.as_ref().map(|entry| self.facts(store.as_ref(), entry, call));
        if let (Some(facts), Some(entry)) = (&mut facts, &entry) {
            // An entry that was fetched before the call was shared has missed the invalidations of other hosts.
            facts.invalidated |= call.sharing.is_some() && !entry.is_shared;
        }
        let judged_at = Timestamp::now();
        let freshness = freshness(facts.as_ref(), call.policy, judged_at);
        Lookup { store, entry, facts, freshness, judged_at, shared: None }
    }

    /// What decides about `entry`. Its condition is read, and files are looked at, only where that matters.
    fn facts(&self, store: Option<&B::Store>, entry: &Entry, call: &Call<'_>) -> EntryFacts {
        let patterns = &call.fetch.depends_on;
        let by_program = call.fetch.depends_on_program;
        if patterns.is_empty() && !by_program && !entry.has_lifetime && !call.policy.honours_expiry {
            return entry.summary.facts(None, false);
        }
        // A condition that cannot be read counts as none, and then the entry is stale for a call with dependencies, and
        // for every call if a lifetime was in it.
        let condition = store.map_or_else(|| self.backend.condition(entry), |store| store.condition(entry));
        let condition = condition.ok().flatten().unwrap_or_default();
        let mut dependencies_changed = false;
        self.look_at_files(call, &mut || {
            let known = condition.dependencies.as_ref();
            dependencies_changed = !known.is_some_and(|known| known.hold(patterns, &call.directory()));
        });
        let is_same = |known: &Program| known.holds(program::file_of(call.invocation).as_deref());
        let program_changed = by_program && !condition.program.as_ref().is_some_and(is_same);
        let lifetime = condition.lifetime.or(entry.has_lifetime.then_some(Duration::ZERO));
        EntryFacts { program_changed, ..entry.summary.facts(lifetime, dependencies_changed) }
    }

    /// The state of the files and of the program that the result of `call` depends on, if it depends on any.
    pub(super) fn observe_dependencies(&self, call: &Call<'_>) -> Result<Condition, LimitExceeded> {
        let mut observed = Ok(None);
        self.look_at_files(call, &mut || {
            observed = Dependencies::observe(&call.fetch.depends_on, &call.directory()).map(Some);
        });
        let program =
            call.fetch.depends_on_program.then(|| Program::observe(program::file_of(call.invocation).as_deref()));
        Ok(Condition { dependencies: observed?, program, lifetime: None })
    }

    /// Runs `work` if the result of `call` depends on files. The deadline holds, as files may be many, large or remote.
    fn look_at_files(&self, call: &Call<'_>, work: &mut dyn FnMut()) {
        match call.deadline {
            _ if call.fetch.depends_on.is_empty() => {}
            Some(deadline) => (self.host.within)(deadline, work),
            None => work(),
        }
    }
}
