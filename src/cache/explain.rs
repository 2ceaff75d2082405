//! What a call would find, and why. Nothing is run or changed.

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;
use std::time::Duration;

use super::{Call, Engine, Lookup, Unusable};
use crate::dependencies::change::ChangedFile;
use crate::dependencies::{Program, ProgramChange};
use crate::fetch::program;
use crate::flight::Leader;
use crate::model::difference::{Difference, between, distance};
use crate::model::function::Function;
use crate::model::key::{Key, KeyParts};
use crate::model::nearest::Nearest;
use crate::model::time::Timestamp;
use crate::policy::reason::{Reason, reasons};
use crate::policy::{Decision, Freshness};
use crate::store::{Backend, Entry, Failure, Recipe, Selected, Selector, Store};

/// How many similar entries are looked for if there is no entry.
const NEAREST: usize = 3;

/// What a call would find at one moment.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The moment.
    pub now: Timestamp,
    /// What its key is made of.
    pub parts: KeyParts,
    /// Its key.
    pub key: Key,
    /// What the call would do.
    pub decision: Decision,
    /// Whether what is stored is fresh.
    pub freshness: Freshness,
    /// What is stored.
    pub found: Option<Found>,
    /// Whether something is stored that is damaged.
    pub is_damaged: bool,
    /// The fetch in progress.
    pub flight: Option<Leader>,
    /// How many background fetches of the database run, and how many may run; `None` without a limit.
    pub refreshes: Option<(u32, u32)>,
    /// Background fetches that failed since the last that did not.
    pub failure: Option<Failure>,
    /// Entries of the same command with other keys, the most similar first; looked for where nothing is stored.
    pub nearest: Vec<SimilarEntry>,
}

/// An entry, and why it is not fresh if it is not.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entry.
    pub entry: Entry,
    /// How it is fetched; `None` if that is damaged.
    pub recipe: Option<Recipe>,
    /// For how long it is fresh; `None` if it is a failure and the policy stores none.
    pub ttl: Option<Duration>,
    /// How much shorter that is because of the jitter.
    pub jitter: Duration,
    /// Why it is not fresh; nothing if it is.
    pub reasons: Vec<Reason>,
    /// The files that have changed, where that is a reason; nothing if none were looked at when it was fetched.
    pub changed: Vec<ChangedFile>,
    /// How the program has changed, where that is a reason.
    pub program: Option<ProgramChange>,
}

/// An entry that the user may have expected to find.
#[derive(Clone, Debug)]
pub struct SimilarEntry {
    /// Its key.
    pub key: Key,
    /// Its command.
    pub recipe: Recipe,
    /// Where its key differs.
    pub differences: Vec<Difference>,
}

impl<B: Backend> Engine<B> {
    /// What [`get`](Self::get) would find and do. Runs nothing, changes nothing, and counts as no hit.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn explain(&self, call: &Call<'_>) -> Result<Explanation, Unusable> {
        let store = self.backend.open_readable()?;
        let (mut failure, mut is_damaged, mut nearest, mut entry) = (None, false, Vec::new(), None);
        if let Some(store) = &store {
            failure = store.failure(&call.key)?;
            entry = store.lookup(&call.key)?;
            if entry.is_none() {
                is_damaged = store.has(&call.key)?;
                nearest = find_nearest(store, call)?;
            }
        }
        let found = self.judged(call, store, entry);
        Ok(Explanation {
            now: found.judged_at,
            key: call.key,
            parts: call.parts.clone(),
            decision: found.decision(call),
            freshness: found.freshness,
            is_damaged,
            flight: self.in_progress()?.remove(&call.key),
            refreshes: self.refreshes()?,
            failure,
            nearest,
            found: Found::of(call, found)?,
        })
    }
}

impl Found {
    fn of<B: Backend>(call: &Call<'_>, found: Lookup<B>) -> Result<Option<Self>, Unusable> {
        let Lookup { store: Some(store), entry: Some(entry), facts: Some(facts), judged_at, .. } = found else {
            return Ok(None);
        };
        let reasons = reasons(&facts, call.policy, judged_at);
        let recipe = store.select(&Selector::Key(entry.summary.key), 1)?.pop().map(|selected| selected.recipe);
        let changed = match reasons.contains(&Reason::Dependencies) {
            true => changes(&store, &entry, call)?,
            false => Vec::new(),
        };
        let program = match reasons.contains(&Reason::Program) {
            true => {
                let known = store.condition(&entry)?.and_then(|condition| condition.program);
                let change = |known: Program| known.change(program::file_of(call.invocation).as_deref());
                known.map_or(Some(ProgramChange::Unknown), change)
            }
            false => None,
        };
        let (ttl, jitter) = (call.policy.ttl_of(&facts), call.policy.jitter_of(&facts));
        Ok(Some(Self { entry, recipe, ttl, jitter, reasons, changed, program }))
    }
}

fn changes(store: &impl Store, entry: &Entry, call: &Call<'_>) -> Result<Vec<ChangedFile>, Unusable> {
    let known = store.condition(entry)?.and_then(|condition| condition.dependencies);
    let changes = known.map(|known| known.changes(&call.fetch.depends_on, &call.directory()));
    Ok(changes.transpose()?.unwrap_or_default())
}

/// The name of a command, or of a shell function.
fn called(argv: &[OsString]) -> Option<&OsStr> {
    Function::of(argv).map(|function| function.name).or(argv.first().map(OsString::as_os_str))
}

/// Looks at every entry, and remembers a few.
fn find_nearest(store: &impl Store, call: &Call<'_>) -> Result<Vec<SimilarEntry>, Unusable> {
    let mut nearest = Nearest::new(NEAREST);
    store.visit(&Selector::All, &mut |Selected { key, parts, recipe }| {
        let is_same_program = called(&recipe.argv) == called(&call.invocation.argv);
        let has_its_name = parts.key.is_some() && parts.key == call.parts.key;
        // The entry of this very key is no other one; it is damaged.
        if parts != *call.parts && (is_same_program || has_its_name) {
            let differences = between(&parts, call.parts);
            nearest.show(distance(&differences), || SimilarEntry { key, recipe, differences });
        }
        ControlFlow::Continue(())
    })?;
    Ok(nearest.into_found())
}
