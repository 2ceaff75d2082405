//! Results, fetches and failures as JSON objects, in the same words for every subcommand. Times are RFC 3339 in UTC,
//! durations are seconds.

use std::ffi::OsString;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::figures;
use crate::flight::Leader;
use crate::store::{Failure, Recipe, Summary};

/// A stored result, without its output, at this age and with this ttl; `recipe` is `None` if that is damaged.
pub fn result(summary: &Summary, age: Duration, ttl: Option<Duration>, recipe: Option<&Recipe>) -> Map<String, Value> {
    let function = |recipe: &Recipe| Some(recipe.invocation().function()?.name.to_string_lossy().into_owned());
    fields(json!({
        "argv": recipe.map(|recipe| words(&recipe.argv)),
        "shell": recipe.map(|recipe| recipe.shell),
        "function": recipe.and_then(function),
        "cwd": recipe.map(|recipe| recipe.cwd.to_string_lossy()),
        "age": figures::seconds(age),
        "ttl": ttl.map(figures::seconds),
        "fetched_at": figures::instant(summary.fetched_at),
        "fresh_until": ttl.map(|ttl| figures::instant(summary.fetched_at.after(ttl))),
        "kept_until": figures::instant(summary.expires_at),
        "invalidated": summary.invalidated,
        "exit_status": summary.exit,
        "duration": figures::seconds(summary.took),
        "size": summary.size,
        "tags": recipe.map(|recipe| words(&recipe.fetch.tags)),
        "job": recipe.and_then(|recipe| recipe.fetch.job.as_ref()).map(|job| text(&job.name)),
    }))
}

/// The fields of `object`.
pub fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A fetch in progress.
pub fn in_progress(leader: Leader) -> Value {
    json!({"pid": leader.pid, "for": figures::seconds(leader.elapsed()), "stopped": leader.is_stopped})
}

/// The background fetches that failed last.
pub fn failure(failure: &Failure) -> Value {
    json!({
        "count": failure.count,
        "status": failure.status,
        "at": figures::instant(failure.at),
        "retry_at": figures::instant(failure.retry_at),
        "stderr": String::from_utf8_lossy(&failure.stderr),
    })
}

/// Words for JSON.
pub fn words(words: &[OsString]) -> Value {
    words.iter().map(text).collect()
}

/// A word for JSON, which has no form for bytes that are not UTF-8: they are replaced.
pub fn text(word: &OsString) -> Value {
    Value::from(word.to_string_lossy())
}
