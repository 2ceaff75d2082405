//! `cacheback explain`: would this call hit, and why or why not.

mod json;
mod report;
mod told;

use std::io::{self, IsTerminal};

use cacheback::ExitStatus;
use cacheback::cache::{Call, Explanation, Hooks};
use cacheback::time::Moment;

use super::args::{CallArgs, ExplainArgs, GetArgs, GlobalArgs, RunArgs};
use super::asked::Environment;
use super::bypass;
use super::configured;
use super::message;
use super::quote;
use super::request::Request;
use super::run::open;
use super::select::{SelectError, as_stored, report as report_error, with_input};
use super::settings::{self, Setting};
use super::usage::UsageError;

/// One call of `explain`, with nothing left to look up.
pub struct ExplainRequest {
    /// The call to explain, as `run` would make it.
    request: Request,
    /// What decides about it, and where that is from.
    settings: Vec<Setting>,
    /// `CACHEBACK_DISABLE` is set.
    is_disabled: bool,
    json: bool,
}

impl ExplainRequest {
    /// What the options ask for.
    pub fn resolve(args: ExplainArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let ExplainArgs { json, call } = args;
        let mut settings = settings::of(&configured::effective(&call, &global, env)?);
        let CallArgs { job, freshness, key, fetch, command } = call;
        let request = match job {
            Some(name) => {
                let job = [name].into_iter().chain(command).collect();
                Request::resolve_job(GetArgs { freshness, key, fetch, job }, global, env)?
            }
            None if command.is_empty() && key.key.is_none() => {
                return Err(UsageError::new("nothing to explain; expected a COMMAND, --key or --job"));
            }
            None => Request::resolve(RunArgs { freshness, key, fetch, command }, global, env)?,
        };
        // The scripts of a job decide as well; they are not run here.
        let scripts = [
            ("fetch_synchronously", request.fetch_synchronously.clone()),
            ("expiry", request.fetch.job.as_ref().and_then(|job| job.expiry.clone())),
        ];
        settings.extend(scripts.into_iter().filter_map(|(name, script)| {
            Some(Setting { name, value: quote::plain(&script?.to_string_lossy()), origin: "job".to_owned() })
        }));
        Ok(Self { request, settings, is_disabled: bypass::is_asked_for(), json })
    }
}

/// All that is said about a call.
struct Explained<'a> {
    request: &'a Request,
    settings: &'a [Setting],
    is_disabled: bool,
    explanation: Explanation,
}

/// Prints what the call would find; exit 0 whatever that is.
pub fn run(request: ExplainRequest) -> ExitStatus {
    let ExplainRequest { mut request, settings, is_disabled, json } = request;
    match with_input(std::mem::take(&mut request.invocation), request.read_stdin) {
        Ok(invocation) => request.invocation = invocation,
        Err(error) => return report_error(&error, &request.db),
    }
    let explanation = open(&request.db, request.quiet).and_then(|cache| {
        request.invocation = as_stored(std::mem::take(&mut request.invocation), &request.key, &cache)?;
        cache.explain(&call(&request))
    });
    match explanation {
        Ok(explanation) => {
            let explained = Explained { request: &request, settings: &settings, is_disabled, explanation };
            message::print(&if json { json::page(&explained) } else { report::page(&explained, is_colourful()) })
        }
        Err(error) => report_error(&SelectError::from(error), &request.db),
    }
}

fn call(request: &Request) -> Call<'_> {
    Call {
        invocation: &request.invocation,
        key: &request.key,
        policy: &request.policy,
        fetch: &request.fetch,
        empty: &request.empty,
        asked: Moment::now(),
        hooks: Hooks::default(),
    }
}

/// See no-color.org.
fn is_colourful() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
