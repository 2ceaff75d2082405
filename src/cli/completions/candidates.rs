//! `cacheback __complete ids|jobs [PREFIX [WORD]...]`: what a completion script asks for while somebody types.
//!
//! WORDs are those before the one that is completed: the database and the configuration are those that they name.
//! Not for users, and so neither in the help nor among clap's definitions. Each line is a value, a tab and its
//! description. Nothing is said of what goes wrong: it would end up in the middle of the command line.

use std::ffi::OsString;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::Duration;

use cacheback::cache::Notices;
use cacheback::store::{Place, Selector};
use cacheback::{Cache, ExitStatus};

use super::place;
use crate::cli::args::GlobalArgs;
use crate::cli::{args, configured, message, quote, report};
use crate::config::{self, Job};

/// More than this are not read at a glance; typing another digit narrows them down.
const MOST: usize = 100;

/// Answers `argv`, if that is such a question.
pub fn requested(argv: &[OsString]) -> Option<ExitStatus> {
    if argv.get(1)? != "__complete" {
        return None;
    }
    let prefix = argv.get(3).and_then(|word| word.to_str()).unwrap_or_default();
    let place = place::of(argv.get(4..).unwrap_or_default(), &args::definition());
    let candidates = match argv.get(2).and_then(|word| word.to_str()) {
        Some("ids") => ids(prefix, &place),
        Some("jobs") => jobs(prefix, &place),
        _ => None,
    };
    let mut lines = Vec::new();
    for (candidate, description) in candidates.unwrap_or_default() {
        let _ = writeln!(lines, "{candidate}\t{description}");
    }
    Some(message::print(&lines))
}

fn env(name: &'static str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The jobs whose names begin with `prefix`, with their commands. A name that no terminal shows as it is is left out.
fn jobs(prefix: &str, place: &GlobalArgs) -> Option<Vec<(String, String)>> {
    let location = configured::location(place, &env);
    let jobs = config::ask(location.as_ref(), config::Compiled::jobs).ok()??;
    let meant = jobs.into_iter().filter(|job| job.name.starts_with(prefix) && quote::plain(&job.name) == job.name);
    Some(meant.map(|job| (job.name.clone(), command(&job))).collect())
}

/// What a job runs, as one would type it, with the names of its parameters as in its signature for their values.
fn command(job: &Job) -> String {
    let names: Vec<OsString> = job.params.iter().map(|name| name.to_uppercase().into()).collect();
    quote::command(&job.invocation(&names))
}

/// The ids that begin with `prefix`, the newest first, with their commands.
fn ids(prefix: &str, place: &GlobalArgs) -> Option<Vec<(String, String)>> {
    let db = configured::database(place, &env).ok()?;
    let path = db.path.or_else(|| Place::default_path().ok())?;
    let silent = Notices { warn: Box::new(|_| ()), waiting: Box::new(|_| Duration::MAX) };
    let selector = if prefix.is_empty() { Selector::All } else { Selector::prefix(prefix).ok()? };
    let digits = prefix.len().max(8);
    let mut found = Vec::new();
    let all = Cache::at(path, silent).details(&[selector], &mut |detail| {
        found.push((detail.key.to_string()[..digits].to_owned(), report::command(&detail)));
        if found.len() < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    all.ok().map(|()| found)
}
