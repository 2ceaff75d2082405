//! `cacheback stats`: what the cache has done so far.

mod chart;
mod metrics;

use std::ops::ControlFlow;

use cacheback::ExitStatus;
use serde_json::{Value, json};

use crate::cli::args::{GlobalArgs, upkeep::StatsArgs};
use crate::cli::render::table::{Cells, Column, Printer, WhenNarrow};
use crate::cli::render::{Color, Paint, Sheet, entry, figures, json, message, output::Output, row, screen};
use crate::cli::resolve::{Environment, UsageError, configured, with_cache};
use crate::model::time::Timestamp;
use crate::store::{Activity, EventKind, Statistics};

/// This many commands are listed without --limit.
const TOP: u64 = 10;
const HOURS: usize = 24;
const DAYS: usize = 30;
/// The width of the names, without the two blanks behind them.
const NAMES: usize = 10;

pub fn run(args: StatsArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let StatsArgs { json, prometheus, limit, reset, color } = args;
    let db = configured::database(&global, env)?;
    Ok(with_cache(&db, global.quiet, |cache| {
        if reset {
            cache.reset_statistics()?;
            message::warning(global.quiet, "all counts are 0 again");
            return Ok(ExitStatus::Exited(0));
        }
        cache.fold();
        let statistics = cache.statistics(usize::try_from(limit.unwrap_or(TOP)).unwrap_or(usize::MAX))?;
        let hour = Activity::hour_of(Timestamp::now());
        Ok(match (json, prometheus) {
            (true, _) => message::print(&json::page(&object(&statistics, hour))),
            (_, true) => message::print(metrics::exposition(&statistics).as_bytes()),
            _ => text(&statistics, hour, Paint::stdout(color.color)),
        })
    }))
}

/// A stretch of time, and how often results were served in it.
struct Served {
    from: i64,
    hits: u64,
    stale_hits: u64,
}

/// The last `count` stretches of `hours` hours each, up to the end of `hour`.
fn served(statistics: &Statistics, hour: i64, count: usize, hours: i64) -> Vec<Served> {
    let end = hour.saturating_add(1);
    let begin = |number: usize| end.saturating_sub(hours.saturating_mul((count - number) as i64));
    let served = |from: i64| {
        let count = |kind| statistics.count_in(kind, from..from.saturating_add(hours));
        Served { from, hits: count(EventKind::Hit), stale_hits: count(EventKind::StaleHit) }
    };
    (0..count).map(|number| served(begin(number))).collect()
}

fn text(statistics: &Statistics, hour: i64, paint: Paint) -> ExitStatus {
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
    let columns = screen::columns().map_or(usize::MAX, |columns| usize::from(columns).saturating_sub(NAMES + 2));
    for (count, hours, unit, each) in [(HOURS, 1, "h", "an hour"), (DAYS, 24, "d", "a day")] {
        let count = count.min(columns).max(1);
        let served = served(statistics, hour, count, hours).into_iter();
        let bars: Vec<u64> = served.map(|Served { hits, stale_hits, .. }| hits.saturating_add(stale_hits)).collect();
        let chart = paint.paint(&chart::bars(&bars), Color::Green);
        let scale = format!("  at most {} {each}", bars.iter().max().copied().unwrap_or_default());
        let scale = if count + scale.len() <= columns { &scale } else { "" };
        sheet.rows(&[row(&format!("served {count}{unit}"), format!("{chart}{scale}"))]);
    }
    if !statistics.top.is_empty() {
        sheet.line("");
    }
    let mut out = Output::new();
    let _ = out.bytes(&sheet.into_bytes());
    let _ = top_commands(statistics, paint, &mut out);
    out.end()
}

fn top_commands(statistics: &Statistics, paint: Paint, out: &mut Output) -> ControlFlow<()> {
    let number = |heading, when_narrow| Column { heading, is_number: true, when_narrow };
    let mut table = Printer::new(
        vec![
            number("SAVED", WhenNarrow::Stays),
            number("HITS", WhenNarrow::Goes(3)),
            number("STALE", WhenNarrow::Goes(1)),
            number("TOOK", WhenNarrow::Goes(2)),
            Column { heading: "COMMAND", is_number: false, when_narrow: WhenNarrow::Stays },
        ],
        paint,
    );
    for detail in &statistics.top {
        let texts = vec![
            figures::elapsed(detail.usage.saved),
            detail.usage.hits.to_string(),
            detail.usage.stale_hits.to_string(),
            figures::elapsed(detail.summary.took),
            entry::command(detail),
        ];
        table.row(Cells { texts, tail: entry::distinction(detail), colored: None }, out)?;
    }
    table.end(out)
}

fn object(statistics: &Statistics, hour: i64) -> Value {
    let series = |count, hours| {
        let served = served(statistics, hour, count, hours).into_iter();
        let object = |Served { from, hits, stale_hits }| {
            json!({
                "from": figures::instant(Activity::begin_of(from)), "hits": hits, "stale_hits": stale_hits,
            })
        };
        served.map(object).collect()
    };
    let (hourly, daily): (Value, Value) = (series(HOURS, 1), series(DAYS, 24));
    let top = statistics.top.iter().map(|detail| {
        json!({
            "key": detail.summary.key.to_string(),
            "command": entry::command(detail),
            "hits": detail.usage.hits,
            "stale_hits": detail.usage.stale_hits,
            "saved": figures::seconds(detail.usage.saved),
            "duration": figures::seconds(detail.summary.took),
        })
    });
    json!({
        "entries": statistics.entries,
        "bytes": statistics.bytes,
        "database_bytes": statistics.database,
        "hits": statistics.count(EventKind::Hit),
        "stale_hits": statistics.count(EventKind::StaleHit),
        "misses": statistics.count(EventKind::Miss),
        "refreshes": statistics.count(EventKind::Refresh),
        "failures": statistics.count(EventKind::Failure),
        "saved": figures::seconds(statistics.saved()),
        "last_24_hours": hourly,
        "last_30_days": daily,
        "top": top.collect::<Value>(),
    })
}
