//! All that is known of one entry, for people.

use std::time::Duration;

use crate::cli::render::{Color, Paint, Row, Sheet, entry::Assessment, figures, key_parts, quote, row};
use crate::dependencies::Program;
use crate::model::{time::Timestamp, units::written};
use crate::store::Failure;

/// The width of the names.
const NAMES: usize = 12;

/// The page of an entry at `now`.
pub fn page(assessment: &Assessment<'_>, now: Timestamp, paint: Paint) -> Vec<u8> {
    let mut sheet = Sheet::new(paint, "", NAMES);
    sheet.rows(&what_it_is(assessment, now, paint));
    sheet.heading("Key");
    sheet.rows(&key_parts::rows(&assessment.detail.parts));
    sheet.heading("Fetch");
    sheet.rows(&how_it_is_fetched(assessment));
    if let Some(failure) = &assessment.detail.failure {
        last_failure(&mut sheet, failure, now);
    }
    sheet.into_bytes()
}

fn what_it_is(assessment: &Assessment<'_>, now: Timestamp, paint: Paint) -> Vec<Row> {
    let detail = assessment.detail;
    let took = figures::elapsed(detail.summary.took);
    let until = match detail.summary.invalidated {
        true => "invalidated".to_owned(),
        false => moment(detail.summary.fetched_at.after(assessment.ttl), now),
    };
    let own = if detail.condition.lifetime.is_some() { ", its own" } else { "" };
    let failure = if detail.summary.is_failure { ", stored as a failure" } else { "" };
    let bytes = if detail.summary.size < 1024 { String::new() } else { format!(" ({} bytes)", detail.summary.size) };
    let usage = detail.usage;
    vec![
        row("id", paint.bold(&detail.summary.key.to_string())),
        row("command", assessment.command()),
        row("state", paint.paint(&assessment.state_in_words(), assessment.state.color())),
        row("fetched", format!("{}, in {took}", moment(detail.summary.fetched_at, now))),
        row("fresh until", format!("{until} (ttl {}{own})", in_full(assessment.ttl))),
        row("kept until", moment(detail.summary.expires_at, now)),
        row("exit status", format!("{}{failure}", detail.summary.exit)),
        row("size", format!("{}{bytes}", figures::size(detail.summary.size))),
        row("hits", format!("{}, and {} stale", usage.hits, usage.stale_hits)),
        row("time saved", figures::elapsed(usage.saved)),
        row("last used", usage.last.map_or_else(|| "unknown".to_owned(), |last| moment(last, now))),
    ]
}

fn how_it_is_fetched(assessment: &Assessment<'_>) -> Vec<Row> {
    let recipe = &assessment.detail.recipe;
    let fetch = &recipe.fetch;
    let mut rows = vec![row("cwd", quote::word(recipe.cwd.as_os_str()))];
    rows.extend(fetch.job.as_ref().map(|job| row("job", quote::word(&job.name))));
    if !fetch.tags.is_empty() {
        rows.push(row("tags", quote::line(&fetch.tags)));
    }
    if !fetch.depends_on.is_empty() {
        let now = if assessment.unchanged == Some(true) { "unchanged" } else { "changed" };
        rows.push(row("depends on", format!("{}: {now}", quote::line(&fetch.depends_on))));
    }
    if fetch.depends_on_program {
        let path = |program: &Program| program.path().map_or("none".to_owned(), |path| quote::word(path.as_os_str()));
        let of = |program: &Program| (path(program), if program.is_untouched() { "unchanged" } else { "changed" });
        let (path, now) = assessment.detail.condition.program.as_ref().map_or(("unknown".to_owned(), "changed"), of);
        rows.push(row("program", format!("{path}: {now}")));
    }
    rows.extend(fetch.on_refresh.as_ref().map(|script| row("on refresh", quote::plain(&script.to_string_lossy()))));
    rows.extend(fetch.store_if.as_ref().map(|script| row("stored if", quote::plain(&script.to_string_lossy()))));
    let failures = recipe.failure_ttl.map(|ttl| format!("; others for {}", in_full(ttl))).unwrap_or_default();
    rows.extend([
        row("stored", format!("exit status {}{failures}", recipe.cache_exit)),
        row("at most", format!("{} of output, for {}", figures::size(fetch.max_size), in_full(recipe.keep))),
        row("time limit", format!("{} in the background", in_full(fetch.refresh_timeout))),
    ]);
    rows
}

fn last_failure(sheet: &mut Sheet, failure: &Failure, now: Timestamp) {
    let Failure { count, status, at, retry_at, stderr } = failure;
    sheet.heading("Last failure");
    sheet.rows(&[
        row("status", sheet.paint.paint(&format!("{status}, {count} in a row"), Color::Red)),
        row("at", moment(*at, now)),
        row("retried after", moment(*retry_at, now)),
    ]);
    for line in String::from_utf8_lossy(stderr).lines() {
        // Nothing that a program writes may reach a terminal as a command.
        sheet.line(format_args!("  | {}", quote::plain(&line.replace('\t', "    "))));
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

/// A duration with all its units, as one would write it: `10m`, `1h 30m`, `500ms`.
fn in_full(duration: Duration) -> String {
    written(duration, usize::MAX)
}
