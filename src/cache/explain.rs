//! What a call would find, and why: everything that decides, without deciding it for anybody.

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;
use std::time::Duration;

use super::conduct::{directory, time_to};
use super::{Call, Engine, Unusable};
use crate::dependencies::change::ChangedFile;
use crate::flight::Observed;
use crate::model::difference::{Difference, between, distance};
use crate::model::function::Function;
use crate::model::key::{Key, KeyParts};
use crate::model::nearest::Nearest;
use crate::model::time::Timestamp;
use crate::policy::reason::{Reason, reasons};
use crate::policy::{Decision, Freshness, decide, freshness};
use crate::store::{Entry, Failure, Recipe, Selected, Selector, SqliteStore, Store};

/// How many other entries are looked for where there is none.
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
    /// What would be done for it.
    pub decision: Decision,
    /// How what is stored stands.
    pub freshness: Freshness,
    /// What is stored.
    pub found: Option<Found>,
    /// Something is stored, and is damaged.
    pub is_damaged: bool,
    /// The fetch in progress.
    pub flight: Option<Observed>,
    /// Background fetches that failed since the last that did not.
    pub failure: Option<Failure>,
    /// Entries of the same command with other keys, the most similar first; looked for where nothing is stored.
    pub nearest: Vec<Near>,
}

/// An entry, and how it stands.
#[derive(Clone, Debug)]
pub struct Found {
    /// The entry.
    pub entry: Entry,
    /// How it is fetched; `None` if that is damaged.
    pub recipe: Option<Recipe>,
    /// For how long it is fresh; `None` if it is a failure and failures are not asked for.
    pub ttl: Option<Duration>,
    /// Why it is not fresh; nothing if it is.
    pub reasons: Vec<Reason>,
    /// The files that have changed, where that is a reason; nothing if none were looked at when it was fetched.
    pub changed: Vec<ChangedFile>,
}

/// An entry that somebody may have expected to find.
#[derive(Clone, Debug)]
pub struct Near {
    /// Its key.
    pub key: Key,
    /// Its command.
    pub recipe: Recipe,
    /// Where its key is another.
    pub differences: Vec<Difference>,
}

impl Failure {
    /// For how long no background fetch is attempted, at `now`.
    pub fn holds_back(&self, now: Timestamp) -> Option<Duration> {
        time_to(self.retry_at, now)
    }
}

impl Engine {
    /// What [`get`](Self::get) would find and do. Runs nothing, changes nothing, and counts as no hit.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn explain(&self, call: &Call<'_>) -> Result<Explanation, Unusable> {
        let (parts, key) = call.identity()?;
        let now = Timestamp::now();
        let store = self.open_readable()?;
        let entry = store.as_ref().map(|store| store.lookup(&key)).transpose()?.flatten();
        let facts = self.facts(store.as_ref(), entry.as_ref(), call, None);
        let failure = store.as_ref().map(|store| store.failure(&key)).transpose()?.flatten();
        let (nearest, is_damaged) = match &store {
            Some(store) if entry.is_none() => (nearest(store, call, &parts)?, store.has(&key)?),
            _ => (Vec::new(), false),
        };
        let found = match (store, entry, &facts) {
            (Some(store), Some(entry), Some(facts)) => {
                let reasons = reasons(facts, call.policy, now);
                let recipe = store.select(&Selector::Key(key), 1)?.pop().map(|selected| selected.recipe);
                let changed = match reasons.contains(&Reason::Dependencies) {
                    true => changes(&store, &entry, call)?,
                    false => Vec::new(),
                };
                Some(Found { entry, recipe, ttl: call.policy.ttl_of(facts), reasons, changed })
            }
            _ => None,
        };
        Ok(Explanation {
            now,
            key,
            decision: decide(facts.as_ref(), call.policy, now),
            freshness: freshness(facts.as_ref(), call.policy, now),
            found,
            is_damaged,
            flight: self.in_progress()?.remove(&key),
            failure,
            nearest,
            parts,
        })
    }
}

fn changes(store: &SqliteStore, entry: &Entry, call: &Call<'_>) -> Result<Vec<ChangedFile>, Unusable> {
    let known = store.condition(entry)?.and_then(|condition| condition.dependencies);
    let changes = known.map(|known| known.changes(&call.fetch.depends_on, &directory(call.invocation)));
    Ok(changes.transpose()?.unwrap_or_default())
}

/// The name of a command, or of a shell function.
fn called(argv: &[OsString]) -> Option<&OsStr> {
    Function::of(argv).map(|function| function.name).or(argv.first().map(OsString::as_os_str))
}

/// Looks at every entry, and remembers a few.
fn nearest(store: &SqliteStore, call: &Call<'_>, asked: &KeyParts) -> Result<Vec<Near>, Unusable> {
    let mut nearest = Nearest::new(NEAREST);
    store.visit(&Selector::All, &mut |Selected { key, parts, recipe }| {
        let is_same_program = called(&recipe.argv) == called(&call.invocation.argv);
        let has_its_name = parts.key.is_some() && parts.key == asked.key;
        // The entry of this very key is no other one; it is damaged.
        if parts != *asked && (is_same_program || has_its_name) {
            let differences = between(&parts, asked);
            nearest.show(distance(&differences), || Near { key, recipe, differences });
        }
        ControlFlow::Continue(())
    })?;
    Ok(nearest.into_found())
}
