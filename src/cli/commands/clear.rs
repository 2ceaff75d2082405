//! `cacheback clear`: remove every entry, after a question.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use crate::cache::Engine;
use crate::fetch::StandardInput;
use crate::model::input::InputError;
use cacheback::ExitStatus;

use super::run::open;
use crate::cli::args::GlobalArgs;
use crate::cli::args::upkeep::ClearArgs;
use crate::cli::render::{figures, message};
use crate::cli::resolve::configured;
use crate::cli::resolve::identity::Database;
use crate::cli::resolve::options::Environment;
use crate::cli::resolve::select::{SelectError, report};
use crate::cli::resolve::usage::UsageError;

/// One call of `clear`, with nothing left to look up.
pub struct ClearRequest {
    yes: bool,
    db: Database,
    quiet: bool,
}

impl ClearRequest {
    /// What the options ask for.
    pub fn resolve(args: &ClearArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        Ok(Self { yes: args.yes, db: configured::database(&global, env)?, quiet: global.quiet })
    }
}

/// Removes every entry, if that is meant.
pub fn run(request: &ClearRequest) -> ExitStatus {
    let ClearRequest { yes, db, quiet } = request;
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !yes && !can_ask {
        message::error("nothing has been removed: there is no terminal to ask on; --yes removes without asking");
        return ExitStatus::Failed;
    }
    let result = open(db, *quiet)
        .map_err(SelectError::from)
        .and_then(|cache| if *yes || is_meant(&cache)? { Ok(Some(cache.clear()?)) } else { Ok(None) });
    match result {
        Ok(Some(count)) => {
            message::warning(*quiet, format_args!("removed {}", figures::entries(count)));
            ExitStatus::Exited(0)
        }
        Ok(None) => {
            message::warning(*quiet, "nothing has been removed");
            ExitStatus::Exited(1)
        }
        Err(error) => report(&error, db),
    }
}

/// Asks, if there is something to lose, and waits for the answer.
fn is_meant(cache: &Engine) -> Result<bool, SelectError> {
    let entries = match cache.statistics(0)?.entries {
        0 => return Ok(true),
        entries => figures::entries(entries),
    };
    let question = format!("cacheback: remove {entries} from {}? [y/N] ", cache.path().display());
    // Whoever cannot read the question does not answer it.
    let _ = io::stderr().write_all(question.as_bytes());
    let mut answer = String::new();
    BufReader::new(StandardInput).read_line(&mut answer).map_err(InputError::Unreadable)?;
    if !answer.ends_with('\n') {
        // Ctrl-D is no answer, whatever was typed before it, and leaves the cursor behind the question.
        let _ = io::stderr().write_all(b"\n");
        return Ok(false);
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
