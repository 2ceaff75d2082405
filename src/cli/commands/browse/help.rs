//! The help: the most important keys in the last line, and all keys on a page.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Style, Stylize};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::app::{App, Mode};
use super::paint::put;
use crate::cli::args::upkeep::SortColumn;

/// The keys in the last line; where it is narrow, the last ones are left out.
const IN_LIST: [(&str, &str); 9] = [
    ("?", "help"),
    ("q", "quit"),
    ("/", "filter"),
    ("s", "sort"),
    ("↵", "show"),
    ("r", "refresh"),
    ("i", "invalidate"),
    ("d", "delete"),
    ("y", "copy"),
];
const IN_OUTPUT: [(&str, &str); 7] = [
    ("?", "help"),
    ("q", "back"),
    ("jk", "scroll"),
    ("r", "refresh"),
    ("i", "invalidate"),
    ("d", "delete"),
    ("y", "copy"),
];

/// All keys.
const PAGE: [(&str, &str); 15] = [
    ("j k, arrows", "one down, one up"),
    ("PgDn PgUp", "a page down, a page up; also Space, Ctrl-D, Ctrl-U"),
    ("g G", "the first entry, the last entry; also Home, End"),
    ("/", "filter: words of the command, the id or the state"),
    ("Escape", "back; clear the filter; leave"),
    ("s S", "sort by the next column, by the previous column"),
    ("Enter", "the output on the whole screen; h l scroll it sideways"),
    ("r", "refresh: run the command again, in the background"),
    ("i", "invalidate: stale from now on, and refresh"),
    ("d", "delete; asks first"),
    ("y", "copy the command to the terminal's clipboard"),
    ("Ctrl-L", "read and draw everything again"),
    ("Ctrl-Z", "suspend; the shell's fg continues"),
    ("?", "this page"),
    ("q", "leave; back"),
];

/// The name of a column on the command line.
pub fn name(column: SortColumn) -> &'static str {
    match column {
        SortColumn::Id => "id",
        SortColumn::State => "state",
        SortColumn::Age => "age",
        SortColumn::Ttl => "ttl",
        SortColumn::Size => "size",
        SortColumn::Took => "took",
        SortColumn::Hits => "hits",
        SortColumn::Command => "command",
    }
}

/// The most important keys in one line.
pub fn keys(mode: Mode, width: u16) -> Line<'static> {
    let keys = match mode {
        Mode::Output => &IN_OUTPUT[..],
        Mode::Help => &[("j k", "scroll"), ("any other key", "back")],
        _ => &IN_LIST,
    };
    let length = |(key, meaning): &(&str, &str)| key.width() + 1 + meaning.width();
    let all: usize = keys.iter().map(length).sum();
    let gap = if all + 2 * keys.len() <= width.into() { 2 } else { 1 };
    let mut left = usize::from(width);
    let mut spans = Vec::new();
    for (key, meaning) in keys {
        let Some(rest) = left.checked_sub(length(&(key, meaning))) else { break };
        left = rest.saturating_sub(gap);
        spans.push(Span::raw(*key).bold());
        spans.push(Span::raw(format!(" {meaning}{}", " ".repeat(gap))).dim());
    }
    Line::from(spans)
}

/// The page of all keys, over the middle of `area`.
pub fn draw(buffer: &mut Buffer, app: &mut App<'_>, area: Rect) {
    let keys = PAGE.iter().map(|(key, _)| key.width()).max().unwrap_or(0);
    let lines: Vec<Line<'_>> = PAGE
        .iter()
        .map(|(key, meaning)| Line::from(vec![Span::raw(format!(" {key:keys$}  ")).bold(), Span::raw(*meaning)]))
        .collect();
    let widest = lines.iter().map(Line::width).max().unwrap_or(0) as u16 + 1;
    let width = widest.min(area.width);
    let height = (lines.len() as u16 + 2).min(area.height);
    let page = Rect { x: (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    buffer.set_style(page, Style::reset());
    for y in page.y..page.bottom() {
        put(buffer, page, y, &Line::from(" ".repeat(width.into())));
    }
    let edge =
        |text: &str| Line::from(format!("{text}{}", "─".repeat(usize::from(width).saturating_sub(text.width()))));
    put(buffer, page, page.y, &edge("─ keys "));
    let inner = Rect { y: page.y + 1, height: height.saturating_sub(2), ..page };
    app.page = inner.height.into();
    app.scroll.0 = app.scroll.0.min(lines.len().saturating_sub(app.page));
    for (line, y) in lines.iter().skip(app.scroll.0).zip(inner.y..inner.bottom()) {
        put(buffer, inner, y, line);
    }
    put(buffer, page, page.bottom().saturating_sub(1), &edge(""));
}
