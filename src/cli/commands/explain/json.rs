//! The explanation for programs, in the words of `list` and `show`. Times are RFC 3339, durations are seconds.

use serde_json::{Value, json};

use super::{Explained, words};
use crate::cache::{Found, Near};
use crate::cli::render::entry::{self, text};
use crate::cli::render::figures::{instant, seconds};
use crate::cli::render::{key_parts, quote};
use crate::policy::Freshness;

/// One JSON object.
pub fn page(explained: &Explained<'_>) -> Vec<u8> {
    let explanation = &explained.explanation;
    let (verdict, sentence) = words::verdict(explained);
    let state = match explanation.freshness {
        Freshness::Fresh { .. } => "fresh",
        Freshness::Stale { .. } => "stale",
        Freshness::Missing => "missing",
    };
    let settings: Vec<Value> = explained
        .settings
        .iter()
        .map(|setting| json!({ "name": setting.name, "value": setting.value, "origin": setting.origin }))
        .collect();
    let failure = explanation.failure.as_ref().map(|failure| {
        let mut object = entry::failure(failure);
        object["holds_back"] = failure.holds_back(explanation.now).is_some().into();
        object
    });
    let object = json!({
        "verdict": verdict,
        "sentence": sentence,
        "key": explanation.key.to_string(),
        "command": quote::command(&explained.request.invocation),
        "key_parts": key_parts::object(&explanation.parts),
        "settings": settings,
        "state": state,
        "entry": explanation.found.as_ref().map(|found| found_entry(explained, found)),
        "damaged": explanation.is_damaged,
        "refreshing": explanation.flight.map(entry::in_progress),
        "failure": failure,
        "nearest": explanation.nearest.iter().map(near).collect::<Vec<Value>>(),
    });
    crate::cli::render::json::page(&object)
}

fn found_entry(explained: &Explained<'_>, found: &Found) -> Value {
    let entry = &found.entry;
    let reasons = words::reasons(found).into_iter();
    let age = explained.explanation.now.since(entry.summary.fetched_at).unwrap_or_default();
    json!({
        "reasons": reasons.map(|(kind, text)| json!({ "kind": kind, "text": text })).collect::<Value>(),
        "fetched_at": instant(entry.summary.fetched_at),
        "fresh_until": found.ttl.map(|ttl| instant(entry.summary.fetched_at.after(ttl))),
        "age": seconds(age),
        "ttl": found.ttl.map(seconds),
        "jitter": seconds(found.jitter),
        "duration": seconds(entry.summary.took),
        "exit_status": entry.summary.exit,
        "size": entry.summary.size,
        "cwd": found.recipe.as_ref().map(|recipe| recipe.cwd.to_string_lossy().into_owned()),
        "tags": found.recipe.as_ref().map(|recipe| recipe.fetch.tags.iter().map(text).collect::<Value>()),
        "job": found.recipe.as_ref().and_then(|recipe| recipe.fetch.job.as_ref()).map(|job| text(&job.name)),
    })
}

fn near(near: &Near) -> Value {
    let differences = near.differences.iter().map(|difference| {
        let (part, text) = words::difference(difference);
        json!({ "part": part, "text": text })
    });
    json!({
        "key": near.key.to_string(),
        "command": quote::command(&near.recipe.invocation()),
        "argv": near.recipe.argv.iter().map(text).collect::<Value>(),
        "differences": differences.collect::<Value>(),
    })
}
