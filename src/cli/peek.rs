//! `cacheback peek`: what is stored, without running or refreshing anything.

use std::io::{self, Write};

use cacheback::cache::StoredResult;
use cacheback::policy::{EntryFacts, FetchPolicy, Freshness, Policy, freshness};
use cacheback::store::{ReplayError, Selected};
use cacheback::time::Timestamp;
use cacheback::transcript::Stream;
use cacheback::{Cache, ExitStatus};
use serde_json::{Map, Value, json};

use super::args::{GlobalArgs, PeekArgs};
use super::asked::Environment;
use super::message;
use super::request::{fetch_policy, policy};
use super::run::open;
use super::select::{SelectError, report, selector};
use super::selection::SelectionRequest;
use super::usage::UsageError;

/// One call of `peek`, with nothing left to look up.
pub struct PeekRequest {
    selection: SelectionRequest,
    policy: Policy,
    fetch: FetchPolicy,
    json: bool,
}

impl PeekRequest {
    /// What the options ask for.
    pub fn resolve(args: PeekArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let PeekArgs { json, selector } = args;
        let freshness = selector.ignored_freshness.clone();
        let selection = SelectionRequest::resolve_with_policy(selector, global, env)?;
        let (policy, fetch) = (policy(&selection.layers, &freshness), fetch_policy(&selection.layers, env)?);
        Ok(Self { selection, policy, fetch, json })
    }
}

/// Prints the result that is selected; exit 1 if there is none.
pub fn run(request: PeekRequest) -> ExitStatus {
    let PeekRequest { selection: SelectionRequest { selection, db, quiet, .. }, policy, fetch, json } = request;
    let found = open(&db, quiet).map_err(SelectError::from).and_then(|cache| {
        let selector = selector(selection, &cache)?;
        find(&cache, &selector)
    });
    match found {
        Ok(Some((selected, result))) if json => print_json(&object(&selected, &result, &policy, &fetch), &result),
        Ok(Some((_, result))) => print(&result),
        Ok(None) => ExitStatus::Exited(1),
        Err(error) => report(&error, &db),
    }
}

fn find(cache: &Cache, selector: &cacheback::store::Selector) -> Result<Option<(Selected, StoredResult)>, SelectError> {
    let mut selected = cache.select(selector, 2)?;
    if selected.len() > 1 {
        return Err(SelectError::Several);
    }
    let Some(selected) = selected.pop() else { return Ok(None) };
    Ok(cache.peek(&selected.key)?.map(|result| (selected, result)))
}

fn print(result: &StoredResult) -> ExitStatus {
    match result.print() {
        Some(cacheback::fetch::Printed::All) => ExitStatus::Exited(0),
        Some(cacheback::fetch::Printed::Failed(error)) => message::unprintable(&error),
        None => damaged(),
    }
}

fn damaged() -> ExitStatus {
    message::error("the stored result is damaged; the next run fetches it again");
    ExitStatus::Exited(1)
}

/// What is known of a result, without its output. Times are RFC 3339, durations are seconds.
fn object(selected: &Selected, result: &StoredResult, policy: &Policy, fetch: &FetchPolicy) -> Map<String, Value> {
    let (entry, now) = (&result.entry, Timestamp::now());
    let patterns = &fetch.depends_on;
    let dependencies = result.condition.dependencies.as_ref();
    let unchanged = patterns.is_empty() || dependencies.is_some_and(|known| known.hold(patterns, &selected.recipe.cwd));
    let lifetime = result.condition.lifetime;
    let facts = EntryFacts { dependencies_changed: !unchanged, lifetime, ..entry.facts() };
    let policy = Policy { honours_expiry: lifetime.is_some(), ..policy.clone() };
    let (state, left) = match freshness(Some(&facts), &policy, now) {
        Freshness::Fresh { left, .. } => ("fresh", left.as_secs_f64()),
        Freshness::Stale { over, .. } => ("stale", -over.as_secs_f64()),
        Freshness::Missing => ("missing", 0.0),
    };
    let text = |word: &std::ffi::OsString| Value::from(word.to_string_lossy());
    let ttl = lifetime.filter(|_| policy.honours_expiry).unwrap_or(policy.ttl);
    let Value::Object(object) = json!({
        "key": entry.key.to_string(),
        "argv": selected.recipe.argv.iter().map(text).collect::<Value>(),
        "shell": selected.recipe.shell,
        "cwd": selected.recipe.cwd.to_string_lossy(),
        "state": state,
        "age": now.since(entry.fetched_at).unwrap_or_default().as_secs_f64(),
        "ttl": ttl.as_secs_f64(),
        "ttl_left": left,
        "fetched_at": instant(entry.fetched_at),
        "fresh_until": instant(entry.fetched_at.after(ttl)),
        "invalidated": entry.invalidated,
        "exit_status": entry.exit,
        "duration": entry.took.as_secs_f64(),
        "size": entry.size,
        "tags": selected.recipe.fetch.tags.iter().map(text).collect::<Value>(),
        "job": selected.recipe.fetch.job.as_ref().map(|job| text(&job.name)),
    }) else {
        return Map::new();
    };
    object
}

/// RFC 3339.
pub fn instant(at: Timestamp) -> Value {
    jiff::Timestamp::from_millisecond(at.as_millis()).map_or(Value::Null, |at| Value::from(at.to_string()))
}

fn print_json(object: &Map<String, Value>, result: &StoredResult) -> ExitStatus {
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
    let mut object = object.clone();
    for (name, bytes) in ["stdout", "stderr"].into_iter().zip(streams) {
        // What is not text has no faithful form in JSON: it is marked, and replaced where it is not text.
        object.insert(format!("{name}_is_text"), Value::from(str::from_utf8(&bytes).is_ok()));
        object.insert(name.to_owned(), Value::from(String::from_utf8_lossy(&bytes)));
    }
    let mut page = serde_json::to_vec_pretty(&Value::Object(object)).unwrap_or_default();
    let _: io::Result<()> = page.write_all(b"\n");
    message::print(&page)
}
