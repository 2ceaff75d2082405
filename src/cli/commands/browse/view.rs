//! Draws the screen: a title, the list with the selected entry's output below it or that output alone, and the keys.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::app::{App, COUNTED, Mode};
use super::help;
use super::paint::{color, put};
use super::preview::why;
use crate::cli::commands::list::form;
use crate::cli::render::columns::{Cells, GAP, beginning, filled, fitted, widths};
use crate::cli::render::entry::{Assessment, distinct_command};
use crate::cli::render::{figures, quote};
use crate::model::time::Timestamp;

/// A screen with fewer rows shows no output below the list.
const LEAST_ROWS: u16 = 14;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &mut App<'_>, is_colored: bool) {
    let area = frame.area();
    let [title, body, footer] = rows(area);
    app.criteria.now = Timestamp::now();
    match app.showing() {
        Mode::Output => output(frame.buffer_mut(), app, title, body),
        _ => list_and_preview(frame.buffer_mut(), app, title, body),
    }
    if app.mode == Mode::Help {
        help::draw(frame.buffer_mut(), app, body);
    }
    if let Some(column) = last_line(frame.buffer_mut(), app, footer) {
        frame.set_cursor_position((column.min(footer.right().saturating_sub(1)), footer.y));
    }
    if !is_colored {
        frame.buffer_mut().content.iter_mut().for_each(|cell| (cell.fg, cell.bg) = (Color::Reset, Color::Reset));
    }
}

/// The first line, the lines between, and the last line.
fn rows(area: Rect) -> [Rect; 3] {
    let row = |y, height| Rect { y, height, ..area }.intersection(area);
    let last = area.bottom().saturating_sub(1);
    [row(area.y, 1), row(area.y + 1, area.height.saturating_sub(2)), row(last, u16::from(area.height > 1))]
}

fn list_and_preview(buffer: &mut Buffer, app: &mut App<'_>, title: Rect, body: Rect) {
    let has_preview = buffer.area.height >= LEAST_ROWS;
    let listed = if has_preview { body.height / 2 } else { body.height };
    let (upper, lower) =
        (Rect { height: listed, ..body }, Rect { y: body.y + listed, height: body.height - listed, ..body });
    app.list.set_rows(listed.saturating_sub(1).into());
    bar(buffer, title, &left_of_title(app), &right_of_title(app));
    table(buffer, app, upper);
    if has_preview {
        preview(buffer, app, lower);
    }
}

/// Draws a line across the screen. Where it is narrow, the left text is cut.
fn bar(buffer: &mut Buffer, area: Rect, left: &str, right: &str) {
    let width = usize::from(area.width);
    let right = if right.width() + 12 <= width { right } else { "" };
    let room = width.saturating_sub(right.width() + 1);
    let left = beginning(left, room);
    let blanks = " ".repeat(width.saturating_sub(left.width() + right.width()));
    put(buffer, area, area.y, &Line::from(format!("{left}{blanks}{right}")).style(Style::new().bold().reversed()));
}

fn left_of_title(app: &App<'_>) -> String {
    match app.filter.trim() {
        "" => format!(" {}", quote::plain(&app.path.to_string_lossy())),
        filter => format!(" filter: {filter}"),
    }
}

fn right_of_title(app: &App<'_>) -> String {
    let query = app.list.query();
    let more = |count: u64| if count > COUNTED { format!("over {COUNTED}") } else { count.to_string() };
    let count = match (query.filter.is_empty(), app.list.is_complete()) {
        _ if app.list.progress().is_some() => {
            format!("{} found, {} read…", app.list.len(), app.list.progress().unwrap_or_default())
        }
        (false, true) => format!("{} of {}", app.list.len(), more(app.total)),
        (false, false) => format!("over {}", app.list.len()),
        (true, _) if app.total > COUNTED => format!("over {COUNTED} entries"),
        (true, _) => figures::entries(app.total),
    };
    format!("{count}, by {} ", help::name(query.sort))
}

fn table(buffer: &mut Buffer, app: &App<'_>, area: Rect) {
    let columns = form::columns(false);
    let rows: Vec<(usize, Option<Assessment<'_>>)> =
        app.list.shown().map(|(index, detail)| (index, detail.map(|detail| app.criteria.assess(detail)))).collect();
    let cells: Vec<Cells> = rows
        .iter()
        .map(|(_, assessment)| {
            assessment.as_ref().map_or_else(|| blank(columns.len()), |assessment| form::cells(assessment, None))
        })
        .collect();
    let fitted = fitted(&columns, &widths(&columns, &cells), Some(area.width.max(1)));
    let last = columns.len() - 1;
    let line = |texts: &dyn Fn(usize) -> (String, String), colored: Option<(usize, Color)>| {
        let mut spans = Vec::new();
        for (number, column) in columns.iter().enumerate() {
            let Some(room) = fitted[number].map(usize::from) else { continue };
            let (text, tail) = texts(number);
            let (blanks, text) = filled(&text, if number == last { &tail } else { "" }, room);
            let style =
                colored.filter(|(colored, _)| *colored == number).map_or(Style::new(), |(_, color)| color.into());
            let text = Span::styled(text, style);
            let pair = if column.is_number { [Span::raw(blanks), text] } else { [text, Span::raw(blanks)] };
            spans.extend(pair);
            spans.push(Span::raw(" ".repeat(GAP.into())));
        }
        Line::from(spans)
    };
    let heading = line(&|number| (columns[number].heading.to_owned(), String::new()), None);
    put(buffer, area, area.y, &heading.style(Style::new().bold()));
    for (row, ((index, _), cells)) in rows.iter().zip(&cells).enumerate() {
        let colored = cells.colored.map(|(column, named)| (column, color(named)));
        let y = area.y + 1 + row as u16;
        put(buffer, area, y, &line(&|number| (cells.texts[number].clone(), cells.tail.clone()), colored));
        if *index == app.list.selected && y < area.bottom() {
            buffer.set_style(Rect { y, height: 1, ..area }, Style::new().reversed());
        }
    }
    if rows.is_empty() {
        let text = match (app.list.is_idle(), app.list.query().filter.is_empty()) {
            (false, _) => "reading…",
            (true, true) => "nothing is stored",
            (true, false) => "no entry matches the filter; Escape shows all",
        };
        put(buffer, area, area.y + 1, &Line::from(text).dim());
    }
}

fn blank(columns: usize) -> Cells {
    Cells { texts: vec![String::new(); columns], tail: String::new(), colored: None }
}

/// Draws why the entry is fresh or stale, and the beginning of its output.
fn preview(buffer: &mut Buffer, app: &mut App<'_>, area: Rect) {
    put(buffer, area, area.y, &Line::from("─".repeat(area.width.into())).fg(Color::DarkGray));
    let Some(detail) = app.list.selection() else { return };
    let mut y = area.y + 1;
    for line in why(&app.criteria.assess(detail), &app.criteria, area.width) {
        put(buffer, area, y, &line);
        y += 1;
    }
    let below = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    output_lines(buffer, app, below, (0, 0));
}

/// Draws the output alone.
fn output(buffer: &mut Buffer, app: &mut App<'_>, title: Rect, body: Rect) {
    let Some(detail) = app.list.selection() else { return };
    let lines = why(&app.criteria.assess(detail), &app.criteria, body.width);
    bar(buffer, title, &format!(" {}", distinct_command(detail)), &format!("{} ", figures::size(detail.summary.size)));
    let mut y = body.y;
    for line in &lines {
        put(buffer, body, y, line);
        y += 1;
    }
    let y = y.min(body.bottom());
    let below = Rect { y, height: body.bottom() - y, ..body };
    app.page = below.height.into();
    let count = app.preview.as_ref().map_or(0, |preview| preview.lines.len() + usize::from(preview.note.is_some()));
    app.scroll.0 = app.scroll.0.min(count.saturating_sub(app.page));
    output_lines(buffer, app, below, app.scroll);
}

fn output_lines(buffer: &mut Buffer, app: &App<'_>, area: Rect, (first, column): (usize, usize)) {
    let Some(preview) = &app.preview else { return };
    let note = preview.note.as_ref().map(|note| Line::from(format!("({note})")).dim());
    let lines = preview.lines.iter().chain(&note).skip(first).take(area.height.into());
    for (line, y) in lines.zip(area.y..) {
        match column {
            0 => put(buffer, area, y, line),
            column => put(buffer, area, y, &from_column(line, column)),
        }
    }
}

/// The line without its first columns.
fn from_column(line: &Line<'static>, column: usize) -> Line<'static> {
    let mut left = column;
    let mut spans = Vec::new();
    for span in &line.spans {
        let mut text = &*span.content;
        while left > 0
            && let Some(c) = text.chars().next()
        {
            left = left.saturating_sub(text[..c.len_utf8()].width());
            text = &text[c.len_utf8()..];
        }
        spans.push(Span::styled(text.to_owned(), span.style));
    }
    Line::from(spans)
}

/// Draws the filter being typed, a question, a note or the keys; returns the column of the cursor, if there is one.
fn last_line(buffer: &mut Buffer, app: &App<'_>, area: Rect) -> Option<u16> {
    let (line, cursor) = match (app.mode, &app.note) {
        (Mode::Filter, _) => {
            let room = usize::from(area.width).saturating_sub(2);
            // The end of a long filter is shown, where the user types.
            let hidden = app.filter.width().saturating_sub(room);
            let text = from_column(&Line::from(app.filter.clone()), hidden).to_string();
            let column = area.x + 1 + text.width() as u16;
            (Line::from(vec![Span::raw("/").bold(), Span::raw(text)]), Some(column))
        }
        (Mode::Question, _) => {
            let command = app.list.selection().map(distinct_command).unwrap_or_default();
            let room = usize::from(area.width).saturating_sub("delete ? [y/N] ".len());
            (Line::from(format!("delete {}? [y/N] ", beginning(&command, room))).bold(), None)
        }
        (_, Some(note)) => {
            let style = if note.is_error { Style::new().fg(Color::Red).bold() } else { Style::new() };
            (Line::from(quote::plain(&note.text)).style(style), None)
        }
        (mode, None) => (help::keys(mode, area.width), None),
    };
    put(buffer, area, area.y, &line);
    cursor.filter(|_| area.height > 0)
}
