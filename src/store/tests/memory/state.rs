//! What the store in memory keeps.

use std::collections::BTreeMap;

use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::store::*;

#[derive(Default)]
pub(super) struct State {
    pub(super) exists: bool,
    pub(super) entries: BTreeMap<Key, (Detail, Vec<u8>)>,
    pub(super) failures: BTreeMap<Key, Failure>,
    pub(super) barriers: Vec<(Selector, Change)>,
    pub(super) noted: Vec<Event>,
    pub(super) counted: Vec<Event>,
    pub(super) results: u64,
}

impl State {
    pub(super) fn change_since(&self, key: &Key, parts: &KeyParts, recipe: &Recipe, since: Mark) -> Change {
        let Some(barriers) = self.barriers.get(since.0 as usize..) else { return Change::Invalidated };
        let hit =
            |change| barriers.iter().any(|(selector, found)| *found == change && selector.matches(key, parts, recipe));
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

    pub(super) fn insert(&mut self, new: &NewEntry<'_>, body: Vec<u8>, since: Mark) -> Stored {
        let change = self.change_since(&new.summary.key, new.parts, new.recipe, since);
        let is_newer = |(there, _): &(Detail, Vec<u8>)| {
            (new.summary.fetched_at..=Timestamp::now()).contains(&there.summary.fetched_at)
                && there.summary.fetched_at != new.summary.fetched_at
        };
        match change {
            Change::Deleted => return Stored::Deleted,
            Change::Overtaken if !new.is_by_hand => return Stored::Overtaken,
            _ if new.is_late && self.entries.get(&new.summary.key).is_some_and(is_newer) => return Stored::Overtaken,
            _ => {}
        }
        if new.is_by_hand {
            self.barriers.push((Selector::Key(new.summary.key), Change::Overtaken));
        }
        self.results += 1;
        let result = ResultId::from_bits(self.results);
        let invalidated = new.summary.invalidated || change == Change::Invalidated;
        let detail = Detail {
            position: Position(new.summary.key.first_bits()),
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
