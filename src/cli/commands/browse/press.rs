//! What each key does.

use super::app::{App, Mode};
use super::change;
use super::filter::Filter;
use super::keys::Key;
use super::walk::Query;
use crate::cli::args::upkeep::SortColumn;
use crate::cli::commands::change::Change;
use crate::cli::render::entry::command;
use crate::cli::render::quote;
use crate::store::{Detail, Order};

/// What the loop has to do after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    GoOn,
    Redraw,
    Copy(String),
    End,
}

/// By how many columns `h` and `l` scroll the output.
const ASIDE: usize = 8;
/// The columns in the order in which `s` goes through them.
const COLUMNS: [SortColumn; 8] = [
    SortColumn::Age,
    SortColumn::Command,
    SortColumn::State,
    SortColumn::Ttl,
    SortColumn::Size,
    SortColumn::Took,
    SortColumn::Hits,
    SortColumn::Id,
];

impl App<'_> {
    /// Does what `key` asks for.
    pub fn press(&mut self, key: Key) -> Action {
        self.note = None;
        #[cfg(debug_assertions)]
        assert_ne!(key, Key::Char('\u{e000}'), "this key is for tests of a panic");
        if key == Key::Redraw {
            self.watch.forget();
            return Action::Redraw;
        }
        match self.mode {
            Mode::List => self.press_in_list(&key),
            Mode::Filter => self.type_filter(key),
            Mode::Output => self.press_in_output(&key),
            Mode::Help => self.press_in_help(&key),
            Mode::Question => self.answer(&key),
        }
    }

    fn press_in_list(&mut self, key: &Key) -> Action {
        match key {
            Key::Escape if !self.filter.is_empty() => {
                self.filter.clear();
                self.search();
            }
            Key::Char('q') | Key::Escape => return Action::End,
            Key::Char('/') => self.mode = Mode::Filter,
            Key::Enter | Key::Right | Key::Char('l') if self.list.selection().is_some() => {
                self.mode = Mode::Output;
                self.scroll = (0, 0);
            }
            Key::Char('s') => self.sort(1),
            Key::Char('S') => self.sort(COLUMNS.len() - 1),
            key if self.moves(key) => {}
            key => return self.act(key),
        }
        Action::GoOn
    }

    /// Moves the selection, if `key` does that; returns whether it does.
    fn moves(&mut self, key: &Key) -> bool {
        let page = self.list.rows().max(2).cast_signed() - 1;
        match key {
            Key::Down | Key::Char('j') => self.list.go(1),
            Key::Up | Key::Char('k') => self.list.go(-1),
            Key::PageDown | Key::Char(' ') => self.list.go(page),
            Key::PageUp | Key::EraseLine => self.list.go(-page),
            Key::Home | Key::Char('g') => self.list.go_to_end(Order::NewestFirst),
            Key::End | Key::Char('G') => self.list.go_to_end(Order::OldestFirst),
            _ => return false,
        }
        true
    }

    fn sort(&mut self, steps: usize) {
        let query = self.list.query().clone();
        let now = COLUMNS.iter().position(|column| *column == query.sort).unwrap_or(0);
        let sort = COLUMNS[(now + steps) % COLUMNS.len()];
        self.list.ask(Query { sort, order: Order::NewestFirst, ..query });
    }

    fn search(&mut self) {
        let (filter, sort) = (Filter::new(&self.filter), self.list.query().sort);
        if filter != self.list.query().filter {
            self.list.ask(Query { filter, sort, order: Order::NewestFirst });
        }
    }

    fn type_filter(&mut self, key: Key) -> Action {
        match key {
            Key::Enter => self.mode = Mode::List,
            Key::Escape => {
                self.filter.clear();
                self.mode = Mode::List;
            }
            Key::Char(c) if !quote::is_unprintable(c) => self.filter.push(c),
            Key::Paste(text) => self.filter.extend(text.chars().filter(|c| !quote::is_unprintable(*c))),
            Key::Backspace if self.filter.is_empty() => self.mode = Mode::List,
            Key::Backspace => _ = self.filter.pop(),
            Key::EraseLine => self.filter.clear(),
            Key::EraseWord => {
                let words = self.filter.trim_end();
                self.filter.truncate(words.rfind(' ').map_or(0, |space| space + 1));
            }
            Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End => _ = self.moves(&key),
            _ => {}
        }
        self.search();
        Action::GoOn
    }

    fn press_in_output(&mut self, key: &Key) -> Action {
        match key {
            Key::Char('q') | Key::Escape | Key::Enter | Key::Backspace => {
                self.mode = Mode::List;
                self.scroll = (0, 0);
            }
            Key::Right | Key::Char('l') => self.scroll.1 += ASIDE,
            Key::Left | Key::Char('h') => self.scroll.1 = self.scroll.1.saturating_sub(ASIDE),
            key if self.scrolls(key) => {}
            key => return self.act(key),
        }
        Action::GoOn
    }

    fn press_in_help(&mut self, key: &Key) -> Action {
        if !self.scrolls(key) {
            self.mode = self.behind;
            self.scroll = (0, 0);
        }
        Action::GoOn
    }

    /// Scrolls the text that fills the screen, if `key` does that; returns whether it does.
    fn scrolls(&mut self, key: &Key) -> bool {
        let line = &mut self.scroll.0;
        let page = self.page.max(2) - 1;
        *line = match key {
            Key::Down | Key::Char('j') => *line + 1,
            Key::Up | Key::Char('k') => line.saturating_sub(1),
            Key::PageDown | Key::Char(' ') => *line + page,
            Key::PageUp | Key::EraseLine => line.saturating_sub(page),
            Key::Home | Key::Char('g') => 0,
            // The view knows where the end is.
            Key::End | Key::Char('G') => usize::MAX,
            _ => return false,
        };
        true
    }

    /// Does what `key` means in the list and in the output alike.
    fn act(&mut self, key: &Key) -> Action {
        if *key == Key::Char('?') {
            (self.behind, self.mode, self.scroll) = (self.mode, Mode::Help, (0, 0));
            return Action::GoOn;
        }
        let Some(detail) = self.list.selection().cloned() else { return Action::GoOn };
        match key {
            Key::Char('r') => self.refresh(&detail),
            Key::Char('i') => self.change(Change::Invalidate, &detail),
            Key::Char('d') => (self.behind, self.mode) = (self.mode, Mode::Question),
            Key::Char('y') => return self.copy(&detail),
            _ => {}
        }
        Action::GoOn
    }

    fn answer(&mut self, key: &Key) -> Action {
        self.mode = self.behind;
        match (key, self.list.selection().cloned()) {
            (Key::Char('y' | 'Y'), Some(detail)) => {
                self.mode = Mode::List;
                self.change(Change::Delete, &detail);
            }
            _ => self.say("nothing has been deleted", false),
        }
        Action::GoOn
    }

    fn refresh(&mut self, detail: &Detail) {
        match change::refresh(self.engine, detail, &*self.changes.sharing) {
            Ok((runs, text)) => {
                self.say(text, false);
                let key = runs.then_some(detail.summary.key);
                self.note.iter_mut().for_each(|note| note.refreshing = key);
            }
            Err(error) => self.say(error.to_string(), true),
        }
        self.look_soon();
    }

    fn change(&mut self, change: Change, detail: &Detail) {
        match self.changes.apply(self.engine, change, detail) {
            Ok(text) => self.say(text, false),
            Err(error) => self.say(error.to_string(), true),
        }
        self.look_soon();
        self.list.reload();
    }

    fn look_soon(&mut self) {
        self.ticked = None;
    }

    fn copy(&mut self, detail: &Detail) -> Action {
        let invocation = detail.recipe.invocation();
        if invocation.argv.is_empty() {
            self.say(change::NO_COMMAND, false);
            return Action::GoOn;
        }
        let text = match (&invocation.argv[..], invocation.shell) {
            ([script], true) if invocation.variables.is_empty() => script.to_string_lossy().into_owned(),
            // `sh -c …` instead of the options of `run` that `command` would give.
            (_, true) => quote::line(&invocation.exec_argv()),
            (_, false) => command(detail),
        };
        self.say(format!("sent to the clipboard of the terminal (OSC 52): {text}"), false);
        Action::Copy(text)
    }
}
