//! Turns a selection into selectors of the engine.

use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;

use super::{cache::CommandError, selection::Selection};
use crate::cache::{Engine, Unusable, parts_of};
use crate::cli::render::entry::distinct_command;
use crate::fetch::StandardInput;
use crate::model::input::{INPUT_MAX, Input};
use crate::model::{invocation::Invocation, key::KeyOptions};
use crate::store::{Detail, Selector};

/// At most this many entries are listed to choose from.
const CANDIDATES_MAX: usize = 10;

/// A line for each of the newest entries that `selector` selects, with a few more digits of each id than `digits`.
fn candidates(selector: &Selector, digits: usize, cache: &Engine) -> Result<Vec<String>, Unusable> {
    let digits = (digits + 4).clamp(8, 64);
    let mut lines = Vec::new();
    cache.details(std::slice::from_ref(selector), &mut |detail| {
        if lines.len() == CANDIDATES_MAX {
            lines.push("  …".to_owned());
            return ControlFlow::Break(());
        }
        lines.push(format!("  {}  {}", &detail.summary.key.to_string()[..digits], distinct_command(&detail)));
        ControlFlow::Continue(())
    })?;
    Ok(lines)
}

/// The only entry that `selector` selects, if there is one.
///
/// # Errors
///
/// There are several.
pub fn only(cache: &Engine, selector: &Selector) -> Result<Option<Detail>, CommandError> {
    let mut found = Vec::new();
    cache.details(std::slice::from_ref(selector), &mut |detail| {
        found.push(detail);
        if found.len() > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if found.len() > 1 {
        return Err(CommandError::Several(candidates(selector, 0, cache)?));
    }
    Ok(found.pop())
}

/// The invocation with standard input read to its end, if that is part of its key.
pub fn with_input(invocation: Invocation, read_stdin: bool) -> Result<Invocation, CommandError> {
    if !read_stdin {
        return Ok(invocation);
    }
    Input::read(StandardInput, INPUT_MAX).map(|input| invocation.with_stdin(input)).map_err(CommandError::Input)
}

/// `invocation`; or, if only calls of a shell function with the same words are stored, the last one of them.
pub fn as_stored(invocation: Invocation, key: &KeyOptions, cache: &Engine) -> Result<Invocation, Unusable> {
    if !may_be_function(&invocation, key) {
        return Ok(invocation);
    }
    let command = parts_of(&invocation, key)?.to_key();
    if cache.has(&command)? {
        return Ok(invocation);
    }
    Ok(match cache.calls_of_functions(&command)?.into_iter().next() {
        Some(call) => Invocation { argv: call.recipe.argv, ..invocation },
        None => invocation,
    })
}

/// Whether it may be a call of a shell function, which has a name without a path.
fn may_be_function(invocation: &Invocation, key: &KeyOptions) -> bool {
    let name = invocation.program().as_bytes();
    !invocation.shell && key.key.is_none() && !name.is_empty() && !name.contains(&b'/')
}

/// The engine's selectors for a selection: several if versions of a shell function are stored.
pub fn selectors(selection: Selection, cache: &Engine) -> Result<Vec<Selector>, CommandError> {
    let Selection::Invocation { invocation, key, read_stdin } = selection else {
        return Ok(vec![selector(selection, cache)?]);
    };
    let invocation = with_input(invocation, read_stdin)?;
    let command = parts_of(&invocation, &key)?.to_key();
    let calls = if may_be_function(&invocation, &key) { cache.calls_of_functions(&command)? } else { Vec::new() };
    Ok([command].into_iter().chain(calls.into_iter().map(|call| call.key)).map(Selector::Key).collect())
}

/// The engine's selector for `selection`; an id must not be ambiguous.
pub fn selector(selection: Selection, cache: &Engine) -> Result<Selector, CommandError> {
    Ok(match selection {
        Selection::Invocation { invocation, key, read_stdin } => {
            let invocation = as_stored(with_input(invocation, read_stdin)?, &key, cache)?;
            Selector::Key(parts_of(&invocation, &key)?.to_key())
        }
        Selection::Id(prefix) => {
            let several = Selector::prefix(&prefix)?;
            match cache.keys_with_prefix(&prefix)?[..] {
                [_, _, ..] => {
                    let lines = candidates(&several, prefix.len(), cache)?;
                    return Err(CommandError::Ambiguous(prefix, lines));
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
