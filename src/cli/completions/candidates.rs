//! `cacheback __complete ids|jobs [PREFIX]`: what a completion script asks for while somebody types.
//!
//! Not for users, and so neither in the help nor among clap's definitions. Each line is a value, a tab and its
//! description. Nothing is said of what goes wrong: it would end up in the middle of the command line.

use std::ffi::OsString;
use std::io::Write;

use cacheback::cache::Notices;
use cacheback::store::{Place, Selector};
use cacheback::{Cache, ExitStatus};

use crate::cli::message;
use crate::cli::request;

/// More than this are not read at a glance; typing another digit narrows them down.
const MOST: usize = 100;

/// Answers `argv`, if that is such a question.
pub fn requested(argv: &[OsString]) -> Option<ExitStatus> {
    let mut words = argv.iter().skip(1).map(|word| word.to_str().unwrap_or_default());
    if words.next() != Some("__complete") {
        return None;
    }
    let mut lines = Vec::new();
    if words.next() == Some("ids") {
        for (id, command_line) in ids(words.next().unwrap_or_default()).unwrap_or_default() {
            let _ = writeln!(lines, "{id}\t{command_line}");
        }
    }
    Some(message::print(&lines))
}

/// The ids that begin with `prefix`, with their commands.
fn ids(prefix: &str) -> Option<Vec<(String, String)>> {
    let db = request::db_path(None, &|name: &'static str| std::env::var_os(name));
    let path = db.map_or_else(|| Place::default_path().ok(), |db| Some(db.path))?;
    let silent = Notices { warn: Box::new(|_| ()), waiting: Box::new(|| ()) };
    let selector = if prefix.is_empty() { Selector::All } else { Selector::prefix(prefix).ok()? };
    let entries = Cache::at(path, silent).select(&selector, MOST).ok()?;
    let described = entries.into_iter().map(|entry| {
        let line = entry.recipe.invocation().command_line();
        let line = String::from_utf8_lossy(&line).replace(char::is_control, " ");
        (entry.key.short(), line)
    });
    Some(described.collect())
}
