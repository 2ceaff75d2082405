//! One call of `run` or `get`, carried out: from a request to the engine, and from its answer to the caller.

pub(crate) mod bypass;
mod failing;
mod filter;
mod synchronously;

use std::fmt::Display;
use std::io;
use std::time::Instant;

use crate::cache::{Answer, Ended, Hooks, Source, Unusable, run_uncached};
use crate::fetch;
use crate::model::input::{INPUT_MAX, Input, InputError, NotKept};
use crate::model::status::{CacheStatus, How, Why};
use crate::model::time::Moment;
use crate::policy::{Freshness, Mode};
use crate::sys::error::words;
use crate::sys::{deadline, descriptor, errno, signal};
use cacheback::ExitStatus;

use super::render::message;
use super::resolve::Request;
use super::resolve::{open, usage_error};
use filter::Running;

/// Serves or fetches what was asked for.
pub fn run(mut request: Request) -> ExitStatus {
    let asked = Moment::now();
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
    let waits = |freshness| synchronously::is_asked_for(&request, freshness);
    let hooks = Hooks {
        waits: request.fetch_synchronously.is_some().then_some(&waits as &dyn Fn(Freshness) -> bool),
        before_output: request.filter.is_some().then_some(&start_filter as &dyn Fn(&Source)),
        shows_progress: request.progress,
    };
    let result = open(&request.db, request.quiet).and_then(|cache| {
        let call = request.call(asked, hooks);
        let answer = if request.warm { cache.warm(&call) } else { cache.get(&call) }?;
        if let CacheStatus { how: How::Hit { age, failing: true, .. }, key: Some(key) } = &answer.status {
            failing::tell(&cache, key, *age, request.quiet);
        }
        Ok(answer)
    });
    match result {
        Ok(answer) => finish(&request, answer, &filter),
        Err(Unusable::InItself(around)) => bypass::runs_itself(&request.invocation, &around),
        Err(unusable) => match usage_error(&request.db, &unusable) {
            Some(error) => error.print(),
            None => without_cache(&request, &unusable, &filter),
        },
    }
}

fn finish(request: &Request, answer: Answer, filter: &Running<'_>) -> ExitStatus {
    if let Ended::NotStarted(error) = answer.ended
        && error.is_shortage()
    {
        return unsupervised(request, &error.into());
    }
    // The signal that killed the command ends this call at once, and the filter with it.
    if let Ended::BySignal(signal) = answer.ended
        && signal != signal::SIGPIPE
    {
        filter.end();
        signal::die_by(signal);
    }
    let filtered = filter.finish(answer.ended == Ended::With(ExitStatus::TimedOut));
    let has_filter = filtered.is_some();
    let mut status = match answer.ended {
        // The filter has read as much as it wanted.
        Ended::BySignal(signal::SIGPIPE) if has_filter => ExitStatus::Exited(0),
        Ended::With(_) if is_miss(request, &answer.status) => ExitStatus::Exited(request.miss_status),
        Ended::With(status) => status,
        Ended::NotStarted(error) => message::not_started(&request.invocation, &error.into()),
        // The command does not die of it either where the caller ignores it.
        Ended::BySignal(signal::SIGPIPE) => message::unprintable(&io::Error::from_raw_os_error(errno::EPIPE)),
        Ended::BySignal(signal) => signal::die_by(signal),
        Ended::FetcherLost => {
            message::error("the process that ran the command was killed");
            ExitStatus::Killed(signal::SIGKILL)
        }
    };
    if let Some(error) = &answer.print_error {
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
    write_status(request, &answer.status);
    match filtered {
        None | Some(Ok(ExitStatus::Exited(0))) => status,
        // The filter had to end as well.
        Some(Ok(_)) if answer.ended == Ended::With(ExitStatus::TimedOut) => status,
        Some(Ok(failed)) => failed,
        Some(Err(reason)) => {
            let reason = words(&reason);
            message::warning(request.quiet, format_args!("the output has not been filtered: {reason}"));
            status
        }
    }
}

/// Whether --only-if-cached found nothing fresh.
fn is_miss(request: &Request, status: &CacheStatus) -> bool {
    request.policy.mode == Mode::OnlyIfCached && status.how == How::NotCached
}

/// The system lacks what supervising the command takes; the command itself may still run.
fn unsupervised(request: &Request, shortage: &io::Error) -> ExitStatus {
    let reason = words(shortage);
    message::warning(
        request.quiet,
        format_args!("the command cannot be watched over: {reason}; running it without a cache"),
    );
    write_bypass_status(request);
    bypass::become_command(&request.invocation)
}

fn write_status(request: &Request, status: &CacheStatus) {
    if let Some(number) = request.status {
        // A caller who has closed the descriptor, or its other end, does not want the line.
        let line = format!("{status}\n");
        let _ = signal::without_sigpipe(|| descriptor::write_to(number, line.as_bytes()));
    }
}

/// Runs the command without a cache, on what has been read of its input and on the rest, which need not be kept then.
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
        Ok(()) => bypass::become_filtered(&request.invocation, request.filter.as_ref()),
        Err(error) => message::not_started(&request.invocation, &error),
    }
}

/// Says that there is no cache, and why; the status of a call that wants nothing else.
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
    let how = How::Fetch { why: Why::Bypass, stored: false, collapsed: false, too_large: false };
    write_status(request, &CacheStatus { how, key: None });
}

/// Runs the command as if there were no cache: its output and its status are the user's, whatever is wrong with ours.
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
        return bypass::become_command(&request.invocation);
    }
    filter.start(None);
    match run_uncached(&request.invocation, &request.fetch, None, Why::Bypass, request.filter.is_some()) {
        Ok(answer) => finish(request, answer, filter),
        Err(error) => message::not_started(&request.invocation, &error),
    }
}
