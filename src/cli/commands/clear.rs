//! `cacheback clear`: remove every entry, after a question.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use cacheback::ExitStatus;

use crate::cache::{Engine, Unusable};
use crate::cli::args::{GlobalArgs, upkeep::ClearArgs};
use crate::cli::render::{figures, message};
use crate::cli::resolve::{CommandError, Environment, UsageError, configured, with_cache};
use crate::fetch::StandardInput;
use crate::model::input::InputError;

pub fn run(args: ClearArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let db = configured::database(global, env)?;
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !args.yes && !can_ask {
        message::error("nothing has been removed: there is no terminal to ask on; --yes removes without asking");
        return Ok(ExitStatus::Failed);
    }
    Ok(with_cache(&db, global.quiet, |cache| {
        if !args.yes && !is_confirmed(cache)? {
            message::warning(global.quiet, "nothing has been removed");
            return Ok(ExitStatus::Exited(1));
        }
        message::warning(global.quiet, format_args!("removed {}", figures::entries(cache.clear()?)));
        Ok(ExitStatus::Exited(0))
    }))
}

/// Asks, unless the cache is empty, and waits for the answer.
fn is_confirmed(cache: &Engine) -> Result<bool, CommandError> {
    let path = cache.path().display();
    let question = match cache.statistics(0) {
        Err(Unusable::Store(error)) if error.is_corrupt() => format!("{path} is damaged; remove all of it"),
        statistics => match statistics?.entries {
            0 => return Ok(true),
            entries => format!("remove {} from {path}", figures::entries(entries)),
        },
    };
    let question = format!("cacheback: {question}? [y/N] ");
    // If the question cannot be printed, nobody answers it.
    let _ = io::stderr().write_all(question.as_bytes());
    let mut answer = String::new();
    BufReader::new(StandardInput).read_line(&mut answer).map_err(InputError::Unreadable)?;
    if !answer.ends_with('\n') {
        // Ctrl-D counts as no, whatever was typed before it. It leaves the cursor in the line of the question.
        let _ = io::stderr().write_all(b"\n");
        return Ok(false);
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
