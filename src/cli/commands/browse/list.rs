//! The list: which entries it has, which of them are on the screen, and which one is selected.
//!
//! It keeps the locators of its entries, and the details of those on the screen. The answer to a new query replaces
//! the list when it fills the screen; until then the list stays as it was, which avoids flicker.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::time::Duration;

use super::walk::{Query, Walk};
use crate::cache::{Engine, Unusable};
use crate::cli::render::entry::Criteria;
use crate::store::{Backend, Detail, Locator, Order};

/// After this time, an unfinished answer is shown.
const PATIENCE: Duration = Duration::from_millis(150);

pub struct List {
    /// The list as it is shown.
    walk: Walk,
    /// The walk that will replace it, and whether that answers another query.
    next: Option<(Walk, bool)>,
    pub selected: usize,
    /// The index of the first entry on the screen.
    pub top: usize,
    /// How many entries fit on the screen.
    rows: usize,
    details: BTreeMap<Locator, Detail>,
    /// The details have to be read again.
    is_outdated: bool,
}

impl List {
    pub fn new(query: Query) -> Self {
        let walk = Walk::new(query);
        Self { walk, next: None, selected: 0, top: 0, rows: 1, details: BTreeMap::new(), is_outdated: true }
    }

    /// How many entries are known.
    pub fn len(&self) -> usize {
        self.walk.found.len()
    }

    /// The query that the list answers, or is about to answer.
    pub fn query(&self) -> &Query {
        self.next.as_ref().map_or(&self.walk.query, |(next, _)| &next.query)
    }

    /// Whether `len` is the number of all entries that match.
    pub fn is_complete(&self) -> bool {
        self.walk.is_over && !self.is_asked()
    }

    /// How many entries a walk has read, if it takes longer than [`PATIENCE`].
    pub fn progress(&self) -> Option<u64> {
        let busy = match &self.next {
            Some((next, true)) => next,
            _ if self.is_walking() => &self.walk,
            _ => return None,
        };
        (busy.elapsed() > PATIENCE).then_some(busy.read)
    }

    /// How long the last walk took.
    pub fn took(&self) -> Duration {
        self.walk.took
    }

    /// The entries on the screen; `None` for one that is not known yet.
    pub fn shown(&self) -> impl Iterator<Item = (usize, Option<&Detail>)> {
        self.on_screen().map(|index| (index, self.detail(index)))
    }

    /// The selected entry.
    pub fn selection(&self) -> Option<&Detail> {
        self.detail(self.selected)
    }

    fn detail(&self, index: usize) -> Option<&Detail> {
        self.details.get(&self.at(index)?)
    }

    fn on_screen(&self) -> Range<usize> {
        self.top..self.len().min(self.top + self.rows)
    }

    fn is_reversed(&self) -> bool {
        self.walk.query.order == Order::OldestFirst
    }

    fn at(&self, index: usize) -> Option<Locator> {
        let found = &self.walk.found;
        let index = if self.is_reversed() { found.len().checked_sub(index + 1)? } else { index };
        found.get(index).copied()
    }

    /// Moves the selection down by `steps`, or up if `steps` is negative.
    pub fn go(&mut self, steps: isize) {
        self.select(self.selected.saturating_add_signed(steps));
    }

    /// Selects the entry at `index`, or the last entry.
    pub fn select(&mut self, index: usize) {
        self.selected = index.min(self.len().saturating_sub(1));
        self.top = self.top.clamp(self.selected.saturating_sub(self.rows - 1), self.selected);
        // No empty rows at the end.
        self.top = self.top.min(self.len().saturating_sub(self.rows));
    }

    /// Selects the first or the last of all entries, which may have to be read.
    pub fn go_to_end(&mut self, order: Order) {
        let is_known = self.walk.is_over || self.walk.query.order == order;
        match order {
            _ if !is_known && !self.is_asked() => self.ask(Query { order, ..self.walk.query.clone() }),
            Order::NewestFirst => self.select(0),
            Order::OldestFirst => self.select(usize::MAX),
        }
    }

    /// How many entries fit on the screen.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Sets how many entries fit on the screen.
    pub fn set_rows(&mut self, rows: usize) {
        self.rows = rows.max(1);
        self.select(self.selected);
    }

    /// Begins to answer another query.
    pub fn ask(&mut self, query: Query) {
        self.next = Some((Walk::new(query), true));
    }

    /// Reads the list again, from its beginning.
    pub fn reload(&mut self) {
        self.is_outdated = true;
        if self.next.is_none() {
            self.next = Some((Walk::new(self.walk.query.clone()), false));
        }
    }

    /// How many entries the walk has to find: those up to the screen's last row, and one screen more.
    fn wanted(&self) -> usize {
        let looked_at = if self.is_reversed() { self.len() - self.top } else { self.top + self.rows };
        looked_at + self.rows
    }

    /// Whether another query is being answered.
    fn is_asked(&self) -> bool {
        self.next.as_ref().is_some_and(|(_, is_other)| *is_other)
    }

    /// Whether there is nothing left to read.
    pub fn is_idle(&self) -> bool {
        self.next.is_none() && !self.is_walking()
    }

    fn is_walking(&self) -> bool {
        !self.walk.is_over && self.len() < self.wanted()
    }

    /// Does a piece of work; returns whether there is more to do.
    pub fn work<B: Backend>(&mut self, engine: &Engine<B>, criteria: &Criteria) -> Result<bool, Unusable> {
        let wanted = self.wanted();
        if let Some((next, is_other)) = &mut self.next {
            next.step(engine, criteria)?;
            let enough = if *is_other { self.rows * 2 } else { wanted.max(self.walk.found.len()) };
            if next.is_over || next.found.len() >= enough || (*is_other && next.elapsed() > PATIENCE) {
                self.replace();
            }
        } else if self.is_walking() {
            let known = self.len();
            self.walk.step(engine, criteria)?;
            if self.is_reversed() {
                let more = self.len() - known;
                (self.selected, self.top) = (self.selected + more, self.top + more);
            }
        }
        self.read_shown(engine)?;
        Ok(!self.is_idle())
    }

    fn replace(&mut self) {
        let Some((next, is_other)) = self.next.take() else { return };
        let selected = self.at(self.selected);
        let row = self.selected - self.top;
        self.walk = next;
        self.is_outdated = true;
        if is_other {
            let last = if self.is_reversed() { self.len() } else { 0 };
            self.top = last;
            return self.select(last);
        }
        let found = (0..self.len()).find(|index| self.at(*index) == selected);
        let index = found.unwrap_or(self.selected);
        self.top = index.saturating_sub(row);
        self.select(index);
    }

    /// Reads the details of the entries on the screen; drops entries that no longer exist.
    fn read_shown<B: Backend>(&mut self, engine: &Engine<B>) -> Result<(), Unusable> {
        for _ in 0..3 {
            let locators: Vec<Locator> = self.on_screen().filter_map(|index| self.at(index)).collect();
            if !self.is_outdated && locators.iter().all(|locator| self.details.contains_key(locator)) {
                return Ok(());
            }
            let mut details = BTreeMap::new();
            engine.details_at(&mut locators.iter().copied(), &mut |detail| {
                details.insert(detail.locator, detail);
                ControlFlow::Continue(())
            })?;
            self.details = details;
            self.is_outdated = false;
            let is_gone = |locator: &Locator| locators.contains(locator) && !self.details.contains_key(locator);
            let gone: Vec<Locator> = locators.iter().copied().filter(is_gone).collect();
            if gone.is_empty() {
                return Ok(());
            }
            self.walk.found.retain(|locator| !gone.contains(locator));
            self.select(self.selected);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
