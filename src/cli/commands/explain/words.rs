//! Verdicts, reasons and differences in words, for the page and the JSON object.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Explained;
use crate::cache::Found;
use crate::cli::render::quote::{line as words, word};
use crate::cli::render::{Color, figures};
use crate::dependencies::ProgramChange;
use crate::dependencies::change::{ChangedFile, How};
use crate::model::difference::{Change, Difference, Known};
use crate::model::time::Timestamp;
use crate::model::units::{readable, readable_left};
use crate::policy::{Decision, Freshness, Mode, reason::Reason};
use crate::store::Failure;

/// What a call would do: a name for programs, and a sentence.
pub fn verdict(explained: &Explained<'_>) -> (&'static str, String) {
    let Explained { request, is_disabled, explanation, .. } = explained;
    let is_running = explanation.flight.is_some();
    let what = match (explanation.freshness, &explanation.found) {
        (Freshness::Missing, None) if explanation.is_damaged => "what is stored is damaged",
        (Freshness::Missing, None) => "nothing is stored",
        (Freshness::Missing, Some(_)) => "what is stored may not be served",
        (Freshness::Stale { .. } | Freshness::Fresh { .. }, _) => "what is stored is stale",
    };
    let is_stopped = explanation.flight.is_some_and(|flight| flight.is_stopped);
    let waits = match is_running {
        true if is_stopped => "run the command after a second, as the fetch that is running is stopped",
        true => "wait for the fetch that is running",
        false => "run the command",
    };
    if *is_disabled {
        return ("disabled", "would run the command without a cache: CACHEBACK_DISABLE is set".to_owned());
    }
    if request.warm {
        let starts = if is_running { "find a background fetch running" } else { "start a background fetch" };
        return ("warm", format!("would {starts}: --warm"));
    }
    match explanation.decision {
        Decision::Serve => match explanation.freshness {
            Freshness::Fresh { left, .. } => ("hit", format!("would hit: fresh for another {}", readable_left(left))),
            _ => ("hit", "would hit".to_owned()),
        },
        Decision::ServeAndRefresh => {
            let backs_off = explanation.failure.as_ref().and_then(|failure| failure.holds_back(explanation.now));
            let refresh = match (is_running && !is_stopped, backs_off) {
                (true, _) => "a refresh is running already".to_owned(),
                (_, Some(left)) => {
                    format!("no refresh for another {}, because the last ones failed", readable_left(left))
                }
                (false, None) => match explanation.refreshes {
                    Some((running, limit)) if running >= limit => {
                        format!("no refresh now, because {}", figures::at_a_time(running, limit))
                    }
                    _ => "and refresh it in the background".to_owned(),
                },
            };
            let separator = if refresh.starts_with("and") { " " } else { "; " };
            ("stale-hit", format!("would print the stale result{separator}{refresh}"))
        }
        Decision::Fetch if request.policy.mode == Mode::Refresh => ("fetch", "would run the command: --refresh".into()),
        Decision::Fetch if is_running && !is_stopped => ("join", format!("would {waits}: {what}")),
        Decision::Fetch => ("fetch", format!("would {waits}: {what}")),
        Decision::ServeEmptyAndFetch => {
            ("empty", format!("would print the --empty text and fetch in the background: {what}"))
        }
        Decision::NotCached => (
            "not-cached",
            format!("would print nothing and exit {}: {what}, and --only-if-cached", request.miss_status),
        ),
    }
}

/// The colour of a verdict.
pub fn color(verdict: &str) -> Color {
    match verdict {
        "hit" => Color::Green,
        "stale-hit" => Color::Yellow,
        _ => Color::Red,
    }
}

/// Why what is stored is not fresh: a name for programs, and a sentence, for each reason.
pub fn reasons(found: &Found) -> Vec<(&'static str, String)> {
    why_not_fresh(&found.reasons, &found.changed, found.program.as_ref())
}

/// The same for these reasons, where these files have changed, and perhaps the program.
pub fn why_not_fresh(
    reasons: &[Reason],
    changed_files: &[ChangedFile],
    program: Option<&ProgramChange>,
) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for reason in reasons {
        all.push(match reason {
            Reason::Old { ttl, .. } if ttl.is_zero() => ("ttl", "a ttl of 0 is never fresh".to_owned()),
            Reason::Old { age, ttl, jitter } => {
                let (age, over) = (readable(*age), readable(age.saturating_sub(*ttl)));
                ("ttl", format!("it is {age} old, {over} over its ttl of {}{}", readable(*ttl), shortened(*jitter)))
            }
            Reason::Invalidated => ("invalidated", "it was invalidated".to_owned()),
            Reason::Future(ahead) => {
                ("clock", format!("it was fetched {} in the future: a clock was set", readable(*ahead)))
            }
            Reason::Status(exit) => {
                let kind = if *exit == 0 { "success" } else { "failure" };
                let why = format!("neither --cache-exit nor --failure-ttl asks for exit status {exit}");
                ("failure", format!("it is a stored {kind}: {why}"))
            }
            Reason::TooStale { over, max_stale } => {
                let (over, max_stale) = (readable(*over), readable(*max_stale));
                ("max-stale", format!("it is {over} past its ttl, and --max-stale allows {max_stale}"))
            }
            Reason::Expired { age, keep } => {
                ("keep", format!("it has not been fetched for {}, and is kept for {}", readable(*age), readable(*keep)))
            }
            Reason::Program => ("program", other_program(program)),
            Reason::Dependencies if changed_files.is_empty() => {
                ("depends-on", "the files of --depends-on were not looked at when it was fetched".to_owned())
            }
            Reason::Dependencies => {
                all.extend(changed_files.iter().map(|file| ("depends-on", changed(file))));
                continue;
            }
        });
    }
    all
}

/// What is said behind a ttl that the jitter has shortened.
fn shortened(jitter: Duration) -> String {
    if jitter.is_zero() { String::new() } else { format!(", which --jitter has made {} shorter", readable(jitter)) }
}

fn changed(file: &ChangedFile) -> String {
    let path = word(file.path.as_os_str());
    match file.how {
        How::Changed => format!("{path} has changed"),
        How::Appeared => format!("{path} is new"),
        How::Gone => format!("{path} is gone"),
        How::Dropped => format!("{path} is no longer named by --depends-on"),
    }
}

/// How the program has changed.
fn other_program(change: Option<&ProgramChange>) -> String {
    match change {
        None => "the program has changed".to_owned(),
        Some(ProgramChange::Unknown) => "its program was not looked at when it was fetched".to_owned(),
        Some(ProgramChange::Modified(path)) => format!("the program {} has changed", word(path.as_os_str())),
        Some(ProgramChange::Moved { from, to }) => {
            let path =
                |path: &Option<PathBuf>| path.as_ref().map_or("missing".to_owned(), |path| word(path.as_os_str()));
            format!("the program is {}; it was {}", path(to), path(from))
        }
    }
}

/// Background fetches that failed: a sentence.
pub fn failure(failure: &Failure, now: Timestamp) -> String {
    let ago = now.since(failure.at).map_or("just now".to_owned(), |ago| format!("{} ago", readable(ago)));
    let times = if failure.count == 1 { "time".to_owned() } else { "times in a row".to_owned() };
    let then = match failure.holds_back(now) {
        Some(left) => format!("the next one may start in {}", readable_left(left)),
        None => "the next one may start".to_owned(),
    };
    format!("failed {} {times}, the last one {ago} with status {}; {then}", failure.count, failure.status)
}

/// A difference between two keys: the name of the part, and how it differs.
pub fn difference(difference: &Difference) -> (String, String) {
    let name = match difference {
        Difference::Word(0, _) => "program".to_owned(),
        Difference::Word(at, _) => format!("argument {at}"),
        Difference::Words(at, Change { stored, wanted }) => {
            let count = stored.len().max(wanted.len());
            if count > 1 { format!("arguments {at} to {}", at + count - 1) } else { format!("argument {at}") }
        }
        Difference::Source(_) => "source".to_owned(),
        Difference::Shell(_) => "shell".to_owned(),
        Difference::Pty(_) => "pty".to_owned(),
        Difference::Key(_) => "key".to_owned(),
        Difference::Scope(_) => "scope".to_owned(),
        Difference::Cwd(_) => "cwd".to_owned(),
        Difference::Globs(_) => "env".to_owned(),
        Difference::Parameters(_) => "parameters".to_owned(),
        Difference::Variable(name, _) => format!("env {}", word(name)),
        Difference::File(path, _) => format!("file {}", word(path)),
        Difference::Stdin(_) => "stdin".to_owned(),
    };
    (name, change(difference))
}

fn change(difference: &Difference) -> String {
    let now = |stored: &str, wanted: &str| format!("{stored}, now {wanted}");
    let text = |value: &Option<OsString>| value.as_ref().map_or("none".to_owned(), |text| word(text));
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    match difference {
        Difference::Word(_, Change { stored, wanted }) => now(&word(stored), &word(wanted)),
        Difference::Globs(Change { stored, wanted })
        | Difference::Parameters(Change { stored, wanted })
        | Difference::Words(_, Change { stored, wanted }) => match (stored.is_empty(), wanted.is_empty()) {
            (true, _) => now("none", &words(wanted)),
            (_, true) => now(&words(stored), "none"),
            _ => now(&words(stored), &words(wanted)),
        },
        Difference::Source(Change { stored: Some(_), wanted: Some(_) }) => "another version of the function".to_owned(),
        Difference::Source(Change { stored, .. }) => {
            let what = |is_function: bool| if is_function { "a shell function" } else { "a command" };
            now(what(stored.is_some()), what(stored.is_none()))
        }
        Difference::Shell(Change { stored, wanted }) | Difference::Pty(Change { stored, wanted }) => {
            now(yes(*stored), yes(*wanted))
        }
        Difference::Key(Change { stored, wanted }) | Difference::Scope(Change { stored, wanted }) => {
            now(&text(stored), &text(wanted))
        }
        Difference::Cwd(Change { stored, wanted }) => now(&directory(stored.as_deref()), &directory(wanted.as_deref())),
        Difference::Variable(_, Change { stored, wanted }) => match (stored, wanted) {
            (Known::Present(_), Known::Present(_)) => "another value".to_owned(),
            (stored, wanted) => now(known(*stored, "unset", "set"), known(*wanted, "unset", "set")),
        },
        Difference::File(_, Change { stored, wanted }) => match (stored, wanted) {
            (Known::Present(_), Known::Present(_)) => "other content".to_owned(),
            (stored, wanted) => now(known(*stored, "missing", "there"), known(*wanted, "missing", "there")),
        },
        Difference::Stdin(Change { stored: Some(_), wanted: Some(_) }) => "other input".to_owned(),
        Difference::Stdin(Change { stored, wanted }) => {
            let part = |is_part: bool| if is_part { "part of the key" } else { "not part of the key" };
            now(part(stored.is_some()), part(wanted.is_some()))
        }
    }
}

fn directory(path: Option<&Path>) -> String {
    path.map_or("not part of the key".to_owned(), |path| word(path.as_os_str()))
}

fn known(known: Known, absent: &'static str, present: &'static str) -> &'static str {
    match known {
        Known::Ignored => "not part of the key",
        Known::Absent => absent,
        Known::Present(_) => present,
    }
}
