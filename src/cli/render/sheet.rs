//! One entry on a sheet of its own: names on the left, what is known on the right.

use std::fmt::Write as _;
use std::time::Duration;

use crate::model::key::KeyParts;
use crate::model::time::Timestamp;
use crate::model::units::written;
use crate::store::Failure;

use super::color::{Color, Paint};
use super::entry::Report;
use super::{figures, key_parts, quote};

/// Columns of the names.
const NAMES: usize = 13;

struct Sheet {
    text: String,
    paint: Paint,
}

impl Sheet {
    fn heading(&mut self, text: &str) {
        let _ = writeln!(self.text, "\n{}", self.paint.bold(text));
    }

    fn line(&mut self, name: &str, value: impl AsRef<str>) {
        let _ = writeln!(self.text, "{name:<NAMES$} {}", value.as_ref());
    }
}

/// The sheet of an entry at `now`.
pub fn of(report: &Report<'_>, now: Timestamp, paint: Paint) -> String {
    let mut sheet = Sheet { text: String::new(), paint };
    what_it_is(&mut sheet, report, now);
    parts_of_key(&mut sheet, &report.detail.parts);
    how_it_is_fetched(&mut sheet, report);
    if let Some(failure) = &report.detail.failure {
        last_failure(&mut sheet, failure, now);
    }
    sheet.text
}

fn what_it_is(sheet: &mut Sheet, report: &Report<'_>, now: Timestamp) {
    let detail = report.detail;
    sheet.line("id", sheet.paint.bold(&detail.key.to_string()));
    sheet.line("command", report.command());
    sheet.line("state", sheet.paint.paint(&report.state_in_words(), report.state.color()));
    let took = figures::elapsed(detail.took);
    sheet.line("fetched", format!("{}, in {took}", moment(detail.fetched_at, now)));
    let until = moment(detail.fetched_at.after(report.ttl), now);
    let own = if detail.condition.lifetime.is_some() { ", its own" } else { "" };
    let until = if detail.invalidated { "invalidated".to_owned() } else { until };
    sheet.line("fresh until", format!("{until} (ttl {}{own})", in_full(report.ttl)));
    sheet.line("kept until", moment(detail.expires_at, now));
    let failure = if detail.is_failure { ", stored as a failure" } else { "" };
    sheet.line("exit status", format!("{}{failure}", detail.exit));
    let bytes = if detail.size < 1024 { String::new() } else { format!(" ({} bytes)", detail.size) };
    sheet.line("size", format!("{}{bytes}", figures::size(detail.size)));
    let usage = detail.usage;
    sheet.line("hits", format!("{}, and {} stale", usage.hits, usage.stale_hits));
    sheet.line("time saved", figures::elapsed(usage.saved));
    sheet.line("last used", usage.last.map_or_else(|| "unknown".to_owned(), |last| moment(last, now)));
}

fn parts_of_key(sheet: &mut Sheet, parts: &KeyParts) {
    sheet.heading("Key");
    for (name, value) in key_parts::rows(parts) {
        sheet.line(&name, value);
    }
}

fn how_it_is_fetched(sheet: &mut Sheet, report: &Report<'_>) {
    let recipe = &report.detail.recipe;
    let fetch = &recipe.fetch;
    sheet.heading("Fetch");
    sheet.line("cwd", quote::word(recipe.cwd.as_os_str()));
    if let Some(job) = &fetch.job {
        sheet.line("job", quote::word(&job.name));
    }
    if !fetch.tags.is_empty() {
        sheet.line("tags", quote::line(&fetch.tags));
    }
    if !fetch.depends_on.is_empty() {
        let now = if report.unchanged == Some(true) { "unchanged" } else { "changed" };
        sheet.line("depends on", format!("{}: {now}", quote::line(&fetch.depends_on)));
    }
    let failures = recipe.failure_ttl.map(|ttl| format!("; others for {}", in_full(ttl))).unwrap_or_default();
    sheet.line("stored", format!("exit status {}{failures}", recipe.cache_exit));
    sheet.line("at most", format!("{} of output, for {}", figures::size(fetch.max_size), in_full(recipe.keep)));
    sheet.line("time limit", format!("{} in the background", in_full(fetch.refresh_timeout)));
}

fn last_failure(sheet: &mut Sheet, failure: &Failure, now: Timestamp) {
    let Failure { count, status, at, retry_at, stderr } = failure;
    sheet.heading("Last failure");
    sheet.line("status", sheet.paint.paint(&format!("{status}, {count} in a row"), Color::Red));
    sheet.line("at", moment(*at, now));
    sheet.line("retried after", moment(*retry_at, now));
    for line in String::from_utf8_lossy(stderr).lines() {
        // Whatever a program writes must not reach a terminal as commands.
        let _ = writeln!(sheet.text, "  | {}", quote::plain(&line.replace('\t', "    ")));
    }
}

/// An instant, and how far from now it is.
fn moment(at: Timestamp, now: Timestamp) -> String {
    let instant = figures::local(at).unwrap_or_else(|| "for ever".to_owned());
    match (now.since(at), at.since(now)) {
        (Some(ago), _) => format!("{instant}, {} ago", figures::span(ago)),
        (None, Some(ahead)) => format!("{instant}, in {}", figures::span_ahead(ahead)),
        (None, None) => instant,
    }
}

/// A duration as it is set, to its last unit: `10m`, `1h 30m`, `500ms`.
fn in_full(duration: Duration) -> String {
    written(duration, usize::MAX)
}
