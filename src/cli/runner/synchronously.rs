//! `fetch_synchronously`: a job's script says whether a fetch is waited for.

use std::process::Stdio;

use crate::fetch;
use crate::policy::{Freshness, Mode};
use crate::sys::error::words;

use crate::cli::render::message;
use crate::cli::resolve::{Request, hook_variables};

/// Runs the script of the request, which is told how what is stored stands, as that is not fresh. What it prints goes
/// nowhere. If it cannot be run, the policy decides.
pub fn is_asked_for(request: &Request, freshness: Freshness) -> bool {
    let Some(script) = &request.fetch_synchronously else { return false };
    let mut shell = fetch::hook(script);
    shell.stdin(Stdio::null()).stdout(Stdio::null());
    shell.envs(request.fetch.job.iter().flat_map(hook_variables));
    let (status, age) = match freshness {
        Freshness::Stale { age, .. } | Freshness::Fresh { age, .. } => ("stale", age.as_secs()),
        Freshness::Missing => ("miss", 0),
    };
    shell.env("CACHEBACK_STATUS", status).env("CACHEBACK_AGE", age.to_string());
    match shell.status() {
        Ok(status) => status.success(),
        Err(reason) => {
            let reason = words(&reason);
            message::warning(request.quiet, format_args!("cannot run fetch_synchronously: {reason}"));
            matches!(request.policy.mode, Mode::Plain | Mode::Refresh)
        }
    }
}
