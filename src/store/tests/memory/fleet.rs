//! What the store in memory knows of other hosts.

use std::collections::BTreeMap;

use super::MemoryStore;
use super::state::Of;
use crate::store::fleet::{Contact, Known, LogAnswer, Missed, Queued, ServerId};
use crate::store::log::{BarrierKind, Position};
use crate::store::*;

#[derive(Default)]
pub(super) struct State {
    positions: BTreeMap<LogId, Position>,
    contacts: BTreeMap<ServerId, Contact>,
    queue: Vec<(LogId, Queued)>,
}

impl State {
    pub(super) fn epoch(&self, log: LogId) -> Option<[u8; 16]> {
        self.positions.get(&log).map(|position| position.epoch.0)
    }
}

impl super::state::State {
    fn change(&mut self, kind: BarrierKind, selector: &Selector, of: Of) {
        match kind {
            BarrierKind::Invalidate => drop(self.invalidate(selector, of)),
            BarrierKind::Delete => drop(self.delete(selector, of)),
        }
    }
}

impl Fleet for MemoryStore {
    fn known(&self, log: LogId) -> Result<Known, StoreError> {
        let mark = self.mark()?;
        let fleet = &self.state().fleet;
        let queued = fleet.queue.iter().filter(|(of, _)| *of == log).map(|(_, queued)| queued.clone()).collect();
        Ok(Known { mark, position: fleet.positions.get(&log).copied(), queued })
    }

    fn contact(&self, server: ServerId) -> Result<Option<Contact>, StoreError> {
        Ok(self.state().fleet.contacts.get(&server).copied())
    }

    fn catch_up(&self, answer: &LogAnswer<'_>) -> Result<Mark, StoreError> {
        let mut state = self.state();
        let changes = match (answer.missed)(state.fleet.positions.get(&answer.log)) {
            Missed::Nothing => None,
            Missed::Barriers(barriers) => Some(barriers),
            Missed::Everything => Some(vec![(BarrierKind::Invalidate, Selector::All)]),
        };
        if let Some(changes) = changes {
            changes.iter().for_each(|(kind, selector)| state.change(*kind, selector, Of::Log));
            state.fleet.positions.insert(answer.log, answer.now);
        }
        if let Some((server, new)) = answer.contact {
            let contact = state.fleet.contacts.entry(server).or_insert(new);
            *contact = if new.is_after(contact) { new } else { *contact };
        }
        let is_latest = state.fleet.positions.get(&answer.log) == Some(&answer.now);
        let is_of_log = state.barriers[answer.since.0 as usize..].iter().all(|(.., of)| *of == Of::Log);
        Ok(if is_latest && is_of_log { Mark(state.barriers.len() as i64) } else { answer.since })
    }

    fn announce(&self, log: LogId, queued: &Queued, found: &mut dyn FnMut(Selected)) -> Result<u64, StoreError> {
        let count = match queued.kind {
            BarrierKind::Invalidate => self.invalidate_each(&queued.selector, found).map(|()| 0),
            BarrierKind::Delete => self.delete(&queued.selector),
        }?;
        let mut state = self.state();
        let is_covered = |old: &Queued| {
            old.selector == queued.selector && (old.kind, queued.kind) != (BarrierKind::Delete, BarrierKind::Invalidate)
        };
        state.fleet.queue.retain(|(of, old)| *of != log || !is_covered(old));
        state.fleet.queue.push((log, queued.clone()));
        Ok(count)
    }

    fn announced(&self, queued: &Queued) -> Result<(), StoreError> {
        let mut state = self.state();
        state.change(queued.kind, &queued.selector, Of::Told);
        state.fleet.queue.retain(|(_, old)| old.tag != queued.tag);
        Ok(())
    }
}
