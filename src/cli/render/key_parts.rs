//! What a key is made of, for a page and as a JSON object; `show` and `explain` print the same.

use std::ffi::OsString;

use serde_json::{Map, Value, json};

use super::figures::sha256;
use super::object::{text, words};
use super::quote::{line, word};
use super::sheet::{Row, row};
use crate::model::key::{Digest, KeyParts};

/// The parts there are, each by the name of its option.
pub fn rows(parts: &KeyParts) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(function) = parts.function() {
        rows.push(row("function", line(&function.words())));
        rows.push(row("source", sha256(&function.source())));
    } else if !parts.argv.is_empty() {
        rows.push(row(if parts.shell { "shell" } else { "command" }, line(&parts.argv)));
    }
    rows.extend(parts.key.as_ref().map(|key| row("key", word(key))));
    rows.extend(parts.scope.as_ref().map(|scope| row("scope", word(scope))));
    rows.extend(parts.cwd.as_ref().map(|cwd| row("cwd", word(cwd.as_os_str()))));
    if !parts.parameters.is_empty() {
        rows.push(row("parameters", line(&parts.parameters)));
    }
    rows.extend(parts.globs.iter().map(|glob| row(&format!("env {}", word(glob)), "what matches it".to_owned())));
    for (name, digest) in &parts.env {
        rows.push(row(&format!("env {}", word(name)), digest.as_ref().map_or_else(|| "unset".to_owned(), sha256)));
    }
    for (path, digest) in &parts.files {
        rows.push(row(&format!("file {}", word(path)), digest.as_ref().map_or_else(|| "missing".to_owned(), sha256)));
    }
    rows.extend(parts.stdin.as_ref().map(|digest| row("stdin", sha256(digest))));
    rows.extend(parts.pty.then(|| row("pty", "yes".to_owned())));
    rows
}

/// All of the parts; what is not part of the key is null.
pub fn object(parts: &KeyParts) -> Value {
    let named = |(name, digest): &(OsString, Option<Digest>)| {
        (name.to_string_lossy().into_owned(), digest.as_ref().map(sha256).into())
    };
    json!({
        "argv": words(&parts.argv),
        "shell": parts.shell,
        "key": parts.key.as_ref().map(text),
        "scope": parts.scope.as_ref().map(text),
        "cwd": parts.cwd.as_ref().map(|cwd| cwd.to_string_lossy()),
        "env": parts.env.iter().map(named).collect::<Map<String, Value>>(),
        "env_globs": words(&parts.globs),
        "files": parts.files.iter().map(named).collect::<Map<String, Value>>(),
        "parameters": words(&parts.parameters),
        "stdin": parts.stdin.as_ref().map(sha256),
        "pty": parts.pty,
    })
}
