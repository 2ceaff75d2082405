//! `cacheback stats --shared`: what all hosts have done with the server, by the day.

use std::time::Instant;

use cacheback::ExitStatus;
use serde_json::{Value, json};

use crate::cli::args::GlobalArgs;
use crate::cli::commands::shared::with_server;
use crate::cli::render::columns::{Cells, Column, WhenNarrow};
use crate::cli::render::table::Printer;
use crate::cli::render::{Paint, figures, json, message, output::Output};
use crate::cli::resolve::{Environment, UsageError};
use crate::store::shared::protocol::{DayCounts, counters};

/// A heading, the name for programs, and how many there are.
type Count = (&'static str, &'static str, fn(&DayCounts) -> u64);

/// What is counted, in the order in which it is printed.
const COUNTS: [Count; 5] = [
    ("HITS", "hits", |counts| counts.hits),
    ("MISSES", "misses", |counts| counts.misses),
    ("WAITS", "waits", |counts| counts.waits),
    ("STORED", "stored", |counts| counts.stored),
    ("FAILURES", "failures", |counts| counts.failures),
];

/// Prints a line for each day that has counts, the latest one first, and their sums.
pub fn run(as_json: bool, paint: Paint, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    with_server(global, env, |tier, mut wire| {
        let settings = &tier.settings;
        let deadline = Instant::now() + settings.connect_timeout + settings.timeout;
        let days = counters(&tier.names(), &mut wire, deadline)?;
        if as_json {
            return Ok(message::print(&json::page(&days.iter().map(object).collect::<Value>())));
        }
        if days.is_empty() {
            message::warning(global.quiet, "nothing is counted on the server");
        }
        Ok(table(&days, paint))
    })
}

/// The date of a day, in UTC.
fn date(counts: &DayCounts) -> String {
    let instant = figures::instant(counts.day).unwrap_or_default();
    instant.split('T').next().unwrap_or_default().to_owned()
}

fn object(counts: &DayCounts) -> Value {
    let mut object = json!({ "day": date(counts) });
    for (_, name, of) in COUNTS {
        object[name] = of(counts).into();
    }
    object
}

fn table(days: &[DayCounts], paint: Paint) -> ExitStatus {
    let column = |heading, is_number| Column { heading, is_number, when_narrow: WhenNarrow::Stays };
    let mut columns = vec![column("DAY", false)];
    columns.extend(COUNTS.map(|(heading, ..)| column(heading, true)));
    let (mut printer, mut out) = (Printer::new(columns, paint), Output::new());
    let sum = |of: fn(&DayCounts) -> u64| days.iter().map(of).fold(0, u64::saturating_add);
    let lines = days.iter().map(|counts| (date(counts), COUNTS.map(|(.., of)| of(counts))));
    let sums = (days.len() > 1).then(|| ("all".to_owned(), COUNTS.map(|(.., of)| sum(of))));
    for (day, counts) in lines.chain(sums) {
        let texts = std::iter::once(day).chain(counts.map(|count| count.to_string())).collect();
        let _ = printer.row(Cells { texts, tail: String::new(), colored: None }, &mut out);
    }
    let _ = printer.end(&mut out);
    out.end()
}
