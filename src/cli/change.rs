//! What `invalidate` and `delete` have in common: select, change, say how many.

use std::io;

use cacheback::cache::Unusable;
use cacheback::input::Input;
use cacheback::store::{Selector, SelectorError};
use cacheback::{Cache, ExitStatus};

use super::message;
use super::run::{open, usage_error};
use super::selection::{Selection, SelectionRequest};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
enum ChangeError {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Selector(#[from] SelectorError),
    #[error("reading standard input: {0}")]
    Input(io::Error),
    #[error("invalid value '{0}' for '--id <PREFIX>': several entries begin with it; expected more digits")]
    Ambiguous(String),
}

/// Applies `change` to what `request` selects and prints how many entries that were; nothing selected is no error.
pub fn apply(
    request: SelectionRequest,
    done: &str,
    change: impl Fn(&Cache, &Selector) -> Result<u64, Unusable>,
) -> ExitStatus {
    let SelectionRequest { selection, db, quiet } = request;
    let result = open(&db, quiet).map_err(ChangeError::from).and_then(|cache| {
        let selector = selector(selection, &cache)?;
        Ok(change(&cache, &selector)?)
    });
    match result {
        Ok(count) => {
            let entries = if count == 1 { "entry" } else { "entries" };
            message::warning(quiet, format_args!("{done} {count} {entries}"));
            ExitStatus::Exited(0)
        }
        Err(error) => {
            if let ChangeError::Unusable(unusable) = &error
                && let Some(error) = usage_error(&db, unusable)
            {
                return error.report();
            }
            message::error(error);
            ExitStatus::Failed
        }
    }
}

fn selector(selection: Selection, cache: &Cache) -> Result<Selector, ChangeError> {
    Ok(match selection {
        Selection::Invocation { mut invocation, key, read_stdin } => {
            if read_stdin {
                let input = Input::read(io::stdin().lock()).map_err(ChangeError::Input)?;
                invocation = invocation.with_stdin(input);
            }
            Selector::Key(Cache::key_of(&invocation, &key)?)
        }
        Selection::Id(prefix) => match cache.keys_with_prefix(&prefix)?[..] {
            [_, _, ..] => return Err(ChangeError::Ambiguous(prefix)),
            [key] => Selector::Key(key),
            [] => Selector::prefix(&prefix)?,
        },
        Selection::Match(glob) => Selector::matching(&glob)?,
        Selection::Scope(scope) => Selector::Scope(scope),
        Selection::All => Selector::All,
    })
}
