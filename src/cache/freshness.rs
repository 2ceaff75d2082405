//! What decides about an entry for one call, and noting how the call went.

use std::time::Instant;

use super::conduct::directory;
use super::{Call, Engine};
use crate::dependencies::{Dependencies, TooMuch};
use crate::fetch::detach;
use crate::model::exit::ExitStatus;
use crate::policy::EntryFacts;
use crate::store::local::tally::{self, Noted};
use crate::store::{Condition, Entry, Event, Place, SqliteStore, Store};
use crate::sys::deadline::within;

impl Call<'_> {
    /// What the files look like that its result depends on, if it depends on any. Ends this process at `deadline`.
    ///
    /// # Errors
    ///
    /// They are too many, or too large.
    pub(super) fn observe_dependencies(&self, deadline: Option<Instant>) -> Result<Option<Dependencies>, TooMuch> {
        let patterns = &self.fetch.depends_on;
        let observe = || Dependencies::observe(patterns, &directory(self.invocation));
        (!patterns.is_empty()).then(|| self.looking_at_files(deadline, observe)).transpose()
    }

    /// Runs `work`, which looks at the files that the result depends on: there may be many, large or far away.
    fn looking_at_files<T>(&self, deadline: Option<Instant>, work: impl FnOnce() -> T) -> T {
        match deadline {
            Some(deadline) if !self.fetch.depends_on.is_empty() => within(deadline, ExitStatus::TimedOut.code(), work),
            _ => work(),
        }
    }
}

impl Engine {
    /// What decides about `entry`, if there is one. Its condition is looked up, and files are looked at, only if `call`
    /// asks for that; this process ends if that takes until `deadline`.
    pub(super) fn facts(
        &self,
        store: Option<&SqliteStore>,
        entry: Option<&Entry>,
        call: &Call<'_>,
        deadline: Option<Instant>,
    ) -> Option<EntryFacts> {
        let entry = entry?;
        Some(call.looking_at_files(deadline, || self.facts_of(store, entry, call)))
    }

    fn facts_of(&self, store: Option<&SqliteStore>, entry: &Entry, call: &Call<'_>) -> EntryFacts {
        let facts = entry.facts();
        let patterns = &call.fetch.depends_on;
        if patterns.is_empty() && !entry.has_lifetime && !call.policy.honours_expiry {
            return facts;
        }
        let condition = self.condition(store, entry).unwrap_or_default();
        let unchanged = |condition: &Condition| {
            let dependencies = condition.dependencies.as_ref();
            dependencies.is_some_and(|known| known.hold(patterns, &directory(call.invocation)))
        };
        let dependencies_changed = !patterns.is_empty() && !unchanged(&condition);
        EntryFacts { lifetime: condition.lifetime, dependencies_changed, ..facts }
    }

    /// The condition of `entry`. What cannot be read is none, which is stale to those who ask for one.
    fn condition(&self, store: Option<&SqliteStore>, entry: &Entry) -> Option<Condition> {
        if let Some(store) = store {
            return store.condition(entry).ok().flatten();
        }
        let place = Place::check(&self.path).ok()?;
        match SqliteStore::peek_condition(&place, entry) {
            Some(condition) => condition,
            None => SqliteStore::open(&place).ok()??.condition(entry).ok().flatten(),
        }
    }

    /// Counts what happened. It is the counting that is given up where that cannot be done.
    pub(super) fn note(&self, event: Event) {
        let tally = self.tally.get_or_init(|| Place::tally_of(&self.path));
        let may_be_made = || Place::check(&self.path).is_ok_and(|place| place.refuse_ancestors().is_ok());
        if matches!(tally::add(&event, tally, may_be_made), Ok(Noted::WantsFolding)) {
            match self.is_in_host {
                true => self.prune(),
                false => drop(detach::in_background(|| self.prune())),
            }
        }
    }
}
