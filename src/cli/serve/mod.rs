//! One call of `run` or `get`: carries out its request, and turns the result into messages and an exit status.

pub(crate) mod bypass;

use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::time::Instant;

use crate::cache::{Engine, Unusable, parts_of};
use crate::fetch;
use crate::model::input::{INPUT_MAX, Input, InputError, NotKept};
use crate::model::status::{CacheStatus, How, Why};
use crate::model::time::Moment;
use crate::policy::{Freshness, Mode};
use crate::runner::exec::StandardInput;
use crate::runner::filter::Running;
use crate::runner::{Caller, Hooks, ProcessEnd, Response, Source, failure_to_show, fetch_is_waited_for, run_uncached};
use crate::sys::error::words;
use crate::sys::{deadline, descriptor, errno, process, signal};
use cacheback::ExitStatus;

use super::render::message;
use super::resolve::{Request, hook_variables, open, usage_error};

/// Serves or fetches the result of `request`.
pub fn run(mut request: Request) -> ExitStatus {
    let called_at = Moment::now();
    if request.read_stdin {
        let input = || Input::read(fetch::StandardInput, INPUT_MAX);
        let began = Instant::now();
        let deadline = request.fetch.timeout.and_then(|timeout| began.checked_add(timeout));
        let input = match deadline {
            Some(deadline) => deadline::within(deadline, ExitStatus::TimedOut.code(), input),
            None => input(),
        };
        // The time that reading took is part of the time limit.
        request.fetch.timeout = request.fetch.timeout.map(|timeout| timeout.saturating_sub(began.elapsed()));
        match input {
            Ok(input) => request.invocation = request.invocation.with_stdin(input),
            Err(InputError::NotKept(input)) => return with_input_passed_on(&request, input),
            Err(error @ InputError::Unreadable(_)) => {
                message::error(error);
                return ExitStatus::Failed;
            }
        }
    }
    let filter = Running::new(request.filter.as_ref());
    let start_filter = |source: &Source| filter.start(Some(source));
    let waits = |freshness| is_waited_for(&request, freshness);
    let hooks = Hooks {
        waits: request.fetch_synchronously.is_some().then_some(&waits as &dyn Fn(Freshness) -> bool),
        before_output: request.filter.is_some().then_some(&start_filter as &dyn Fn(&Source)),
        shows_progress: request.progress,
    };
    let result = open(&request.db, request.quiet).and_then(|engine| {
        let parts = parts_of(&request.invocation, &request.key)?;
        let call = request.call(&parts, called_at);
        let caller = Caller { engine: &engine, call, empty: &request.empty, hooks };
        let response = if request.warm { caller.warm() } else { caller.get() }?;
        warn_of_no_room(&request, &response.status);
        warn_of_failures(&request, &engine, &response.status);
        Ok(response)
    });
    match result {
        Ok(response) => finish(&request, response, &filter),
        Err(Unusable::InItself(around)) => bypass::runs_itself(&request.invocation, &around),
        Err(unusable) => match usage_error(&request.db, &unusable) {
            Some(error) => error.print(),
            None => without_cache(&request, &unusable, &filter),
        },
    }
}

fn finish(request: &Request, response: Response, filter: &Running<'_>) -> ExitStatus {
    if let ProcessEnd::NotStarted(error) = response.end
        && error.is_shortage()
    {
        return unsupervised(request, &error.into());
    }
    // The signal that killed the command ends this call at once, and the filter with it.
    if let ProcessEnd::BySignal(signal) = response.end
        && signal != signal::SIGPIPE
    {
        filter.end();
        process::die_by(signal);
    }
    let filtered = filter.finish(response.end == ProcessEnd::With(ExitStatus::TimedOut));
    let has_filter = filtered.is_some();
    let mut status = match response.end {
        // The filter has read as much as it wanted.
        ProcessEnd::BySignal(signal::SIGPIPE) if has_filter => ExitStatus::Exited(0),
        ProcessEnd::With(_) if is_miss(request, &response.status) => ExitStatus::Exited(request.miss_status),
        ProcessEnd::With(status) => status,
        ProcessEnd::NotStarted(error) => message::not_started(&request.invocation, &error.into()),
        // Where the caller ignores SIGPIPE, this prints an error, as the command would do.
        ProcessEnd::BySignal(signal::SIGPIPE) => message::unprintable(&io::Error::from_raw_os_error(errno::EPIPE)),
        ProcessEnd::BySignal(signal) => process::die_by(signal),
        ProcessEnd::FetcherLost => {
            message::error("the process that ran the command was killed");
            ExitStatus::Killed(signal::SIGKILL)
        }
    };
    if let Some(error) = &response.print_error {
        match error.kind() {
            io::ErrorKind::BrokenPipe if has_filter => {}
            _ => {
                let unprintable = message::unprintable(error);
                if status == ExitStatus::Exited(0) {
                    status = unprintable;
                }
            }
        }
    }
    write_status(request, &response.status);
    match filtered {
        None | Some(Ok(ExitStatus::Exited(0))) => status,
        // The time limit has ended the filter as well.
        Some(Ok(_)) if response.end == ProcessEnd::With(ExitStatus::TimedOut) => status,
        Some(Ok(failed)) => failed,
        Some(Err(reason)) => {
            let reason = words(&reason);
            message::warning(request.quiet, format_args!("the output has not been filtered: {reason}"));
            status
        }
    }
}

/// Whether a fetch is waited for, as the script of the request says. If the script cannot be run, the policy decides.
fn is_waited_for(request: &Request, freshness: Freshness) -> bool {
    let Some(script) = &request.fetch_synchronously else { return false };
    let variables = request.fetch.job.iter().flat_map(hook_variables).collect();
    fetch_is_waited_for(script, variables, freshness).unwrap_or_else(|reason| {
        let reason = words(&reason);
        message::warning(request.quiet, format_args!("cannot run fetch_synchronously: {reason}"));
        matches!(request.policy.mode, Mode::Plain | Mode::Refresh)
    })
}

/// Says at a terminal that a stale result is all that there is because its refreshes fail.
fn warn_of_failures(request: &Request, engine: &Engine, status: &CacheStatus) {
    if let CacheStatus { how: How::Hit { age, failing: true, .. }, key: Some(key), .. } = status
        && !request.quiet
        && io::stderr().is_terminal()
        && let Some(text) = failure_to_show(engine, key, *age)
    {
        message::warning(request.quiet, text);
    }
}

/// Says that `--warm` has started nothing, as there is no room for another background fetch.
fn warn_of_no_room(request: &Request, status: &CacheStatus) {
    if request.warm && matches!(status.how, How::Deferred(_)) {
        let limit = request.db.max_refreshes.map(|limit| format!(" = {limit}")).unwrap_or_default();
        let text = format!("no fetch is started: as many run in the background as max_refreshes{limit} allows");
        message::warning(request.quiet, text);
    }
}

/// Whether --only-if-cached found nothing fresh.
fn is_miss(request: &Request, status: &CacheStatus) -> bool {
    request.policy.mode == Mode::OnlyIfCached && status.how == How::NotCached
}

/// The system lacks the resources to supervise the command; the command alone may still run.
fn unsupervised(request: &Request, shortage: &io::Error) -> ExitStatus {
    let reason = words(shortage);
    message::warning(
        request.quiet,
        format_args!("the command cannot be supervised: {reason}; running it without a cache"),
    );
    write_bypass_status(request);
    bypass::run_command(&request.invocation, StandardInput::OfInvocation, None)
}

fn write_status(request: &Request, status: &CacheStatus) {
    if let Some(number) = request.status {
        // A caller who has closed the descriptor, or its other end, does not want the line.
        let line = format!("{status}\n");
        let _ = signal::without_sigpipe(|| descriptor::write_to(number, line.as_bytes()));
    }
}

/// Runs the command without a cache. Its input is what has been read and then the rest, which need not be kept.
fn with_input_passed_on(request: &Request, input: NotKept) -> ExitStatus {
    if let Err(status) = bypass::enter(&request.invocation, &request.key, false) {
        return status;
    }
    let without_command = do_without(request, &input);
    write_bypass_status(request);
    if let Some(status) = without_command {
        return status;
    }
    let passed_on = input.so_far().and_then(fetch::piped).and_then(descriptor::replace_stdin);
    match passed_on {
        Ok(()) => bypass::run_command(&request.invocation, StandardInput::Own, request.filter.as_ref()),
        Err(error) => message::not_started(&request.invocation, &error),
    }
}

/// Says that there is no cache, and why. Returns the status of a call that must not run the command itself.
fn do_without(request: &Request, why: impl Display) -> Option<ExitStatus> {
    let status = match request.policy.mode {
        _ if request.warm => Some(ExitStatus::Exited(0)),
        Mode::OnlyIfCached => Some(ExitStatus::Exited(request.miss_status)),
        _ => None,
    };
    let then = if status.is_some() { "nothing is run" } else { "running the command without a cache" };
    message::warning(request.quiet, format_args!("{why}; {then}"));
    status
}

fn write_bypass_status(request: &Request) {
    let how = How::Fetch { why: Why::Bypass, stored: false, collapsed: false, not_stored: None };
    write_status(request, &CacheStatus { how, key: None, shared: None });
}

/// Runs the command as if there were no cache: no fault of the cache may change its output and its status.
fn without_cache(request: &Request, unusable: &Unusable, filter: &Running<'_>) -> ExitStatus {
    if let Err(status) = bypass::enter(&request.invocation, &request.key, false) {
        return status;
    }
    let without_command = do_without(request, unusable);
    let becomes_command =
        request.fetch.timeout.is_none() && request.filter.is_none() && request.invocation.terminal.is_none();
    if becomes_command {
        write_bypass_status(request);
    }
    if let Some(status) = without_command {
        return status;
    }
    if becomes_command {
        return bypass::run_command(&request.invocation, StandardInput::OfInvocation, None);
    }
    filter.start(None);
    match run_uncached(&request.invocation, &request.fetch, None, Why::Bypass, request.filter.is_some()) {
        Ok(response) => finish(request, response, filter),
        Err(error) => message::not_started(&request.invocation, &error),
    }
}
