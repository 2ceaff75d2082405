//! The explanation for programs, in the words of `list` and `show`. Times are RFC 3339, durations are seconds.

use serde_json::{Value, json};

use super::{Explained, words};
use crate::cache::{Found, SimilarEntry};
use crate::cli::render::{figures, key_parts, object, quote};
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
        let mut object = object::failure(failure);
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
        "refreshing": explanation.flight.map(object::in_progress),
        "refreshes": explanation.refreshes.map(|(running, limit)| json!({ "running": running, "limit": limit })),
        "failure": failure,
        "shared": explained.shared.as_ref().map(|(_, object)| object),
        "nearest": explanation.nearest.iter().map(near).collect::<Vec<Value>>(),
    });
    crate::cli::render::json::page(&object)
}

fn found_entry(explained: &Explained<'_>, found: &Found) -> Value {
    let summary = &found.entry.summary;
    let age = explained.explanation.now.since(summary.fetched_at).unwrap_or_default();
    let reasons = words::reasons(found).into_iter().map(|(kind, text)| json!({ "kind": kind, "text": text }));
    let mut entry = object::result(summary, age, found.ttl, found.recipe.as_ref());
    entry.insert("jitter".to_owned(), figures::seconds(found.jitter).into());
    entry.insert("reasons".to_owned(), reasons.collect());
    entry.into()
}

fn near(near: &SimilarEntry) -> Value {
    let differences = near.differences.iter().map(|difference| {
        let (part, text) = words::difference(difference);
        json!({ "part": part, "text": text })
    });
    json!({
        "key": near.key.to_string(),
        "command": quote::command(&near.recipe.invocation()),
        "argv": object::words(&near.recipe.argv),
        "differences": differences.collect::<Value>(),
    })
}
