//! The page for people: counts, what was served when, and which commands have saved the most time.

use std::ops::ControlFlow;

use cacheback::ExitStatus;
use jiff::tz::TimeZone;

use super::Counts;
use super::chart::{self, Bar};
use super::served::{self, Served};
use crate::cli::render::columns::{Cells, Column, WhenNarrow};
use crate::cli::render::glyphs::{Glyphs, filled};
use crate::cli::render::table::Printer;
use crate::cli::render::{Color, Paint, Sheet, entry, figures, output::Output, row, screen};
use crate::store::{EventKind, Statistics};

/// The width of the page if there is no terminal.
const WIDTH: u16 = 80;
/// The width of the names, without the two blanks behind them.
const NAMES: usize = 10;
/// The longest bar of a command.
const BAR: usize = 10;

pub fn print(counts: &Counts, glyphs: &Glyphs, paint: Paint) -> ExitStatus {
    let Counts { statistics, running, shared, hour } = counts;
    let count = |name, kind| row(name, statistics.count(kind).to_string());
    let mut sheet = Sheet::new(paint, "", NAMES);
    sheet.rows(&[
        row("entries", statistics.entries.to_string()),
        row("output", figures::size(statistics.bytes)),
        row("database", figures::size(statistics.database)),
        count("hits", EventKind::Hit),
        count("stale hits", EventKind::StaleHit),
        count("misses", EventKind::Miss),
        count("refreshes", EventKind::Refresh),
        count("failures", EventKind::Failure),
        row("time saved", figures::elapsed(statistics.saved())),
    ]);
    let at_a_time = |&(running, limit): &(u32, u32)| row("at a time", figures::at_a_time(running, limit));
    sheet.rows(&running.iter().map(at_a_time).collect::<Vec<_>>());
    if let Some(shared) = shared {
        sheet.heading("Shared with other hosts");
        sheet.rows(&[
            row("hits", shared.hits.to_string()),
            row("misses", shared.misses.to_string()),
            row("waits", shared.waits.to_string()),
            row("waited", figures::elapsed(shared.waited)),
            row("stored", shared.stored.to_string()),
            row("errors", shared.errors.to_string()),
            row("downtime", figures::elapsed(shared.downtime)),
        ]);
    }
    let room = screen::columns().unwrap_or(WIDTH).into();
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    for (unit, end, series) in [
        ("hour", "now", served::hourly(statistics, *hour, &zone)),
        ("day", "today", served::daily(statistics, *hour, &zone)),
    ] {
        draw(&mut sheet, unit, end, &series, room, glyphs);
    }
    if !statistics.top.is_empty() {
        sheet.line("");
    }
    let mut out = Output::new();
    let _ = out.bytes(&sheet.into_bytes());
    let _ = top_commands(statistics, glyphs, paint, &mut out);
    out.end()
}

/// The chart of the last hours or days, as many as there is room for.
fn draw(sheet: &mut Sheet, unit: &str, end: &str, series: &[(Served, Option<String>)], room: usize, glyphs: &Glyphs) {
    let bars: Vec<Bar> =
        series.iter().map(|(served, label)| Bar { value: served.total(), label: label.clone() }).collect();
    let skipped = bars.len() - chart::fitting(&bars, room).min(bars.len());
    let (shown, bars) = (&series[skipped..], &bars[skipped..]);
    let sum =
        |count: fn(&Served) -> u64| shown.iter().fold(0_u64, |sum, (served, _)| sum.saturating_add(count(served)));
    let (total, stale) = (sum(Served::total), sum(|served| served.stale_hits));
    if total == 0 {
        return sheet.heading(&format!("None in {} {unit}s", shown.len()));
    }
    let title = format!("Served each {unit}");
    let stale = if stale > 0 { format!(", {stale} of them stale") } else { String::new() };
    let whole = format!("{title}: {total} in {} {unit}s{stale}", shown.len());
    sheet.heading(if whole.len() <= room { &whole } else { &title });
    for line in chart::lines(bars, end, room, glyphs, sheet.paint) {
        sheet.line(line);
    }
}

fn top_commands(statistics: &Statistics, glyphs: &Glyphs, paint: Paint, out: &mut Output) -> ControlFlow<()> {
    let number = |heading, when_narrow| Column { heading, is_number: true, when_narrow };
    let mut table = Printer::new(
        vec![
            number("SAVED", WhenNarrow::Stays),
            Column { heading: "", is_number: false, when_narrow: WhenNarrow::Goes(0) },
            number("HITS", WhenNarrow::Goes(3)),
            number("STALE", WhenNarrow::Goes(1)),
            number("TOOK", WhenNarrow::Goes(2)),
            Column { heading: "COMMAND", is_number: false, when_narrow: WhenNarrow::Stays },
        ],
        paint,
    );
    let most = statistics.top.iter().map(|detail| detail.usage.saved).max().unwrap_or_default();
    for detail in &statistics.top {
        let texts = vec![
            figures::elapsed(detail.usage.saved),
            filled(detail.usage.saved.as_micros(), most.as_micros(), BAR, glyphs.rows),
            detail.usage.hits.to_string(),
            detail.usage.stale_hits.to_string(),
            figures::elapsed(detail.summary.took),
            entry::command(detail),
        ];
        table.row(Cells { texts, tail: entry::distinction(detail), colored: Some((1, Color::Green)) }, out)?;
    }
    table.end(out)
}
