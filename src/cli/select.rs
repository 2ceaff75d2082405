//! What a selection means to the engine.

use std::io;

use cacheback::cache::Unusable;
use cacheback::input::Input;
use cacheback::store::{Selector, SelectorError};
use cacheback::{Cache, ExitStatus, Invocation};

use super::identity::DbPath;
use super::message;
use super::run::usage_error;
use super::selection::Selection;

/// Why nothing was done with what is selected.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Selector(#[from] SelectorError),
    #[error("reading standard input: {0}")]
    Input(io::Error),
    #[error("invalid value '{0}' for '--id <PREFIX>': several entries begin with it; expected more digits")]
    Ambiguous(String),
    #[error("nothing with this id is stored")]
    Nothing,
    #[error("several entries are selected; expected one")]
    Several,
    #[error("standard input has {0} bytes, which is more than --max-size; nothing has been stored")]
    TooLarge(u64),
}

/// Prints why nothing was done.
pub fn report(error: &SelectError, db: &Option<DbPath>) -> ExitStatus {
    if let SelectError::Unusable(unusable) = error
        && let Some(error) = usage_error(db, unusable)
    {
        return error.report();
    }
    message::error(error);
    ExitStatus::Failed
}

/// The invocation with standard input read to its end, if that is part of its key.
pub fn with_input(invocation: Invocation, read_stdin: bool) -> Result<Invocation, SelectError> {
    if !read_stdin {
        return Ok(invocation);
    }
    Input::read(io::stdin().lock()).map(|input| invocation.with_stdin(input)).map_err(SelectError::Input)
}

/// The engine's selector for `selection`; an id must not be ambiguous.
pub fn selector(selection: Selection, cache: &Cache) -> Result<Selector, SelectError> {
    Ok(match selection {
        Selection::Invocation { invocation, key, read_stdin } => {
            let invocation = with_input(invocation, read_stdin)?;
            Selector::Key(Cache::parts_of(&invocation, &key)?.to_key())
        }
        Selection::Id(prefix) => match cache.keys_with_prefix(&prefix)?[..] {
            [_, _, ..] => return Err(SelectError::Ambiguous(prefix)),
            [key] => Selector::Key(key),
            [] => Selector::prefix(&prefix)?,
        },
        Selection::Match(glob) => Selector::matching(&glob)?,
        Selection::Scope(scope) => Selector::Scope(scope),
        Selection::Tag(name) => Selector::Tag(name),
        Selection::Job(name) => Selector::Job(name),
        Selection::All => Selector::All,
    })
}
