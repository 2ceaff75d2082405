//! Settings as the engine takes them: when a result may be served, how it is fetched, and its job.

use std::ffi::OsString;

use super::{identity::all_at_home, options::Environment, usage::UsageError};
use crate::config::{JobCall, Layers, Origin};
use crate::policy::{FetchPolicy, Job, Mode, Policy};

/// The job as it is stored with its results.
pub fn engine_job(JobCall { job, values, .. }: &JobCall) -> Job {
    Job { name: job.name.clone().into(), expiry: job.expiry.clone(), variables: job.variables(values) }
}

/// The variables for the scripts of a job.
pub fn hook_variables(job: &Job) -> Vec<(OsString, OsString)> {
    [("CACHEBACK_JOB".into(), job.name.clone())].into_iter().chain(job.variables.iter().cloned()).collect()
}

/// Whether the lifetime from the job's script counts. A ttl for this call alone wins over it.
pub fn honours_expiry(call: &JobCall, layers: &Layers) -> bool {
    let origin = layers.origin(|settings| &settings.ttl);
    call.job.expiry.is_some() && !matches!(origin, Some(Origin::Option | Origin::Environment | Origin::When(_)))
}

/// When a stored result may be served.
pub fn policy(layers: &Layers) -> Policy {
    let built_in = Policy::default();
    Policy {
        ttl: layers.ttl().unwrap_or(built_in.ttl),
        cache_exit: layers.cache_exit().unwrap_or(built_in.cache_exit),
        failure_ttl: layers.failure_ttl(),
        jitter: layers.jitter().unwrap_or(built_in.jitter),
        max_stale: layers.max_stale(),
        fetch_on_stale_threshold: layers.fetch_on_stale_threshold(),
        keep: layers.keep().unwrap_or(built_in.keep),
        mode: mode(layers),
        stale_if_error: layers.stale_if_error().unwrap_or(built_in.stale_if_error),
        honours_expiry: false,
    }
}

/// `--refresh` and `--only-if-cached` win over what is set for calls in general.
fn mode(layers: &Layers) -> Mode {
    if layers.refresh().unwrap_or(false) {
        return Mode::Refresh;
    }
    if layers.only_if_cached().unwrap_or(false) {
        return Mode::OnlyIfCached;
    }
    let background = layers.background().unwrap_or(false);
    let fetch_on_miss = layers.fetch_on_miss().unwrap_or(true);
    match (background, fetch_on_miss) {
        (false, true) => Mode::Plain,
        (true, true) => Mode::Async,
        (false, false) => Mode::EmptyOnMiss,
        (true, false) => Mode::AsyncEmptyOnMiss,
    }
}

/// How to run the command and what to keep.
pub fn fetch_policy(layers: &Layers, env: &impl Environment) -> Result<FetchPolicy, UsageError> {
    let built_in = FetchPolicy::default();
    Ok(FetchPolicy {
        timeout: layers.timeout().or(built_in.timeout),
        refresh_timeout: layers.refresh_timeout().unwrap_or(built_in.refresh_timeout),
        max_size: layers.max_size().unwrap_or(built_in.max_size),
        on_refresh: layers.on_refresh().and_then(|script| script.0),
        store_if: layers.store_if().and_then(|script| script.0),
        depends_on: all_at_home(layers.depends_on().unwrap_or_default(), env)?,
        depends_on_program: layers.depends_on_program().unwrap_or(built_in.depends_on_program),
        tags: layers.tags().unwrap_or_default(),
        job: None,
    })
}
