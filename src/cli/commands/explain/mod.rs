//! `cacheback explain`: would this call hit, and why or why not.

mod json;
mod report;
mod told;

use crate::cache::{Call, Explanation, Hooks};
use crate::model::time::Moment;
use cacheback::ExitStatus;

use super::run::bypass;
use super::run::open;
use crate::cli::args::upkeep::When;
use crate::cli::args::{CallArgs, ExplainArgs, GetArgs, GlobalArgs, RunArgs};
use crate::cli::render::color::Paint;
use crate::cli::render::message;
use crate::cli::render::quote;
use crate::cli::render::settings;
use crate::cli::render::settings::Setting;
use crate::cli::resolve::configured;
use crate::cli::resolve::options::Environment;
use crate::cli::resolve::request::Request;
use crate::cli::resolve::select::{SelectError, as_stored, report as report_error, with_input};
use crate::cli::resolve::usage::UsageError;

/// One call of `explain`, with nothing left to look up.
pub struct ExplainRequest {
    /// The call to explain, as `run` would make it.
    request: Request,
    /// What decides about it, and where that is from.
    settings: Vec<Setting>,
    /// `CACHEBACK_DISABLE` is set.
    is_disabled: bool,
    json: bool,
    /// Show all settings.
    all: bool,
    color: When,
}

impl ExplainRequest {
    /// What the options ask for.
    pub fn resolve(args: ExplainArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let ExplainArgs { json, all, color, call } = args;
        let mut settings = settings::of(&configured::effective(&call, &global, env)?);
        let CallArgs { job, settings: options, command } = call;
        let request = match job {
            Some(name) => {
                let job = [name].into_iter().chain(command).collect();
                Request::resolve_job(GetArgs { settings: options, job }, global, env)?
            }
            None if command.is_empty() && options.key.is_none() => {
                return Err(UsageError::new("nothing to explain; expected a COMMAND, --key or --job"));
            }
            None => Request::resolve(RunArgs { settings: options, command }, global, env)?,
        };
        // The scripts of a job decide as well; they are not run here.
        let scripts = [
            ("fetch_synchronously", request.fetch_synchronously.clone()),
            ("expiry", request.fetch.job.as_ref().and_then(|job| job.expiry.clone())),
        ];
        settings.extend(scripts.into_iter().filter_map(|(name, script)| {
            Some(Setting {
                name,
                value: quote::plain(&script?.to_string_lossy()),
                origin: "job".to_owned(),
                is_built_in: false,
            })
        }));
        Ok(Self { request, settings, is_disabled: bypass::is_asked_for(), json, all, color: color.color })
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
    let ExplainRequest { mut request, settings, is_disabled, json, all, color } = request;
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
            message::print(&match json {
                true => json::page(&explained),
                false => report::page(&explained, Paint::stdout(color), all),
            })
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
