//! Tables of any length: a page at a time, each with columns at least as wide as those before it.

use std::ops::ControlFlow;

use super::color::{Color, Paint};
use super::columns::{Cells, Column, GAP, filled, fitted, shortened, widths};
use super::{output::Output, screen};

/// Rows that are laid out together.
const PAGE: usize = 512;

/// A table that is being printed.
pub struct Printer {
    columns: Vec<Column>,
    /// The widths that the contents so far need.
    widths: Vec<u16>,
    /// Which columns the last heading had.
    headed: Vec<bool>,
    page: Vec<Cells>,
    paint: Paint,
    /// The width of the screen; without one, nothing is cut off.
    screen: Option<u16>,
    /// Which columns there was no room for on some page.
    lacks: Vec<bool>,
}

impl Printer {
    /// A table for standard output.
    pub fn new(columns: Vec<Column>, paint: Paint) -> Self {
        let widths = vec![0; columns.len()];
        Self {
            columns,
            widths,
            headed: Vec::new(),
            page: Vec::new(),
            paint,
            screen: screen::columns(),
            lacks: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Cells, out: &mut Output) -> ControlFlow<()> {
        self.page.push(cells);
        if self.page.len() == PAGE { self.flush(out) } else { ControlFlow::Continue(()) }
    }

    /// Prints what is left, and which columns there was no room for. A table without rows has no heading either.
    pub fn end(mut self, out: &mut Output) -> ControlFlow<()> {
        self.flush(out)?;
        let missing = self.columns.iter().zip(&self.lacks).filter(|(_, lacks)| **lacks);
        let missing = missing.map(|(column, _)| column.heading).filter(|heading| !heading.is_empty());
        let missing: Vec<&str> = missing.collect();
        if missing.is_empty() {
            return ControlFlow::Continue(());
        }
        let room = self.screen.map_or(usize::MAX, usize::from);
        let note = shortened(&format!("(no room for {})", missing.join(", ")), "", room);
        out.line(self.paint.paint(&note, Color::Grey))
    }

    fn flush(&mut self, out: &mut Output) -> ControlFlow<()> {
        let page = std::mem::take(&mut self.page);
        if page.is_empty() {
            return ControlFlow::Continue(());
        }
        self.widen(&page);
        let fitted = fitted(&self.columns, &self.widths, self.screen);
        let shown: Vec<bool> = fitted.iter().map(Option::is_some).collect();
        self.lacks.resize(shown.len(), false);
        self.lacks.iter_mut().zip(&shown).for_each(|(lacks, shown)| *lacks |= !shown);
        // A new heading if later rows have left less room.
        if self.headed != shown {
            self.headed = shown;
            let texts = self.columns.iter().map(|column| column.heading.to_owned()).collect();
            let heading = self.line(&Cells { texts, tail: String::new(), colored: None }, &fitted);
            out.line(self.paint.bold(&heading))?;
        }
        page.iter().try_for_each(|cells| out.line(self.line(cells, &fitted)))
    }

    /// Makes room for the cells of a page.
    fn widen(&mut self, page: &[Cells]) {
        let wanted = widths(&self.columns, page);
        self.widths.iter_mut().zip(wanted).for_each(|(width, wanted)| *width = (*width).max(wanted));
    }

    /// A row in columns of these widths.
    fn line(&self, cells: &Cells, fitted: &[Option<u16>]) -> String {
        let mut line = String::new();
        let last = self.columns.len() - 1;
        for (number, column) in self.columns.iter().enumerate() {
            let Some(room) = fitted[number].map(usize::from) else { continue };
            let tail = if number == last { &cells.tail } else { "" };
            let (blanks, text) = filled(&cells.texts[number], tail, room);
            let text = match cells.colored {
                Some((colored, color)) if colored == number => self.paint.paint(&text, color),
                _ => text,
            };
            line += &if column.is_number { blanks + &text } else { text + &blanks };
            line += &" ".repeat(GAP.into());
        }
        line.trim_end().to_owned()
    }
}
