//! `cacheback show`: all that is known of one entry, or its output.

use std::ffi::OsString;

use cacheback::key::{Digest, KeyOptions, KeyParts};
use cacheback::policy::Policy;
use cacheback::store::{Detail, Selector};
use cacheback::time::Timestamp;
use cacheback::{Cache, ExitStatus, Invocation};
use serde_json::{Map, Value, json};

use super::args::GlobalArgs;
use super::asked::Environment;
use super::color::Paint;
use super::configured;
use super::report::{Reader, Report, text};
use super::run::open;
use super::select::{SelectError, only, report, selector};
use super::selection::{Selection, SelectionRequest};
use super::sheet;
use super::upkeep::{ShowArgs, When};
use super::usage::UsageError;
use super::{message, peek, screen};

/// One call of `show`, with nothing left to look up.
pub struct ShowRequest {
    selection: SelectionRequest,
    policy: Policy,
    ttl_is_said: bool,
    form: Form,
    color: When,
}

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Sheet,
    Json,
    Output,
}

impl ShowRequest {
    /// What the options ask for.
    pub fn resolve(args: ShowArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let ShowArgs { json, output, selector, color } = args;
        let form = match (json, output) {
            (true, _) => Form::Json,
            (_, true) => Form::Output,
            _ => Form::Sheet,
        };
        let (ttl, ttl_is_said) = configured::ttl(selector.ignored_freshness.ttl, &global, env)?;
        Ok(Self {
            ttl_is_said,
            policy: Policy { ttl, ..Policy::default() },
            selection: SelectionRequest::resolve(selector, global, env)?,
            form,
            color: color.color,
        })
    }
}

/// Shows the entry that is selected; exit 1 if there is none.
pub fn run(request: ShowRequest) -> ExitStatus {
    let ShowRequest { selection: SelectionRequest { selection, db, quiet, .. }, policy, ttl_is_said, form, color } =
        request;
    let found = open(&db, quiet).map_err(SelectError::from).and_then(|cache| {
        cache.fold();
        let found = find(selection, &cache)?.map(|detail| {
            let in_progress = cache.in_progress()?;
            let result = if form == Form::Output { cache.peek(&detail.key)? } else { None };
            Ok::<_, SelectError>((detail, in_progress, result))
        });
        found.transpose()
    });
    let (detail, in_progress, result) = match found {
        Ok(Some(found)) => found,
        Ok(None) => {
            message::warning(quiet, "nothing of that is stored");
            return ExitStatus::Exited(1);
        }
        Err(error) => return report(&error, &db),
    };
    let reader = Reader { policy, ttl_is_said, depends_on: Vec::new(), in_progress, now: Timestamp::now() };
    let report = reader.report(&detail);
    match (form, result) {
        (Form::Output, Some(result)) => peek::print(&result),
        (Form::Output, None) => peek::damaged(),
        (Form::Json, _) => message::print(&page(object(&report))),
        (Form::Sheet, _) => {
            let sheet = sheet::of(&report, reader.now, Paint::stdout(color));
            message::print(screen::short(sheet, &std::io::stdout()).as_bytes())
        }
    }
}

/// A lone word is the beginning of an id, unless an entry's command is just this word.
fn find(selection: Selection, cache: &Cache) -> Result<Option<Detail>, SelectError> {
    let id = match &selection {
        Selection::Invocation { invocation, key, read_stdin: false } => lone_id(invocation, key),
        _ => None,
    };
    let found = only(cache, &selector(selection, cache)?)?;
    match id {
        Some(id) if found.is_none() => only(cache, &selector(Selection::Id(id), cache)?),
        _ => Ok(found),
    }
}

fn lone_id(invocation: &Invocation, key: &KeyOptions) -> Option<String> {
    let [word] = &invocation.argv[..] else { return None };
    let id = word.to_str().filter(|_| !invocation.shell && *key == KeyOptions::default())?;
    Selector::prefix(id).is_ok().then(|| id.to_ascii_lowercase())
}

/// What `list` tells of it, and what its key is made of and how it is fetched.
fn object(report: &Report<'_>) -> Map<String, Value> {
    let detail = report.detail;
    let fetch = &detail.recipe.fetch;
    let mut object = report.object();
    object.insert("key_parts".to_owned(), key_parts(&detail.parts));
    object.insert(
        "policy".to_owned(),
        json!({
            "cache_exit": fetch.cache_exit.to_string(),
            "failure_ttl": detail.recipe.failure_ttl.map(|ttl| ttl.as_secs_f64()),
            "max_size": fetch.max_size,
            "keep": detail.recipe.keep.as_secs_f64(),
            "refresh_timeout": fetch.refresh_timeout.as_secs_f64(),
            "depends_on": fetch.depends_on.iter().map(text).collect::<Value>(),
            "lifetime": detail.condition.lifetime.map(|lifetime| lifetime.as_secs_f64()),
        }),
    );
    object.insert("unchanged".to_owned(), report.unchanged.into());
    object.insert("is_failure".to_owned(), detail.is_failure.into());
    object
}

fn key_parts(parts: &KeyParts) -> Value {
    let variable = |(name, digest): &(OsString, Option<Digest>)| {
        (name.to_string_lossy().into_owned(), digest.as_ref().map(sha256).into())
    };
    json!({
        "argv": parts.argv.iter().map(text).collect::<Value>(),
        "shell": parts.shell,
        "key": parts.key.as_ref().map(text),
        "scope": parts.scope.as_ref().map(text),
        "cwd": parts.cwd.as_ref().map(|cwd| cwd.to_string_lossy()),
        "env": parts.env.iter().map(variable).collect::<Map<String, Value>>(),
        "stdin": parts.stdin.as_ref().map(sha256),
    })
}

/// A digest in the form in which it cannot be taken for the value.
pub fn sha256(digest: &Digest) -> String {
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

fn page(object: Map<String, Value>) -> Vec<u8> {
    let mut page = serde_json::to_vec_pretty(&Value::Object(object)).unwrap_or_default();
    page.push(b'\n');
    page
}
