//! `cacheback show`: all that is known of one entry, or its output.

mod page;

use cacheback::ExitStatus;
use serde_json::{Map, Value, json};

use crate::cache::Engine;
use crate::cli::args::{GlobalArgs, SelectorArgs, upkeep::ShowArgs};
use crate::cli::render::entry::{Assessment, Criteria};
use crate::cli::render::output::{damaged, print_stored};
use crate::cli::render::{Paint, json, key_parts, message, object};
use crate::cli::resolve::{
    CommandError, Environment, Selection, SelectionRequest, UsageError, configured, only, selector, with_cache,
};
use crate::config::Settings;
use crate::model::{invocation::Invocation, time::Timestamp};
use crate::policy::Policy;
use crate::store::{Detail, Selector};

/// Shows the entry that is selected; exit 1 if there is none.
pub fn run(args: ShowArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let ShowArgs { json, output, selector, color } = args;
    let without_options = SelectorArgs { settings: Settings::default(), ..selector.clone() };
    let selects_nothing = selector.settings.given().all(|option| option.group == "Freshness");
    if selects_nothing && without_options == SelectorArgs::default() {
        return Err(UsageError::new("nothing is selected; expected an ID or a COMMAND; see 'cacheback show --help'"));
    }
    let (ttl, ttl_is_said) = configured::ttl(selector.settings.ttl, &global, env)?;
    let SelectionRequest { selection, db, quiet, .. } = SelectionRequest::resolve(selector, global, env)?;
    Ok(with_cache(&db, quiet, |cache| {
        cache.fold();
        let has_option_behind_id = has_option_behind_id(&selection);
        let detail = match find(selection, cache)? {
            Found::Entry(detail) => detail,
            Found::Damaged => {
                message::error("the record of this entry is damaged; see: cacheback verify");
                return Ok(ExitStatus::Exited(1));
            }
            Found::Nothing => {
                let hint = if has_option_behind_id { "; options of show stand before the id" } else { "" };
                message::warning(quiet, format_args!("no such entry is stored{hint}"));
                return Ok(ExitStatus::Exited(1));
            }
        };
        if output {
            let result = cache.peek(&detail.summary.key)?;
            return Ok(result.map_or_else(damaged, |result| print_stored(&result, detail.parts.pty)));
        }
        let policy = Policy { ttl, ..Policy::default() };
        let in_progress = cache.in_progress()?;
        let criteria = Criteria { policy, ttl_is_said, depends_on: Vec::new(), in_progress, now: Timestamp::now() };
        let assessment = criteria.assess(&detail);
        Ok(message::print(&match json {
            true => json::page(&Value::Object(object(&assessment))),
            false => page::page(&assessment, criteria.now, Paint::stdout(color.color)),
        }))
    }))
}

/// What a selection has found.
enum Found {
    Entry(Box<Detail>),
    Damaged,
    Nothing,
}

/// A lone word is the beginning of an id, unless an entry's command is just this word.
fn find(selection: Selection, cache: &Engine) -> Result<Found, CommandError> {
    let id = selection.lone_id();
    let selector = selector(selection, cache)?;
    if let Some(detail) = only(cache, &selector)? {
        return Ok(Found::Entry(Box::new(detail)));
    }
    match (id, &selector) {
        (_, Selector::Key(key)) if cache.has(key)? => Ok(Found::Damaged),
        (Some(id), _) => find(Selection::Id(id), cache),
        (None, _) => Ok(Found::Nothing),
    }
}

/// Whether what looks like an id is followed by what looks like an option: all of it is taken for a command.
fn has_option_behind_id(selection: &Selection) -> bool {
    let Selection::Invocation { invocation, key, read_stdin } = selection else { return false };
    let [first, second, ..] = &invocation.argv[..] else { return false };
    let (alone, key, read_stdin) = (Invocation::new([first]), key.clone(), *read_stdin);
    second.as_encoded_bytes().starts_with(b"-")
        && Selection::Invocation { invocation: alone, key, read_stdin }.lone_id().is_some()
}

/// The object of `list`, with the parts of the key and how the entry is fetched.
fn object(assessment: &Assessment<'_>) -> Map<String, Value> {
    let detail = assessment.detail;
    let fetch = &detail.recipe.fetch;
    let mut object = assessment.object();
    object.insert("key_parts".to_owned(), key_parts::object(&detail.parts));
    object.insert(
        "policy".to_owned(),
        json!({
            "cache_exit": detail.recipe.cache_exit.to_string(),
            "failure_ttl": detail.recipe.failure_ttl.map(|ttl| ttl.as_secs_f64()),
            "max_size": fetch.max_size,
            "keep": detail.recipe.keep.as_secs_f64(),
            "refresh_timeout": fetch.refresh_timeout.as_secs_f64(),
            "on_refresh": fetch.on_refresh.as_ref().map(object::text),
            "store_if": fetch.store_if.as_ref().map(object::text),
            "depends_on": object::words(&fetch.depends_on),
            "depends_on_program": fetch.depends_on_program,
            "lifetime": detail.condition.lifetime.map(|lifetime| lifetime.as_secs_f64()),
        }),
    );
    object.insert("unchanged".to_owned(), assessment.unchanged.into());
    object.insert("is_failure".to_owned(), detail.summary.is_failure.into());
    object
}
