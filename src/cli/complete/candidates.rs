//! Candidates from the database and the configuration: ids of entries and names of jobs.
//!
//! Errors are not printed: they would appear in the middle of the command line.

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;

use clap_complete::CompletionCandidate;

use crate::cache::{Engine, Host, default_path};
use crate::cli::args::GlobalArgs;
use crate::cli::render::{entry, quote};
use crate::cli::resolve::configured;
use crate::config::Job;
use crate::store::Selector;

/// At most this many ids are offered; with another digit there are fewer.
const MOST: usize = 100;

fn env(name: &'static str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The jobs whose names begin with `prefix`, with their commands. Names that a terminal cannot show are left out.
pub fn jobs(prefix: &OsStr, place: &GlobalArgs) -> Vec<CompletionCandidate> {
    let location = configured::location(place, &env);
    let jobs = configured::jobs(location.as_ref()).unwrap_or_default();
    let prefix = prefix.to_string_lossy();
    let meant = jobs.into_iter().filter(|job| job.name.starts_with(&*prefix) && quote::plain(&job.name) == job.name);
    meant.map(|job| CompletionCandidate::new(job.name.clone()).help(Some(command(&job).into()))).collect()
}

/// The command of a job as one would type it; the placeholders of its signature stand for the values.
fn command(job: &Job) -> String {
    let names: Vec<OsString> = job.params.iter().map(|param| param.placeholder().into()).collect();
    quote::command(&job.invocation(&names))
}

/// The ids that begin with `prefix`, the newest first, with their commands.
pub fn ids(prefix: &OsStr, place: &GlobalArgs) -> Vec<CompletionCandidate> {
    prefix.to_str().and_then(|prefix| try_ids(prefix, place)).unwrap_or_default()
}

fn try_ids(prefix: &str, place: &GlobalArgs) -> Option<Vec<CompletionCandidate>> {
    let db = configured::database(place, &env).ok()?;
    let path = db.path.or_else(|| default_path().ok())?;
    let selector = if prefix.is_empty() { Selector::All } else { Selector::prefix(prefix).ok()? };
    let digits = prefix.len().max(8);
    let mut found = Vec::new();
    let all = Engine::at(path, Host::silent()).details(&[selector], &mut |detail| {
        let id = detail.summary.key.to_string()[..digits].to_owned();
        found.push(CompletionCandidate::new(id).help(Some(entry::command(&detail).into())));
        if found.len() < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    all.ok().map(|()| found)
}
