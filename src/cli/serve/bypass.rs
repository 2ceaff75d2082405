//! A call without the cache, because of `CACHEBACK_DISABLE=1` or because the cache cannot be used.

use crate::cache::parts_of;
use crate::fetch::environment::{self, Loop};
use crate::model::invocation::Invocation;
use crate::model::key::KeyOptions;
use crate::runner::exec::{self, StandardInput};
use crate::runner::filter::Filter;
use cacheback::ExitStatus;

use crate::cli::args::{GetArgs, GlobalArgs, RunArgs};
use crate::cli::render::{message, quote};
use crate::cli::resolve::{
    Environment, Identity, MISS_STATUS, UsageError, configured, engine_job, filter, hook_variables,
};
use crate::config::Settings;
use crate::config::parse;

/// Whether the environment switches the cache off. An unknown word does so as well: whoever sets the variable wants no
/// cache, and a mistake must not cost the command.
pub fn is_asked_for() -> bool {
    std::env::var_os("CACHEBACK_DISABLE").is_some_and(|value| parse::switch(&value).unwrap_or(true))
}

/// Becomes the command, without a cache.
///
/// There is nothing to warm and nothing cached: `--warm` succeeds, `--only-if-cached` exits 1, and neither runs the
/// command, as they promise. No time limit applies, because no process is left to keep it.
pub fn run(args: RunArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let RunArgs { settings, command } = args;
    if let Some(status) = without_command(&settings) {
        return Ok(status);
    }
    let from_file = configured::for_command(global, &command, env)?;
    let layers = configured::command_layers(settings, global, from_file, &|_| None);
    Ok(run_identified(&Identity::of_command(command, &layers, env)?, filter(&layers)))
}

/// The same for a job.
pub fn get(args: GetArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let GetArgs { settings, job } = args;
    let call = configured::for_job(global, &job, env)?;
    if let Some(status) = without_command(&settings) {
        return Ok(status);
    }
    let layers = configured::job_layers(settings, global, &call, &|_| None)?;
    let filter = filter(&layers).map(|filter| Filter { variables: hook_variables(&engine_job(&call)), ..filter });
    Ok(run_identified(&Identity::of_job(&call, &layers, env)?, filter))
}

fn without_command(options: &Settings) -> Option<ExitStatus> {
    match options {
        Settings { warm: Some(true), .. } => Some(ExitStatus::Exited(0)),
        Settings { only_if_cached: Some(true), miss_status, .. } => {
            Some(ExitStatus::Exited(miss_status.unwrap_or(MISS_STATUS)))
        }
        _ => None,
    }
}

fn run_identified(Identity { invocation, key, read_stdin, .. }: &Identity, filter: Option<Filter>) -> ExitStatus {
    if let Err(status) = enter(invocation, key, true) {
        return status;
    }
    let input = if *read_stdin { StandardInput::Own } else { StandardInput::Null };
    run_command(invocation, input, filter.as_ref())
}

/// Notes in the environment that a command runs without a cache, unless that would be another round of a loop. With
/// `may_run_itself`, because the user wants no cache, only a very deep loop is one.
pub fn enter(invocation: &Invocation, key: &KeyOptions, may_run_itself: bool) -> Result<(), ExitStatus> {
    // Without a working directory there is no key by which a loop could be found.
    let Ok(parts) = parts_of(invocation, key) else { return Ok(()) };
    let key = parts.to_key();
    let around = if may_run_itself { Loop::too_deep() } else { Loop::around(invocation, &key) };
    if let Some(around) = around {
        return Err(runs_itself(invocation, &around));
    }
    environment::enter(invocation, &key);
    Ok(())
}

/// Says why a command that is part of its own run is not run.
pub fn runs_itself(invocation: &Invocation, around: &Loop) -> ExitStatus {
    let command = quote::line(&invocation.argv);
    let (end, advice) = ("would run itself without end", "A wrapper script calls the program behind it by its path");
    match around {
        Loop::Itself => message::error(format_args!(
            "'{command}' {end}: this call is part of the very run that it asks for. {advice}; where another run is meant, \
             other arguments, --key or --env tell it apart"
        )),
        Loop::OfOneProgram(depth) => message::error(format_args!(
            "'{command}' {end}: {depth} runs of the same program have led to this call, one within the other. {advice}"
        )),
        Loop::OfMany(depth, names) => message::error(format_args!(
            "'{command}' {end}: {depth} runs have led to this call, one within the other, of {}. {advice}",
            quote::line(names)
        )),
    }
    ExitStatus::Failed
}

/// Becomes the command, or waits for it and for `filter`, if there is one.
pub fn run_command(invocation: &Invocation, input: StandardInput, filter: Option<&Filter>) -> ExitStatus {
    let result = match filter {
        Some(filter) => exec::run_filtered(invocation, input, filter),
        None => exec::become_command(invocation, input).map(|never| match never {}),
    };
    result.unwrap_or_else(|reason| message::not_started(invocation, &reason))
}
