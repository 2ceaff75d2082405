//! The state of the browser, and the work that it does between keys.

use std::path::Path;
use std::time::{Duration, Instant};

use super::change::Changes;
use super::filter::Filter;
use super::list::List;
use super::preview::Preview;
use super::walk::Query;
use super::watch::{TICK, Watch};
use crate::cache::{Engine, Unusable};
use crate::cli::args::upkeep::SortColumn;
use crate::cli::render::entry::Criteria;
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::store::Order;
use crate::sys::process;

/// What the screen shows, and so what the next key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    List,
    /// The list, while the filter is typed.
    Filter,
    /// The output fills the screen.
    Output,
    /// The question whether to delete the selected entry.
    Question,
    Help,
}

/// A message in the last line, in place of the keys.
pub struct Note {
    pub text: String,
    pub is_error: bool,
    /// It says that this entry is refreshed.
    pub(super) refreshing: Option<Key>,
    until: Instant,
}

pub struct App<'a> {
    pub(super) engine: &'a Engine,
    pub(super) changes: Changes<'a>,
    pub(super) watch: Watch,
    pub path: &'a Path,
    pub criteria: Criteria,
    pub list: List,
    pub mode: Mode,
    /// What is shown behind the help or the question.
    pub(super) behind: Mode,
    pub filter: String,
    pub preview: Option<Preview>,
    /// The first line and column of the output or the help on the screen.
    pub scroll: (usize, usize),
    /// How many lines of the output or the help fit on the screen.
    pub page: usize,
    pub note: Option<Note>,
    /// How many entries there are; more than [`COUNTED`] are not counted.
    pub total: u64,
    pub(super) ticked: Option<Instant>,
}

/// The largest number of entries that is shown exactly.
pub const COUNTED: u64 = 10_000;
const NOTE: Duration = Duration::from_secs(5);

impl<'a> App<'a> {
    pub fn new(engine: &'a Engine, changes: Changes<'a>, criteria: Criteria, sort: SortColumn, filter: String) -> Self {
        let query = Query { filter: Filter::new(&filter), sort, order: Order::NewestFirst };
        Self {
            engine,
            changes,
            watch: Watch::of(engine),
            path: engine.path(),
            criteria,
            list: List::new(query),
            mode: Mode::List,
            behind: Mode::List,
            filter,
            preview: None,
            scroll: (0, 0),
            page: 1,
            note: None,
            total: 0,
            ticked: None,
        }
    }

    /// Does a piece of work; returns how long to wait for keys before the next piece.
    ///
    /// # Errors
    ///
    /// The database cannot be read now.
    pub fn work(&mut self) -> Result<Duration, Unusable> {
        self.criteria.now = Timestamp::now();
        if self.ticked.is_none_or(|ticked| ticked.elapsed() >= TICK) {
            self.ticked = Some(Instant::now());
            self.tick()?;
        }
        if self.list.work(self.engine, &self.criteria)? {
            return Ok(Duration::ZERO);
        }
        let is_open = self.is_output();
        if let Some(detail) = self.list.selection()
            && !self.preview.as_ref().is_some_and(|preview| preview.is_of(detail, is_open))
        {
            self.preview = Some(Preview::read(self.engine, detail, is_open)?);
        }
        Ok(TICK)
    }

    fn tick(&mut self) -> Result<(), Unusable> {
        // The children are refreshes.
        process::reap_ended();
        if self.note.as_ref().is_some_and(|note| note.until <= Instant::now()) {
            self.note = None;
        }
        let before = std::mem::replace(&mut self.criteria.in_progress, self.engine.in_progress()?);
        if let Some(note) = &self.note
            && let Some(key) = note.refreshing
            && !self.criteria.in_progress.contains_key(&key)
        {
            // A refresh that no tick has seen either has ended or has not begun: the next tick shows that.
            let is_first = note.until.saturating_duration_since(Instant::now()) > NOTE - TICK;
            if before.contains_key(&key) || !is_first {
                self.say("the refresh has ended", false);
            }
        }
        if self.watch.wants_counting() {
            self.engine.fold();
        }
        if self.list.is_idle() && self.watch.wants_reading(self.list.took()) {
            self.total = self.engine.count(COUNTED + 1)?;
            self.list.reload();
        }
        Ok(())
    }

    /// Shows `text` in the last line for some seconds.
    pub fn say(&mut self, text: impl Into<String>, is_error: bool) {
        self.note = Some(Note { text: text.into(), is_error, refreshing: None, until: Instant::now() + NOTE });
    }

    /// Shows why the database cannot be read; it is read again later.
    pub fn fail(&mut self, error: &Unusable) {
        self.watch.forget();
        self.say(error.to_string(), true);
    }

    /// Whether the output fills the screen, perhaps behind a question.
    pub fn is_output(&self) -> bool {
        self.showing() == Mode::Output
    }

    /// What the screen shows: the list or the output.
    pub fn showing(&self) -> Mode {
        if matches!(self.mode, Mode::Help | Mode::Question) { self.behind } else { self.mode }
    }
}
