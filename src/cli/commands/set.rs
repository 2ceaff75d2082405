//! `cacheback set`: standard input becomes the result of a command.

use cacheback::ExitStatus;

use crate::cache::{Engine, Setting, Unusable, parts_of};
use crate::cli::args::{GlobalArgs, SetArgs};
use crate::cli::render::message;
use crate::cli::resolve::{
    CommandError, EXPECTED_ONE, Environment, Selection, SelectionRequest, UsageError, as_stored, engine_job,
    fetch_policy, policy, selector, with_cache,
};
use crate::config::JobCall;
use crate::fetch::StandardInput;
use crate::model::input::{Input, InputError};
use crate::model::time::Timestamp;
use crate::policy::{FetchPolicy, Policy};
use crate::runner::lifetime_of;

pub fn run(args: SetArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let SetArgs { exit_status: exit, selector } = args;
    let lifetime = selector.settings.ttl;
    let SelectionRequest { selection, db, quiet, layers, job } =
        SelectionRequest::resolve_with_policy(selector, global, env)?;
    let policy = policy(&layers);
    let fetch = FetchPolicy { job: job.as_ref().map(engine_job), ..fetch_policy(&layers, env)? };
    check(&selection, job.as_ref())?;
    let is_shared = layers.shared() == Some(true);
    Ok(with_cache(&db, quiet, |cache| {
        // Of all sources of a ttl, only --ttl on this command line gives the result a lifetime of its own.
        let mut setting = Setting { lifetime, is_shared, ..setting(selection, policy, fetch, cache)? };
        let limit = setting.fetch.max_size;
        let output = Input::read(StandardInput, limit).map_err(|error| match error {
            InputError::NotKept(input) if input.is_too_large() => CommandError::TooLarge(limit),
            error => CommandError::Input(error),
        })?;
        setting.fetched_at = Timestamp::now();
        if lifetime.is_none() && !setting.is_failure(exit) {
            setting.lifetime = setting.fetch.job.as_ref().and_then(|job| {
                let (key, directory) = (setting.parts.to_key(), setting.directory());
                lifetime_of(cache, job, key, &directory, setting.fetched_at, None, || output.open())
            });
        }
        cache.set(&setting, &output, exit)?;
        message::warning(quiet, "set 1 entry");
        if !setting.policy.cache_exit.contains(exit) && setting.policy.failure_ttl.is_none() {
            message::warning(quiet, format!("only `run --cache-exit {exit}` prints it"));
        }
        Ok(ExitStatus::Exited(0))
    }))
}

/// Only one result can be stored, and standard input is that result.
fn check(selection: &Selection, job: Option<&JobCall>) -> Result<(), UsageError> {
    match selection {
        Selection::Invocation { read_stdin: true, .. } => {
            Err(UsageError::new("--stdin cannot be used: standard input is the result that is stored"))
        }
        Selection::Invocation { .. } | Selection::Id(_) => Ok(()),
        Selection::Job(_) => {
            let values = job.map_or(Ok(Vec::new()), |call| call.job.values(&[]));
            values.map_err(|error| UsageError::new(error.to_string()))?;
            Err(UsageError::new("set stores one result; expected the values of the job's parameters"))
        }
        _ => Err(UsageError::new(format!("set stores one result; {EXPECTED_ONE}"))),
    }
}

fn setting(selection: Selection, policy: Policy, fetch: FetchPolicy, cache: &Engine) -> Result<Setting, CommandError> {
    if let Selection::Invocation { invocation, key, .. } = selection {
        let invocation = as_stored(invocation, &key, cache)?;
        let parts = parts_of(&invocation, &key)?;
        let fetched_at = Timestamp::now();
        return Ok(Setting { invocation, parts, policy, fetch, lifetime: None, fetched_at, is_shared: false });
    }
    let selector = selector(selection, cache)?;
    let found: Result<_, Unusable> = cache.select(&selector, 1);
    found?.first().map(Setting::from).ok_or(CommandError::Nothing)
}
