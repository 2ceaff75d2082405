//! `cacheback __complete ids|jobs [PREFIX]`: what a completion script asks for while somebody types.
//!
//! Not for users, and so neither in the help nor among clap's definitions. Each line is a value, a tab and its
//! description. Nothing is said of what goes wrong: it would end up in the middle of the command line.

use std::ffi::OsString;
use std::io::Write;

use cacheback::cache::Notices;
use cacheback::store::{Place, Selector};
use cacheback::{Cache, ExitStatus};

use crate::cli::args::GlobalArgs;
use crate::cli::asked::Options;
use crate::cli::{configured, identity, message};
use crate::config;

/// More than this are not read at a glance; typing another digit narrows them down.
const MOST: usize = 100;

/// Answers `argv`, if that is such a question.
pub fn requested(argv: &[OsString]) -> Option<ExitStatus> {
    let mut words = argv.iter().skip(1).map(|word| word.to_str().unwrap_or_default());
    if words.next() != Some("__complete") {
        return None;
    }
    let mut lines = Vec::new();
    let candidates = match words.next() {
        Some("ids") => ids(words.next().unwrap_or_default()),
        Some("jobs") => jobs(words.next().unwrap_or_default()),
        _ => None,
    };
    for (candidate, description) in candidates.unwrap_or_default() {
        let _ = writeln!(lines, "{candidate}\t{description}");
    }
    Some(message::print(&lines))
}

fn env(name: &'static str) -> Option<OsString> {
    std::env::var_os(name)
}

/// The jobs whose names begin with `prefix`, with their parameters.
fn jobs(prefix: &str) -> Option<Vec<(String, String)>> {
    let location = configured::location(&GlobalArgs::default(), &env);
    let jobs = config::ask(location.as_ref(), config::Compiled::jobs).ok()??;
    let meant = jobs.into_iter().filter(|job| job.name.starts_with(prefix));
    Some(meant.map(|job| (job.name.clone(), job.signature())).collect())
}

/// The ids that begin with `prefix`, with their commands.
fn ids(prefix: &str) -> Option<Vec<(String, String)>> {
    let silent = GlobalArgs { quiet: true, ..GlobalArgs::default() };
    let from_file = configured::for_command(&silent, &[], &env).ok()?;
    let db = identity::database(&configured::command_layers(&Options::default(), from_file, &env).ok()?, &env).ok()?;
    let path = db.path.or_else(|| Place::default_path().ok())?;
    let silent = Notices { warn: Box::new(|_| ()), waiting: Box::new(|_| std::time::Duration::MAX) };
    let selector = if prefix.is_empty() { Selector::All } else { Selector::prefix(prefix).ok()? };
    let entries = Cache::at(path, silent).select(&selector, MOST).ok()?;
    let described = entries.into_iter().map(|entry| {
        let line = entry.recipe.invocation().command_line();
        let line = String::from_utf8_lossy(&line).replace(char::is_control, " ");
        (entry.key.short(), line)
    });
    Some(described.collect())
}
