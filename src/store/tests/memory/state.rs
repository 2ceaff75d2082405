//! What the store in memory keeps.

use std::collections::BTreeMap;

use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::store::*;

/// Which calls a barrier concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "shared"), expect(dead_code, reason = "nothing is shared"))]
pub(super) enum Of {
    All,
    /// Shared calls; the server has been told.
    Told,
    /// Shared calls; the log of the server has it.
    Log,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) exists: bool,
    pub(super) entries: BTreeMap<Key, (Detail, Vec<u8>)>,
    pub(super) failures: BTreeMap<Key, Failure>,
    pub(super) barriers: Vec<(Selector, Change, Of)>,
    /// The entries of shared calls, with where they stand.
    pub(super) shared: BTreeMap<Key, (ResultId, Option<Standing>)>,
    #[cfg(feature = "shared")]
    pub(super) fleet: super::fleet::State,
    pub(super) noted: Vec<Event>,
    pub(super) counted: Vec<Event>,
    pub(super) results: u64,
}

impl State {
    pub(super) fn change_since(
        &self,
        key: &Key,
        parts: &KeyParts,
        recipe: &Recipe,
        since: Mark,
        is_shared: bool,
    ) -> Change {
        let Some(barriers) = self.barriers.get(since.0 as usize..) else { return Change::Invalidated };
        let hit = |change| {
            barriers.iter().any(|(selector, found, of)| {
                *found == change && (is_shared || *of == Of::All) && selector.matches(key, parts, recipe)
            })
        };
        match (hit(Change::Deleted), hit(Change::Overtaken), hit(Change::Invalidated)) {
            (true, ..) | (_, true, true) => Change::Deleted,
            (_, true, false) => Change::Overtaken,
            (_, false, true) => Change::Invalidated,
            _ => Change::None,
        }
    }

    pub(super) fn selected(&self, selector: &Selector) -> Vec<Selected> {
        let is_selected = |detail: &&Detail| match selector {
            Selector::Key(key) => detail.summary.key == *key,
            selector => selector.matches(&detail.summary.key, &detail.parts, &detail.recipe),
        };
        self.entries.values().map(|(detail, _)| detail).filter(is_selected).map(Detail::selected).collect()
    }

    pub(super) fn is_shared(&self, key: &Key) -> bool {
        let result = self.entries.get(key).map(|(detail, _)| detail.result);
        self.shared.get(key).is_some_and(|(shared, _)| Some(*shared) == result)
    }

    /// Of those that are selected, all or the entries of shared calls.
    fn concerned(&self, selector: &Selector, of: Of) -> Vec<Selected> {
        let mut selected = self.selected(selector);
        selected.retain(|selected| of == Of::All || self.is_shared(&selected.key));
        selected
    }

    pub(super) fn invalidate(&mut self, selector: &Selector, of: Of) -> Vec<Selected> {
        self.barriers.push((selector.clone(), Change::Invalidated, of));
        let selected = self.concerned(selector, of);
        for selected in &selected {
            self.entries.entry(selected.key).and_modify(|(detail, _)| detail.summary.invalidated = true);
        }
        selected
    }

    pub(super) fn delete(&mut self, selector: &Selector, of: Of) -> u64 {
        self.barriers.push((selector.clone(), Change::Deleted, of));
        let selected = self.concerned(selector, of);
        selected.iter().for_each(|selected| self.remove(&selected.key));
        selected.len() as u64
    }

    /// The entry as lists show it.
    pub(super) fn detail(&self, key: &Key) -> Option<Detail> {
        let (detail, _) = self.entries.get(key)?;
        Some(Detail { failure: self.failures.get(key).cloned(), ..detail.clone() })
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.entries.remove(key);
        self.failures.remove(key);
    }

    pub(super) fn size(&self) -> u64 {
        self.entries.values().map(|(detail, _)| detail.summary.size).sum()
    }

    #[cfg(feature = "shared")]
    fn is_of_epoch(&self, new: &NewEntry<'_>) -> bool {
        let is_of = |standing: &Standing| self.fleet.epoch(standing.log) == Some(standing.epoch);
        new.origin.standing().is_none_or(is_of)
    }

    #[cfg(not(feature = "shared"))]
    fn is_of_epoch(&self, _: &NewEntry<'_>) -> bool {
        true
    }

    fn is_reached(&self, new: &NewEntry<'_>) -> bool {
        let Origin::Copied(copied) = new.origin else { return false };
        let there = self
            .shared
            .get(&new.summary.key)
            .filter(|_| self.is_shared(&new.summary.key))
            .and_then(|(_, standing)| *standing);
        there.is_some_and(|there| there.epoch == copied.epoch && there.fence >= copied.fence)
    }

    pub(super) fn insert(&mut self, new: &NewEntry<'_>, body: Vec<u8>, since: Mark) -> Stored {
        let key = new.summary.key;
        let change = self.change_since(&key, new.parts, new.recipe, since, new.origin.is_shared());
        let is_newer = |(there, _): &(Detail, Vec<u8>)| {
            (new.summary.fetched_at..=Timestamp::now()).contains(&there.summary.fetched_at)
                && there.summary.fetched_at != new.summary.fetched_at
        };
        match change {
            Change::Deleted => return Stored::Deleted,
            Change::Overtaken if !new.is_by_hand => return Stored::Overtaken,
            _ if new.is_late && self.entries.get(&key).is_some_and(is_newer) => return Stored::Overtaken,
            _ if self.is_reached(new) => return Stored::Overtaken,
            _ => {}
        }
        if new.is_by_hand {
            self.barriers.push((Selector::Key(key), Change::Overtaken, Of::All));
        }
        self.results += 1;
        let result = ResultId::from_bits(self.results);
        let invalidated = new.summary.invalidated || change == Change::Invalidated || !self.is_of_epoch(new);
        self.shared.remove(&key);
        if new.origin.is_shared() {
            self.shared.insert(key, (result, new.origin.standing().copied()));
        }
        let detail = Detail {
            locator: Locator(new.summary.key.first_bits()),
            summary: Summary { invalidated, ..new.summary },
            parts: new.parts.clone(),
            recipe: new.recipe.clone(),
            result,
            condition: new.condition.clone(),
            usage: self.entries.get(&new.summary.key).map(|(detail, _)| detail.usage).unwrap_or_default(),
            failure: None,
        };
        self.entries.insert(new.summary.key, (detail, body));
        self.failures.remove(&new.summary.key);
        if invalidated { Stored::Invalidated(result) } else { Stored::Fresh(result) }
    }
}
