//! `cacheback explain`: would this call hit, and why or why not.

mod json;
mod page;
#[cfg(feature = "shared")]
mod shared;
pub mod words;

use cacheback::ExitStatus;
use serde_json::Value;

use crate::cache::{Call, Explanation, parts_of};
use crate::cli::args::{CallArgs, ExplainArgs, GetArgs, GlobalArgs, RunArgs};
use crate::cli::render::settings::{self, Setting};
use crate::cli::render::{Paint, Row, message, quote};
use crate::cli::resolve::{Environment, Request, UsageError, as_stored, configured, with_cache, with_input};
use crate::cli::serve::bypass;
use crate::model::time::Moment;

/// A call with its settings and its explanation.
pub struct Explained<'a> {
    /// The call, as `run` would make it.
    request: &'a Request,
    /// Its settings, and where each comes from.
    settings: &'a [Setting],
    /// `CACHEBACK_DISABLE` is set.
    is_disabled: bool,
    explanation: Explanation,
    /// What the server has of it, for people and for programs; none if the result is not shared.
    shared: Option<(Vec<Row>, Value)>,
}

/// Prints what the call would find; exit 0 whatever that is.
pub fn run(args: ExplainArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let ExplainArgs { json, all, color, call: args } = args;
    let mut settings = settings::of(&configured::effective(&args, &global, env)?);
    let mut request = resolve(args, global, env)?;
    // The scripts of a job decide as well; they are not run here.
    let scripts = [
        ("fetch_synchronously", &request.fetch_synchronously),
        ("expiry", request.fetch.job.as_ref().map_or(&None, |job| &job.expiry)),
    ];
    settings.extend(scripts.into_iter().filter_map(|(name, script)| {
        let value = quote::plain(&script.as_ref()?.to_string_lossy());
        Some(Setting { name: name.into(), value, origin: "job".to_owned(), is_built_in: false })
    }));
    let (db, quiet) = (request.db.clone(), request.quiet);
    Ok(with_cache(&db, quiet, |cache| {
        let invocation = with_input(std::mem::take(&mut request.invocation), request.read_stdin)?;
        request.invocation = as_stored(invocation, &request.key, cache)?;
        let parts = parts_of(&request.invocation, &request.key)?;
        // The time limit of the call does not apply to an explanation.
        let call = Call { deadline: None, ..request.call(&parts, Moment::now()) };
        let explanation = cache.explain(&call)?;
        #[cfg(feature = "shared")]
        let shared = cache.on_server(&call).map(|found| (shared::rows(&found), shared::object(&found)));
        #[cfg(not(feature = "shared"))]
        let shared = None;
        let is_disabled = bypass::is_asked_for();
        let explained = Explained { request: &request, settings: &settings, is_disabled, explanation, shared };
        Ok(message::print(&match json {
            true => json::page(&explained),
            false => page::page(&explained, Paint::stdout(color.color), all),
        }))
    }))
}

fn resolve(args: CallArgs, global: GlobalArgs, env: &impl Environment) -> Result<Request, UsageError> {
    let CallArgs { job, settings, command } = args;
    match job {
        Some(name) => {
            let job = [name].into_iter().chain(command).collect();
            Request::resolve_job(GetArgs { settings, job }, global, env)
        }
        None if command.is_empty() && settings.key.is_none() => {
            Err(UsageError::new("nothing to explain; expected a COMMAND, --key or --job"))
        }
        None => Request::resolve(RunArgs { settings, command }, global, env),
    }
}
