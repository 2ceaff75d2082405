//! The explanation for people.

use cacheback::cache::Near;
use cacheback::key::KeyParts;
use cacheback::policy::Freshness;
use cacheback::units::readable;

use super::{Explained, told};
use crate::cli::figures::{instant, sha256};
use crate::cli::quote::{command, line as words, plain, word};
use crate::cli::screen;

/// Lines of a heading and what is said under it.
struct Page {
    text: String,
    colours: bool,
}

impl Page {
    fn painted(&self, style: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn heading(&mut self, text: &str) {
        let heading = self.painted("1", text);
        self.text.push_str(&format!("\n{heading}\n"));
    }

    /// Rows with their first columns aligned.
    fn rows(&mut self, rows: &[(String, String)]) {
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in rows {
            self.text.push_str(format!("  {name:width$}  {value}").trim_end());
            self.text.push('\n');
        }
    }
}

/// The whole report.
pub fn page(explained: &Explained<'_>, colours: bool) -> Vec<u8> {
    let mut page = Page { text: String::new(), colours };
    let (name, sentence) = told::verdict(explained);
    let style = match name {
        "hit" => "1;32",
        "stale-hit" => "1;33",
        _ => "1;31",
    };
    let sentence = page.painted(style, &sentence);
    page.text.push_str(&format!("{sentence}\n"));
    if name != "hit" && explained.request.fetch_synchronously.is_some() {
        page.text.push_str("but fetch_synchronously decides whether the call waits for a fetch; it has not been run\n");
    }
    key(&mut page, explained);
    settings(&mut page, explained);
    entry(&mut page, explained);
    refresh(&mut page, explained);
    nearest(&mut page, explained);
    screen::short(page.text, &std::io::stdout()).into_bytes()
}

fn row(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn key(page: &mut Page, explained: &Explained<'_>) {
    page.heading(&format!("key {}", explained.explanation.key));
    let rows = parts(&explained.explanation.parts);
    page.rows(&rows);
}

fn parts(parts: &KeyParts) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    if let Some(function) = parts.function() {
        rows.push(row("function", words(&function.words())));
        rows.push(row("source", sha256(&function.source())));
    } else if !parts.argv.is_empty() {
        rows.push(row(if parts.shell { "shell" } else { "command" }, words(&parts.argv)));
    }
    rows.extend(parts.key.as_ref().map(|key| row("key", word(key))));
    rows.extend(parts.scope.as_ref().map(|scope| row("scope", word(scope))));
    rows.extend(parts.cwd.as_ref().map(|cwd| row("cwd", word(cwd.as_os_str()))));
    for (name, digest) in &parts.env {
        rows.push(row(&format!("env {}", word(name)), if digest.is_some() { "set" } else { "unset" }));
    }
    rows.extend(parts.stdin.is_some().then(|| row("stdin", "part of the key")));
    rows.extend(parts.pty.then(|| row("pty", "yes")));
    rows
}

fn settings(page: &mut Page, explained: &Explained<'_>) {
    page.heading("policy");
    let width = explained.settings.iter().map(|setting| setting.value.chars().count()).max().unwrap_or(0).min(16);
    let rows: Vec<_> = explained
        .settings
        .iter()
        .map(|setting| (setting.name.to_owned(), format!("{:width$}  {}", setting.value, setting.origin)))
        .collect();
    page.rows(&rows);
}

fn entry(page: &mut Page, explained: &Explained<'_>) {
    let explanation = &explained.explanation;
    if explanation.is_damaged {
        page.heading("entry: damaged");
        page.rows(&[row("see", "cacheback verify")]);
    }
    let Some(found) = &explanation.found else { return };
    let state = match explanation.freshness {
        Freshness::Fresh { .. } => "fresh",
        Freshness::Stale { .. } => "stale",
        Freshness::Missing => "as good as missing",
    };
    page.heading(&format!("entry: {state}"));
    let entry = &found.entry;
    let ago = explanation.now.since(entry.fetched_at).map(readable);
    let ago = ago.map_or("in the future".to_owned(), |ago| format!("{ago} ago"));
    let at = |time| instant(time).unwrap_or_else(|| "unknown".to_owned());
    let mut rows: Vec<_> = told::reasons(found).into_iter().map(|(_, sentence)| row("because", sentence)).collect();
    rows.push(row("fetched", format!("{ago} ({}), in {}", at(entry.fetched_at), readable(entry.took))));
    if let Some(ttl) = found.ttl.filter(|_| matches!(explanation.freshness, Freshness::Fresh { .. })) {
        rows.push(row("fresh until", at(entry.fetched_at.after(ttl))));
    }
    rows.push(row("exit status", entry.exit.to_string()));
    rows.push(row("size", format!("{} bytes as stored", entry.size)));
    if let Some(recipe) = &found.recipe {
        rows.push(row("run in", word(recipe.cwd.as_os_str())));
        if !recipe.fetch.tags.is_empty() {
            rows.push(row("tags", words(&recipe.fetch.tags)));
        }
        rows.extend(recipe.fetch.job.as_ref().map(|job| row("job", word(&job.name))));
    }
    page.rows(&rows);
}

fn refresh(page: &mut Page, explained: &Explained<'_>) {
    let explanation = &explained.explanation;
    if explanation.flight.is_none() && explanation.failure.is_none() {
        return;
    }
    page.heading("fetches");
    let mut rows = Vec::new();
    rows.extend(explanation.flight.map(|fetch| {
        let stopped = if fetch.is_stopped { ", stopped" } else { "" };
        row("running", format!("process {}, for {}{stopped}", fetch.pid, readable(fetch.since)))
    }));
    if let Some(failure) = &explanation.failure {
        rows.push(row("background", told::failure(failure, explanation.now)));
        let last_words = String::from_utf8_lossy(&failure.stderr).into_owned();
        rows.extend(last_words.lines().map(|line| row("", format!("| {}", plain(line)))));
    }
    page.rows(&rows);
}

fn nearest(page: &mut Page, explained: &Explained<'_>) {
    if explained.explanation.nearest.is_empty() {
        return;
    }
    page.heading("nearest entries of the same command");
    for Near { key, recipe, differences } in &explained.explanation.nearest {
        page.text.push_str(&format!("  {}  {}\n", key.short(), command(&recipe.invocation())));
        for difference in differences {
            let (part, change) = told::difference(difference);
            page.text.push_str(&format!("            {part}: {change}\n"));
        }
    }
}
