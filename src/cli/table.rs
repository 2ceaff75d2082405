//! Tables of any length: a page at a time, each with columns at least as wide as those before it.

use std::io;
use std::ops::ControlFlow;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width};

use super::color::{Color, Paint};
use super::output::Output;

/// Rows that are laid out together.
const PAGE: usize = 512;
/// Longer cells are cut off, in characters, also where there is no edge of a screen.
const CELL_MAX: usize = 4096;
/// The last column has at least so much room.
const LAST_MIN: u16 = 10;
const GAP: u16 = 2;

/// One column but for its cells.
#[derive(Clone, Copy)]
pub struct Column {
    pub heading: &'static str,
    pub is_number: bool,
}

/// One row: its cells, and which of them is coloured, if it is a text that no cell before it has in it.
pub struct Cells {
    pub texts: Vec<String>,
    pub colored: Option<(usize, Color)>,
}

/// A table that is being printed.
pub struct Printer {
    columns: Vec<Column>,
    widths: Vec<u16>,
    page: Vec<Cells>,
    paint: Paint,
    /// In columns of the screen; without one, nothing is cut off.
    screen: Option<u16>,
    has_heading: bool,
}

impl Printer {
    /// A table for standard output.
    pub fn new(columns: Vec<Column>, paint: Paint) -> Self {
        let screen = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0).filter(|width| *width > 0);
        let widths = vec![0; columns.len()];
        Self { columns, widths, page: Vec::new(), paint, screen, has_heading: false }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Cells, out: &mut Output) -> ControlFlow<()> {
        self.page.push(cells);
        if self.page.len() == PAGE { self.flush(out) } else { ControlFlow::Continue(()) }
    }

    /// Prints what is left. A table without rows has no heading either.
    pub fn end(mut self, out: &mut Output) -> ControlFlow<()> {
        self.flush(out)
    }

    fn flush(&mut self, out: &mut Output) -> ControlFlow<()> {
        let page = std::mem::take(&mut self.page);
        if page.is_empty() {
            return ControlFlow::Continue(());
        }
        let mut lines = self.layout(&page).into_iter();
        if !std::mem::replace(&mut self.has_heading, true)
            && let Some(heading) = lines.next()
        {
            out.line(self.paint.bold(&heading))?;
        }
        for (line, cells) in lines.zip(page) {
            // Coloured once it is laid out: what lays it out need not know of colours then.
            let line = match cells.colored {
                Some((column, color)) => {
                    let text = &cells.texts[column];
                    line.replacen(text.as_str(), &self.paint.paint(text, color), 1)
                }
                None => line,
            };
            out.line(line)?;
        }
        ControlFlow::Continue(())
    }

    /// A line for each row, after the heading's if there was none yet.
    fn layout(&mut self, page: &[Cells]) -> Vec<String> {
        let mut table = Table::new();
        table.set_content_arrangement(ContentArrangement::Dynamic).set_truncation_indicator("…");
        if !self.has_heading {
            table.add_row(one_line(self.columns.iter().map(|column| column.heading.to_owned())));
        }
        for cells in page {
            table.add_row(one_line(cells.texts.iter().map(|text| text.chars().take(CELL_MAX).collect())));
        }
        for (width, content) in self.widths.iter_mut().zip(table.column_max_content_widths()) {
            *width = content.max(*width);
        }
        let last = self.columns.len() - 1;
        let others: u16 = self.widths[..last].iter().map(|width| width + GAP).sum();
        let room = self.screen.map_or(u16::MAX, |screen| screen.saturating_sub(others).max(LAST_MIN));
        let mut total = 0;
        for (number, column) in self.columns.iter().enumerate() {
            let (width, gap) =
                if number == last { (self.widths[last].min(room), 0) } else { (self.widths[number], GAP) };
            let width = width.max(1) + gap;
            total += width;
            let settings = table.column_mut(number).expect("every column has a heading or a cell");
            settings.set_padding((0, gap));
            settings.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            if column.is_number {
                settings.set_cell_alignment(CellAlignment::Right);
            }
        }
        // Without lines between the columns.
        table.load_style(comfy_table::presets::NOTHING).set_width(total);
        table.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

fn one_line(cells: impl Iterator<Item = String>) -> Row {
    let mut row = Row::from(cells.collect::<Vec<String>>());
    row.max_height(1);
    row
}
