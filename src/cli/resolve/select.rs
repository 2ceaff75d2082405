//! Turns a selection into selectors of the engine.

use std::io;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;

use crate::cache::Engine;
use crate::cache::Unusable;
use crate::fetch::StandardInput;
use crate::model::input::{INPUT_MAX, Input, InputError};
use crate::model::invocation::Invocation;
use crate::model::key::KeyOptions;
use crate::store::{Detail, Selector, SelectorError, StoreError};
use cacheback::ExitStatus;

use super::identity::Database;
use super::selection::Selection;
use crate::cli::commands::run::usage_error;
use crate::cli::render::entry::distinct_command;
use crate::cli::render::message;
use crate::cli::render::quote;
use crate::cli::render::screen;

/// Why nothing was done with what is selected.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Selector(#[from] SelectorError),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error("several entries have an id that begins with '{0}'; expected more digits for '--id <PREFIX>'")]
    Ambiguous(String, Candidates),
    #[error("nothing with this id is stored")]
    Nothing,
    #[error("several entries are selected; expected one")]
    Several(Candidates),
    #[error("standard input has more than {0} bytes, which is --max-size; nothing has been stored")]
    TooLarge(u64),
}

/// Prints why nothing was done.
pub fn report(error: &SelectError, db: &Database) -> ExitStatus {
    if let SelectError::Unusable(unusable) = error
        && let Some(error) = usage_error(db, unusable)
    {
        return error.report();
    }
    message::error(error);
    if let SelectError::Ambiguous(_, candidates) | SelectError::Several(candidates) = error {
        let print = |line: &String| message::error(screen::short(line.clone(), &io::stderr()));
        candidates.0.iter().for_each(print);
    }
    if let SelectError::Unusable(Unusable::Store(error)) = error
        && error.is_full()
    {
        message::error("'cacheback clear' needs no room");
    }
    if let SelectError::Unusable(Unusable::Store(StoreError::Corrupt { .. })) = error {
        let named = db.path.as_ref().map(|path| format!("--db {} ", quote::word(path.as_os_str()))).unwrap_or_default();
        message::error(format_args!(
            "to set it aside, so that a new one can be begun: cacheback {named}verify --repair"
        ));
    }
    ExitStatus::Failed
}

/// Entries that an ambiguous selection may mean, one line each.
#[derive(Debug)]
pub struct Candidates(Vec<String>);

impl Candidates {
    const AT_MOST: usize = 10;

    /// The newest entries that `selector` selects, with a few digits of each id more than `digits`.
    pub fn of(selector: &Selector, digits: usize, cache: &Engine) -> Result<Self, Unusable> {
        let digits = (digits + 4).clamp(8, 64);
        let mut lines = Vec::new();
        cache.details(std::slice::from_ref(selector), &mut |detail| {
            if lines.len() == Self::AT_MOST {
                lines.push("  …".to_owned());
                return ControlFlow::Break(());
            }
            lines.push(format!("  {}  {}", &detail.key.to_string()[..digits], distinct_command(&detail)));
            ControlFlow::Continue(())
        })?;
        Ok(Self(lines))
    }
}

/// The only entry that `selector` selects, if there is one.
///
/// # Errors
///
/// There are several.
pub fn only(cache: &Engine, selector: &Selector) -> Result<Option<Detail>, SelectError> {
    let mut found = Vec::new();
    cache.details(std::slice::from_ref(selector), &mut |detail| {
        found.push(detail);
        if found.len() > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if found.len() > 1 {
        return Err(SelectError::Several(Candidates::of(selector, 0, cache)?));
    }
    Ok(found.pop())
}

/// The invocation with standard input read to its end, if that is part of its key.
pub fn with_input(invocation: Invocation, read_stdin: bool) -> Result<Invocation, SelectError> {
    if !read_stdin {
        return Ok(invocation);
    }
    Input::read(StandardInput, INPUT_MAX).map(|input| invocation.with_stdin(input)).map_err(SelectError::Input)
}

/// `invocation`; or, if only calls of a shell function with the same words are stored, the last one of them.
pub fn as_stored(invocation: Invocation, key: &KeyOptions, cache: &Engine) -> Result<Invocation, Unusable> {
    if !may_be_function(&invocation, key) {
        return Ok(invocation);
    }
    let command = Engine::parts_of(&invocation, key)?.to_key();
    if cache.has(&command)? {
        return Ok(invocation);
    }
    Ok(match cache.calls_of_functions(&command)?.into_iter().next() {
        Some(call) => Invocation { argv: call.recipe.argv, ..invocation },
        None => invocation,
    })
}

/// A function is called by its name alone.
fn may_be_function(invocation: &Invocation, key: &KeyOptions) -> bool {
    let name = invocation.program().as_bytes();
    !invocation.shell && key.key.is_none() && !name.is_empty() && !name.contains(&b'/')
}

/// The engine's selectors for a selection: several if versions of a shell function are stored.
pub fn selectors(selection: Selection, cache: &Engine) -> Result<Vec<Selector>, SelectError> {
    let Selection::Invocation { invocation, key, read_stdin } = selection else {
        return Ok(vec![selector(selection, cache)?]);
    };
    let invocation = with_input(invocation, read_stdin)?;
    let command = Engine::parts_of(&invocation, &key)?.to_key();
    let calls = if may_be_function(&invocation, &key) { cache.calls_of_functions(&command)? } else { Vec::new() };
    Ok([command].into_iter().chain(calls.into_iter().map(|call| call.key)).map(Selector::Key).collect())
}

/// The engine's selector for `selection`; an id must not be ambiguous.
pub fn selector(selection: Selection, cache: &Engine) -> Result<Selector, SelectError> {
    Ok(match selection {
        Selection::Invocation { invocation, key, read_stdin } => {
            let invocation = as_stored(with_input(invocation, read_stdin)?, &key, cache)?;
            Selector::Key(Engine::parts_of(&invocation, &key)?.to_key())
        }
        Selection::Id(prefix) => {
            let several = Selector::prefix(&prefix)?;
            match cache.keys_with_prefix(&prefix)?[..] {
                [_, _, ..] => {
                    let candidates = Candidates::of(&several, prefix.len(), cache)?;
                    return Err(SelectError::Ambiguous(prefix, candidates));
                }
                [key] => Selector::Key(key),
                [] => several,
            }
        }
        Selection::Match(glob) => Selector::matching(&glob)?,
        Selection::Scope(scope) => Selector::Scope(scope),
        Selection::Tag(name) => Selector::Tag(name),
        Selection::Job(name) => Selector::Job(name),
        Selection::All => Selector::All,
    })
}
