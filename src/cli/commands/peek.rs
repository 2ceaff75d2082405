//! `cacheback peek`: what is stored, without running or refreshing anything.

use std::ffi::OsString;

use crate::cache::StoredResult;
use crate::model::time::Timestamp;
use crate::model::transcript::Stream;
use crate::policy::Policy;
use crate::store::ReplayError;
use cacheback::ExitStatus;
use serde_json::{Map, Value};

use super::run::open;
use crate::cli::args::{GlobalArgs, PeekArgs};
use crate::cli::render::entry::Reader;
use crate::cli::render::{json, message};
use crate::cli::resolve::options::Environment;
use crate::cli::resolve::request::{dependencies, policy};
use crate::cli::resolve::select::{SelectError, only, report, selector};
use crate::cli::resolve::selection::{Selection, SelectionRequest};
use crate::cli::resolve::usage::UsageError;
use crate::config::layers::Origin;

/// One call of `peek`, with nothing left to look up.
pub struct PeekRequest {
    selection: SelectionRequest,
    policy: Policy,
    ttl_is_said: bool,
    depends_on: Vec<OsString>,
    json: bool,
}

impl PeekRequest {
    /// What the options ask for.
    pub fn resolve(args: PeekArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let PeekArgs { json, selector } = args;
        let depends_on = dependencies(selector.settings.depends_on.clone().unwrap_or_default(), env)?;
        let selection = SelectionRequest::resolve_with_policy(selector, global, env)?;
        let policy = policy(&selection.layers);
        // What the files say is about calls; only a command, or a job with all its values, says which call is meant.
        let ttl_is_said = matches!(selection.selection, Selection::Invocation { .. })
            || matches!(selection.layers.origin(|settings| &settings.ttl), Some(Origin::Option | Origin::Environment));
        Ok(Self { selection, policy, ttl_is_said, depends_on, json })
    }
}

/// Prints the result that is selected; exit 1 if there is none.
pub fn run(request: PeekRequest) -> ExitStatus {
    let PeekRequest { selection, policy, ttl_is_said, depends_on, json } = request;
    let SelectionRequest { selection, db, quiet, .. } = selection;
    let found = open(&db, quiet).map_err(SelectError::from).and_then(|cache| {
        let selector = selector(selection, &cache)?;
        if json {
            cache.fold();
        }
        let Some(detail) = only(&cache, &selector)? else { return Ok(None) };
        let Some(result) = cache.peek(&detail.key)? else { return Ok(None) };
        let in_progress = if json { cache.in_progress()? } else { Default::default() };
        let reader = Reader { policy, ttl_is_said, depends_on, in_progress, now: Timestamp::now() };
        Ok(Some((reader.report(&detail).object(), result, detail.parts.pty)))
    });
    match found {
        Ok(Some((object, result, _))) if json => print_json(object, &result),
        Ok(Some((_, result, on_terminal))) => print(&result, on_terminal),
        Ok(None) => ExitStatus::Exited(1),
        Err(error) => report(&error, &db),
    }
}

/// Prints the output, each stream to its own descriptor; the command may have run `on_terminal`.
pub fn print(result: &StoredResult, on_terminal: bool) -> ExitStatus {
    match result.print(on_terminal) {
        Some(crate::fetch::Printed::All) => ExitStatus::Exited(0),
        Some(crate::fetch::Printed::Failed(error)) => message::unprintable(&error),
        None => damaged(),
    }
}

/// Says that nothing can be printed.
pub fn damaged() -> ExitStatus {
    message::error("the stored result is damaged; the next run fetches it again");
    ExitStatus::Exited(1)
}

fn print_json(mut object: Map<String, Value>, result: &StoredResult) -> ExitStatus {
    let mut streams = [Vec::new(), Vec::new()];
    let read = result.read(&mut |stream, data| {
        streams[usize::from(stream == Stream::Stderr)].extend_from_slice(data);
        Ok(())
    });
    match read {
        Ok(()) => {}
        Err(ReplayError::Damaged | ReplayError::Torn) => return damaged(),
        Err(ReplayError::Write(error)) => return message::unprintable(&error),
    }
    for (name, bytes) in ["stdout", "stderr"].into_iter().zip(streams) {
        // What is not text has no faithful form in JSON: it is marked, and replaced where it is not text.
        object.insert(format!("{name}_is_text"), Value::from(str::from_utf8(&bytes).is_ok()));
        object.insert(name.to_owned(), Value::from(String::from_utf8_lossy(&bytes)));
    }
    message::print(&json::page(&Value::Object(object)))
}
