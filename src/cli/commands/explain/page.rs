//! The explanation for people: the verdict and its reasons first, then what else one may want to know.

use super::{Explained, words};
use crate::cache::{Found, SimilarEntry};
use crate::cli::render::quote::{command, line, plain, word};
use crate::cli::render::{Paint, Sheet, figures, figures::local, key_parts, row, settings};
use crate::model::units::readable;
use crate::policy::Freshness;

/// The whole page, with `all` settings or with those that are not built in.
pub fn page(explained: &Explained<'_>, paint: Paint, all: bool) -> Vec<u8> {
    let mut page = Sheet::new(paint, "  ", 0);
    verdict(&mut page, explained);
    nearest(&mut page, explained);
    entry(&mut page, explained);
    refresh(&mut page, explained);
    if let Some((rows, _)) = &explained.shared {
        page.heading("shared with other hosts");
        page.rows(rows);
    }
    page.heading(&format!("key {}", explained.explanation.key));
    page.rows(&key_parts::rows(&explained.explanation.parts));
    let shown: Vec<_> = explained.settings.iter().filter(|setting| all || !setting.is_built_in).collect();
    if !shown.is_empty() {
        page.heading(if all { "settings" } else { "settings that are not built in" });
        page.rows(&settings::rows(&shown, 16));
    }
    page.into_bytes()
}

fn verdict(page: &mut Sheet, explained: &Explained<'_>) {
    let (name, sentence) = words::verdict(explained);
    let sentence = page.paint.strong(&sentence, words::color(name));
    page.line(sentence);
    for (_, reason) in explained.explanation.found.iter().flat_map(words::reasons) {
        page.line(format_args!("because {reason}"));
    }
    if explained.explanation.is_damaged {
        page.line("see: cacheback verify");
    }
    if explained.explanation.found.is_none() && name != "hit" && explained.request.fetch.store_if.is_some() {
        page.line("but a result that --store-if refuses is never stored; it has not been run");
    }
    if name != "hit" && explained.request.fetch_synchronously.is_some() {
        page.line("but fetch_synchronously decides whether the call waits for a fetch; it has not been run");
    }
}

fn nearest(page: &mut Sheet, explained: &Explained<'_>) {
    if explained.explanation.nearest.is_empty() {
        return;
    }
    page.heading("nearest entries of the same command");
    for SimilarEntry { key, recipe, differences } in &explained.explanation.nearest {
        page.line(format_args!("  {}  {}", key.short(), command(&recipe.invocation())));
        for difference in differences {
            let (part, change) = words::difference(difference);
            page.line(format_args!("            {part}: {change}"));
        }
    }
}

fn entry(page: &mut Sheet, explained: &Explained<'_>) {
    let explanation = &explained.explanation;
    let Some(found) = &explanation.found else { return };
    let state = match explanation.freshness {
        Freshness::Fresh { .. } => "fresh",
        Freshness::Stale { .. } => "stale",
        Freshness::Missing => "as good as missing",
    };
    page.heading(&format!("entry: {state}"));
    let Found { entry, recipe, ttl, jitter, .. } = found;
    let ago = explanation.now.since(entry.summary.fetched_at).map(readable);
    let ago = ago.map_or("in the future".to_owned(), |ago| format!("{ago} ago"));
    let at = |time| local(time).unwrap_or_else(|| "unknown".to_owned());
    let mut rows =
        vec![row("fetched", format!("{ago} ({}), in {}", at(entry.summary.fetched_at), readable(entry.summary.took)))];
    if let Some(ttl) = ttl.filter(|_| matches!(explanation.freshness, Freshness::Fresh { .. })) {
        let until = at(entry.summary.fetched_at.after(ttl));
        let earlier = || format!(", {} earlier because of --jitter", readable(*jitter));
        let earlier = if jitter.is_zero() { String::new() } else { earlier() };
        rows.push(row("fresh until", until + &earlier));
    }
    rows.push(row("exit status", entry.summary.exit.to_string()));
    rows.push(row("size", format!("{} bytes as stored", entry.summary.size)));
    if let Some(recipe) = recipe {
        rows.push(row("run in", word(recipe.cwd.as_os_str())));
        if !recipe.fetch.tags.is_empty() {
            rows.push(row("tags", line(&recipe.fetch.tags)));
        }
        rows.extend(recipe.fetch.job.as_ref().map(|job| row("job", word(&job.name))));
    }
    page.rows(&rows);
}

fn refresh(page: &mut Sheet, explained: &Explained<'_>) {
    let explanation = &explained.explanation;
    if explanation.flight.is_none() && explanation.failure.is_none() && explanation.refreshes.is_none() {
        return;
    }
    page.heading("fetches");
    let mut rows = Vec::new();
    rows.extend(explanation.flight.map(|fetch| {
        let stopped = if fetch.is_stopped { ", stopped" } else { "" };
        row("running", format!("process {}, for {}{stopped}", fetch.pid, readable(fetch.elapsed())))
    }));
    rows.extend(explanation.refreshes.map(|(running, limit)| row("at a time", figures::at_a_time(running, limit))));
    if let Some(failure) = &explanation.failure {
        rows.push(row("background", words::failure(failure, explanation.now)));
        let last_words = String::from_utf8_lossy(&failure.stderr).into_owned();
        rows.extend(last_words.lines().map(|line| row("", format!("| {}", plain(line)))));
    }
    page.rows(&rows);
}
