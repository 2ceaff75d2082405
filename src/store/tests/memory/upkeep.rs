//! Looking after the store in memory.

use std::cmp::Reverse;
use std::time::Duration;

use super::MemoryStore;
use super::state::State;
use crate::model::key::Key;
use crate::store::*;

impl State {
    /// The keys of what a sweep removes.
    fn due(&self, sweep: &Sweep) -> Vec<Key> {
        let mut entries: Vec<&Detail> = self.entries.values().map(|(detail, _)| detail).collect();
        entries.sort_by_key(|detail| Reverse(detail.summary.fetched_at));
        let is_old = |detail: &Detail| {
            let age = sweep.now.since(detail.summary.fetched_at).unwrap_or_default();
            detail.summary.expires_at <= sweep.now || sweep.older_than.is_some_and(|limit| age >= limit)
        };
        let keep = sweep.keep_last.map_or(usize::MAX, |last| last as usize);
        let (mut left, mut due): (Vec<_>, Vec<_>) =
            entries.into_iter().enumerate().partition(|(number, detail)| *number < keep && !is_old(detail));
        left.sort_by_key(|(_, detail)| detail.usage.last.unwrap_or(detail.summary.fetched_at));
        let mut size: u64 = left.iter().map(|(_, detail)| detail.summary.size).sum();
        for (number, detail) in left {
            if size <= sweep.limit {
                break;
            }
            size -= detail.summary.size;
            due.push((number, detail));
        }
        due.into_iter().map(|(_, detail)| detail.summary.key).collect()
    }
}

impl Upkeep for MemoryStore {
    fn sweep(&self, sweep: &Sweep) -> Result<u64, StoreError> {
        self.fold()?;
        let mut state = self.state();
        let due = state.due(sweep);
        due.iter().for_each(|key| drop(state.entries.remove(key)));
        let day = Duration::from_secs(24 * 60 * 60);
        let State { entries, failures, .. } = &mut *state;
        failures.retain(|key, failure| entries.contains_key(key) || failure.at.after(day) >= sweep.now);
        Ok(due.len() as u64)
    }

    fn would_sweep(&self, sweep: &Sweep) -> Result<u64, StoreError> {
        Ok(self.state().due(sweep).len() as u64)
    }

    fn compact(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn fold(&self) -> Result<(), StoreError> {
        let mut state = self.state();
        for event in std::mem::take(&mut state.noted) {
            state.counted.push(event);
            if let Some((Detail { usage, .. }, _)) = state.entries.get_mut(&event.key) {
                usage.hits += u64::from(event.kind == EventKind::Hit);
                usage.stale_hits += u64::from(event.kind == EventKind::StaleHit);
                usage.saved += event.saved;
                usage.last = usage.last.max(Some(event.at));
            }
        }
        Ok(())
    }

    fn statistics(&self, top: usize) -> Result<Statistics, StoreError> {
        let state = self.state();
        let activity = |event: &Event| Activity {
            hour: Some(Activity::hour_of(event.at)),
            kind: event.kind,
            count: 1,
            saved: event.saved,
        };
        let mut used: Vec<Detail> = state.entries.keys().filter_map(|key| state.detail(key)).collect();
        used.retain(|detail| detail.usage.served() > 0);
        used.sort_by_key(|detail| Reverse(detail.usage.saved));
        used.truncate(top);
        Ok(Statistics {
            entries: state.entries.len() as u64,
            bytes: state.size(),
            database: state.size(),
            activity: state.counted.iter().map(activity).collect(),
            top: used,
        })
    }

    fn reset_statistics(&self) -> Result<(), StoreError> {
        self.fold()?;
        let mut state = self.state();
        state.counted.clear();
        for (Detail { usage, .. }, _) in state.entries.values_mut() {
            *usage = Usage { last: usage.last, ..Usage::default() };
        }
        Ok(())
    }
}
