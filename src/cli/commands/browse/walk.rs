//! Reads entries piece by piece, to search, to sort, or to show the first ones.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::filter::Filter;
use crate::cache::{Engine, Unusable};
use crate::cli::args::upkeep::SortColumn;
use crate::cli::commands::list::sort::Sorter;
use crate::cli::render::entry::Criteria;
use crate::store::{Backend, Detail, Locator, Order, Rank, Start};

/// Entries that are read in one piece: as many as the database reads in one transaction.
const PIECE: usize = 256;
/// The most entries of a sorted list.
pub const SORTED: u64 = 10_000;

/// Which entries, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub filter: Filter,
    pub sort: SortColumn,
    /// Which end of the list is read first, if it is sorted by age.
    pub order: Order,
}

/// A query that is being answered.
pub struct Walk {
    pub query: Query,
    /// The matching entries, in the order of the walk.
    pub found: Vec<Locator>,
    /// The matching entries that are still to be sorted.
    sorter: Option<Sorter<Locator>>,
    last: Option<Rank>,
    /// How many entries were read.
    pub read: u64,
    /// Every entry has been read.
    pub is_over: bool,
    began: Instant,
    /// How much time was spent reading.
    pub took: Duration,
}

impl Walk {
    pub fn new(query: Query) -> Self {
        let sorter = (query.sort != SortColumn::Age).then(|| Sorter::new(query.sort, Some(SORTED)));
        Self {
            query,
            found: Vec::new(),
            sorter,
            last: None,
            read: 0,
            is_over: false,
            began: Instant::now(),
            took: Duration::ZERO,
        }
    }

    /// The time since the walk began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Reads the next piece.
    pub fn step<B: Backend>(&mut self, engine: &Engine<B>, criteria: &Criteria) -> Result<(), Unusable> {
        let begins = Instant::now();
        let order = if self.sorter.is_some() { Order::NewestFirst } else { self.query.order };
        let mut read = 0;
        engine.details_from(Start { order, after: self.last }, &[], &mut |detail| {
            read += 1;
            self.add(&detail, criteria);
            if read == PIECE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if read < PIECE {
            self.is_over = true;
            self.found.extend(self.sorter.take().into_iter().flat_map(Sorter::locators));
        }
        self.took += begins.elapsed();
        Ok(())
    }

    fn add(&mut self, detail: &Detail, criteria: &Criteria) {
        self.read += 1;
        self.last = Some(detail.rank());
        if self.query.filter.matches(detail, criteria) {
            match &mut self.sorter {
                Some(sorter) => sorter.add(&criteria.assess(detail), detail.locator),
                None => self.found.push(detail.locator),
            }
        }
    }
}
