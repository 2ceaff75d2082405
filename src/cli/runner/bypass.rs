//! `CACHEBACK_DISABLE=1`: as if cacheback were not there.

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;

use crate::cache::Engine;
use crate::fetch::environment::{self, Loop};
use crate::fetch::program::Executable;
use crate::model::invocation::Invocation;
use crate::model::key::KeyOptions;
use crate::sys::{descriptor, process};
use cacheback::ExitStatus;

use super::filter::Running;
use crate::cli::args::{GetArgs, GlobalArgs, RunArgs};
use crate::cli::render::{message, quote};
use crate::cli::resolve::{
    Environment, Filter, Identity, MISS_STATUS, UsageError, configured, engine_job, filter, hook_variables,
};
use crate::config::Settings;
use crate::values;

/// Whether the environment switches the cache off. A word that means neither yes nor no does so, too: a mistake in it
/// must not cost the command, and whoever sets it wants no cache.
pub fn is_asked_for() -> bool {
    std::env::var_os("CACHEBACK_DISABLE").is_some_and(|value| values::switch(&value).unwrap_or(true))
}

/// Becomes the command, or does what is left of the request without a cache.
///
/// There is nothing to warm and nothing cached, so `--warm` succeeds and `--only-if-cached` exits 1, and neither runs
/// the command, as they promise. A time limit is not kept: nobody is left to keep it.
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
    match filter {
        Some(filter) => filtered(invocation, *read_stdin, &filter),
        None => become_command_with(invocation, *read_stdin),
    }
}

/// Notes that a command runs without a cache, unless that would be a round of a loop; it `may_run_itself` where the user
/// wants no cache, but not without end.
pub fn enter(invocation: &Invocation, key: &KeyOptions, may_run_itself: bool) -> Result<(), ExitStatus> {
    // Without a working directory there is no key, and nothing that could be run again and again for it.
    let Ok(parts) = Engine::parts_of(invocation, key) else { return Ok(()) };
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

/// Runs the command with its output going through `filter`, which somebody has to wait for.
fn filtered(invocation: &Invocation, keep_stdin: bool, filter: &Filter) -> ExitStatus {
    let running = Running::new(Some(filter));
    running.start(None);
    let mut argv = invocation.exec_argv().into_iter();
    let mut command = std::process::Command::new(argv.next().unwrap_or_default());
    if !keep_stdin {
        command.stdin(std::process::Stdio::null());
    }
    process::like_a_command(&mut command);
    let ended = match command.args(argv).status() {
        Ok(status) => status.into(),
        Err(reason) => message::not_started(invocation, &reason),
    };
    match running.finish(false) {
        Some(Ok(failed)) if failed != ExitStatus::Exited(0) => failed,
        _ => ended,
    }
}

/// Becomes the command, with what was read for it on its standard input.
pub fn become_command(invocation: &Invocation) -> ExitStatus {
    let Some(input) = &invocation.stdin else { return become_command_with(invocation, false) };
    match input.open().and_then(descriptor::replace_stdin) {
        Ok(()) => become_command_with(invocation, true),
        Err(reason) => message::not_started(invocation, &reason),
    }
}

/// Becomes the command, on the standard input that there is; or waits for it and for `filter`, if there is one.
pub fn become_filtered(invocation: &Invocation, filter: Option<&Filter>) -> ExitStatus {
    match filter {
        Some(filter) => filtered(invocation, true, filter),
        None => become_command_with(invocation, true),
    }
}

/// Becomes the command, on the standard input that there is.
pub fn become_command_as_is(invocation: &Invocation) -> ExitStatus {
    become_command_with(invocation, true)
}

fn become_command_with(invocation: &Invocation, keep_stdin: bool) -> ExitStatus {
    match exec(invocation, keep_stdin) {
        Ok(never) => match never {},
        Err(reason) => message::not_started(invocation, &reason),
    }
}

/// As std's `CommandExt::exec`, which however resets signals that the caller ignores or blocks.
fn exec(invocation: &Invocation, keep_stdin: bool) -> io::Result<std::convert::Infallible> {
    if !keep_stdin {
        descriptor::replace_stdin(descriptor::null()?)?;
    }
    let Executable { file, argv } = Executable::of(invocation);
    let argv: Vec<CString> = argv.into_iter().map(c_string).collect::<io::Result<_>>()?;
    process::exec(&c_string(file)?, &argv)
}

fn c_string(word: OsString) -> io::Result<CString> {
    Ok(CString::new(word.into_vec())?)
}
