//! `cacheback peek`: what is stored, without running or refreshing anything.

use cacheback::ExitStatus;
use serde_json::{Map, Value};

use crate::cache::StoredResult;
use crate::cli::args::{GlobalArgs, PeekArgs};
use crate::cli::render::output::{damaged, print_stored};
use crate::cli::render::{entry::Criteria, json, message};
use crate::cli::resolve::{
    Environment, Selection, SelectionRequest, UsageError, all_at_home, only, policy, selector, with_cache,
};
use crate::config::Origin;
use crate::model::{time::Timestamp, transcript::Stream};
use crate::store::ReplayError;

/// Prints the result that is selected; exit 1 if there is none.
pub fn run(args: PeekArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let PeekArgs { json, selector: args } = args;
    let depends_on = all_at_home(args.settings.depends_on.clone().unwrap_or_default(), env)?;
    let SelectionRequest { selection, db, quiet, layers, .. } =
        SelectionRequest::resolve_with_policy(args, global, env)?;
    let policy = policy(&layers);
    // A ttl of the configuration is for calls: it counts only if a command, or a job with all its values, is selected.
    let ttl_is_said = matches!(selection, Selection::Invocation { .. })
        || matches!(layers.origin(|settings| &settings.ttl), Some(Origin::Option | Origin::Environment));
    Ok(with_cache(&db, quiet, |cache| {
        let selector = selector(selection, cache)?;
        if json {
            cache.fold();
        }
        let Some(detail) = only(cache, &selector)? else { return Ok(ExitStatus::Exited(1)) };
        let Some(result) = cache.peek(&detail.summary.key)? else { return Ok(ExitStatus::Exited(1)) };
        if !json {
            return Ok(print_stored(&result, detail.parts.pty));
        }
        let in_progress = cache.in_progress()?;
        let criteria = Criteria { policy, ttl_is_said, depends_on, in_progress, now: Timestamp::now() };
        Ok(print_json(criteria.assess(&detail).object(), &result))
    }))
}

fn print_json(mut object: Map<String, Value>, result: &StoredResult) -> ExitStatus {
    let mut streams = [Vec::new(), Vec::new()];
    let read = result.replay(&mut |stream, data| {
        streams[usize::from(stream == Stream::Stderr)].extend_from_slice(data);
        Ok(())
    });
    match read {
        Ok(()) => {}
        Err(ReplayError::Damaged | ReplayError::Torn) => return damaged(),
        Err(ReplayError::Write(error)) => return message::unprintable(&error),
    }
    for (name, bytes) in ["stdout", "stderr"].into_iter().zip(streams) {
        // JSON has no form for bytes that are not UTF-8: they are replaced, and the stream is marked.
        object.insert(format!("{name}_is_text"), Value::from(str::from_utf8(&bytes).is_ok()));
        object.insert(name.to_owned(), Value::from(String::from_utf8_lossy(&bytes)));
    }
    message::print(&json::page(&Value::Object(object)))
}
