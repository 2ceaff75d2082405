//! Sorts entries by a column. In memory are only the value in that column and the locator of each entry.

use crate::cli::args::upkeep::SortColumn;
use crate::cli::render::entry::{Assessment, State};

/// Takes entries in and gives their locators back in order, at most `limit` of them.
pub struct Sorter<Locator> {
    column: SortColumn,
    limit: usize,
    found: Vec<(Value, Locator)>,
}

/// What entries are compared by; smaller values come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    /// The beginning of a key.
    Key(u64),
    State(State),
    Number(i64),
    Text(Box<str>),
}

impl<Locator: Ord> Sorter<Locator> {
    pub fn new(column: SortColumn, limit: Option<u64>) -> Self {
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        Self { column, limit, found: Vec::new() }
    }

    pub fn add(&mut self, assessment: &Assessment<'_>, locator: Locator) {
        let detail = assessment.detail;
        let value = match self.column {
            SortColumn::Id => Value::Key(detail.summary.key.first_bits()),
            SortColumn::State => Value::State(assessment.state),
            SortColumn::Age => Value::Number(detail.summary.fetched_at.as_millis().saturating_neg()),
            SortColumn::Ttl => Value::Number((assessment.ttl_left() * 1000.0) as i64),
            SortColumn::Size => largest_first(detail.summary.size),
            SortColumn::Took => largest_first(u64::try_from(detail.summary.took.as_micros()).unwrap_or(u64::MAX)),
            SortColumn::Hits => largest_first(detail.usage.served()),
            SortColumn::Command => Value::Text(assessment.command().into()),
        };
        self.found.push((value, locator));
        // At most twice the limit is kept, and each entry is moved once or twice on average.
        if self.found.len() / 2 >= self.limit.max(1024) {
            self.found.select_nth_unstable(self.limit);
            self.found.truncate(self.limit);
        }
    }

    /// The locators in order.
    pub fn locators(mut self) -> impl Iterator<Item = Locator> {
        self.found.sort_unstable();
        self.found.truncate(self.limit);
        self.found.into_iter().map(|(_, locator)| locator)
    }
}

fn largest_first(number: u64) -> Value {
    Value::Number(i64::try_from(number).unwrap_or(i64::MAX).saturating_neg())
}
