//! Changes to what is stored, made without a fetch: invalidate and set.

use std::path::PathBuf;
use std::time::Duration;

use super::call::directory;
use super::framed::{Framed, framed_size};
use super::refresh::Invalidated;
use super::{Engine, Unusable};
use crate::dependencies::{Dependencies, Program};
use crate::fetch::program;
use crate::model::input::Input;
use crate::model::invocation::Invocation;
use crate::model::key::KeyParts;
use crate::model::time::Timestamp;
use crate::policy::{FetchPolicy, Policy};
use crate::store::{Backend, Condition, NewEntry, Origin, Recipe, Selected, Selector, Store, StoreError, Summary};

/// What to store a result as.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What it is the result of.
    pub invocation: Invocation,
    /// What its key is made of.
    pub parts: KeyParts,
    /// How long to keep it, and whether failures may be stored.
    pub policy: Policy,
    /// How a refresh is to fetch it.
    pub fetch: FetchPolicy,
    /// For how long it is fresh at most, whatever its readers' ttl is.
    pub lifetime: Option<Duration>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// Its calls are shared: what other hosts invalidate or delete concerns it.
    pub is_shared: bool,
}

impl From<&Selected> for Setting {
    fn from(selected: &Selected) -> Self {
        Self {
            invocation: selected.recipe.invocation(),
            parts: selected.parts.clone(),
            policy: selected.recipe.policy(),
            fetch: selected.recipe.fetch.clone(),
            lifetime: None,
            fetched_at: Timestamp::now(),
            is_shared: false,
        }
    }
}

impl Setting {
    /// Where its command runs.
    pub fn directory(&self) -> PathBuf {
        directory(&self.invocation)
    }

    /// Whether a result with this exit status is a failure.
    pub fn is_failure(&self, exit: u8) -> bool {
        self.policy.failure_ttl.is_some() && !self.policy.cache_exit.contains(exit)
    }
}

impl<B: Backend> Engine<B> {
    /// Marks what is selected stale. Returns what was marked, so that it can be refreshed.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been marked.
    pub fn invalidate(&self, selector: &Selector) -> Result<Invalidated, Unusable> {
        let invalidate = || {
            let Some(store) = self.backend.open_for_change()? else { return Ok(Invalidated::default()) };
            let mark = Some(store.mark()?);
            Ok(Invalidated { entries: store.invalidate(selector)?, mark })
        };
        Ok(self.replacing_damaged(invalidate)?)
    }

    /// Stores `output` as what the command writes to standard output, and `exit` as its status, as if it had been
    /// fetched.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been stored.
    pub fn set(&self, setting: &Setting, output: &Input, exit: u8) -> Result<(), Unusable> {
        let Setting { invocation, parts, policy, fetch, lifetime, fetched_at, is_shared } = setting;
        let read = |source| Unusable::Store(StoreError::of_transcript(source));
        let directory = setting.directory();
        let size = output.open().and_then(|file| file.metadata()).map_err(read)?.len();
        let patterns = &fetch.depends_on;
        let dependencies = (!patterns.is_empty()).then(|| Dependencies::observe(patterns, &directory)).transpose()?;
        let program = fetch.depends_on_program.then(|| Program::observe(program::file_of(invocation).as_deref()));
        let condition = Condition { lifetime: *lifetime, dependencies, program };
        let recipe = Recipe::new(invocation, &directory, fetch, policy);
        let (key, store) = (parts.to_key(), self.backend.create()?);
        // The entry of a shared call stays one. Otherwise the next shared call would not accept it.
        let is_shared = *is_shared || store.lookup(&key)?.is_some_and(|entry| entry.is_shared);
        let summary = Summary {
            exit,
            is_failure: setting.is_failure(exit),
            size: framed_size(size),
            ..Summary::new(key, *fetched_at, policy.keep)
        };
        let origin = if is_shared { Origin::Shared } else { Origin::Own };
        let (recipe, condition) = (&recipe, &condition);
        let new = NewEntry { summary, parts, recipe, condition, is_by_hand: true, is_late: false, origin };
        let since = store.mark()?;
        store.store(&new, &mut Framed::new(output.open().map_err(read)?, size), since)?;
        Ok(())
    }
}
