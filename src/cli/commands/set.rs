//! `cacheback set`: standard input becomes the result of a command.

use std::time::Duration;

use crate::cache::Engine;
use crate::cache::{Setting, Unusable};
use crate::fetch::StandardInput;
use crate::model::input::{Input, InputError};
use crate::policy::{FetchPolicy, Policy};
use crate::store::Selector;
use cacheback::ExitStatus;

use super::run::open;
use crate::cli::args::{GlobalArgs, SetArgs};
use crate::cli::render::message;
use crate::cli::resolve::options::Environment;
use crate::cli::resolve::request::{engine_job, fetch_policy, policy};
use crate::cli::resolve::select::{SelectError, as_stored, report, selector};
use crate::cli::resolve::selection::{EXPECTED_ONE, Selection, SelectionRequest};
use crate::cli::resolve::usage::UsageError;

/// One call of `set`, with nothing left to look up.
pub struct SetRequest {
    selection: SelectionRequest,
    policy: Policy,
    fetch: FetchPolicy,
    /// `--ttl` of this very command line.
    lifetime: Option<Duration>,
    exit: u8,
}

impl SetRequest {
    /// What the options ask for.
    pub fn resolve(args: SetArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let SetArgs { exit_status, selector } = args;
        let lifetime = selector.settings.ttl;
        let selection = SelectionRequest::resolve_with_policy(selector, global, env)?;
        let policy = policy(&selection.layers);
        let job = selection.job.as_ref().map(engine_job);
        let fetch = FetchPolicy { job, ..fetch_policy(&selection.layers, env)? };
        // Without the values of its parameters a job is many results.
        if let (Selection::Job(_), Some(call)) = (&selection.selection, &selection.job) {
            call.job.values(&[]).map_err(|error| UsageError::new(error.to_string()))?;
        }
        match &selection.selection {
            Selection::Invocation { read_stdin: true, .. } => {
                Err(UsageError::new("--stdin cannot be used: standard input is the result that is stored".to_owned()))
            }
            Selection::Invocation { .. } | Selection::Id(_) => {
                Ok(Self { selection, policy, fetch, lifetime, exit: exit_status })
            }
            Selection::Job(_) => {
                Err(UsageError::new("set stores one result; expected the values of the job's parameters"))
            }
            _ => Err(UsageError::new(format!("set stores one result; {EXPECTED_ONE}"))),
        }
    }
}

/// Stores standard input under what is selected.
pub fn run(request: SetRequest) -> ExitStatus {
    let SelectionRequest { selection, db, quiet, .. } = request.selection;
    let result = open(&db, quiet).map_err(SelectError::from).and_then(|cache| {
        let setting = setting(selection, &request.policy, &request.fetch, &cache)?;
        let setting = Setting { lifetime: request.lifetime, ..setting };
        let limit = setting.fetch.max_size;
        let output = Input::read(StandardInput, limit).map_err(|error| match error {
            InputError::NotKept(input) if input.is_too_large() => SelectError::TooLarge(limit),
            error => SelectError::Input(error),
        })?;
        cache.set(&setting, &output, request.exit)?;
        Ok(setting.policy)
    });
    match result {
        Ok(policy) => {
            let exit = request.exit;
            let is_wanted = policy.cache_exit.contains(exit) || policy.failure_ttl.is_some();
            message::warning(quiet, "set 1 entry");
            if !is_wanted {
                message::warning(quiet, format!("it is printed by `run --cache-exit {exit}`, and not without that"));
            }
            ExitStatus::Exited(0)
        }
        Err(error) => report(&error, &db),
    }
}

fn setting(selection: Selection, policy: &Policy, fetch: &FetchPolicy, cache: &Engine) -> Result<Setting, SelectError> {
    if let Selection::Invocation { invocation, key, .. } = selection {
        let invocation = as_stored(invocation, &key, cache)?;
        let parts = Engine::parts_of(&invocation, &key)?;
        return Ok(Setting { invocation, parts, policy: policy.clone(), fetch: fetch.clone(), lifetime: None });
    }
    let selector: Selector = selector(selection, cache)?;
    let found: Result<_, Unusable> = cache.select(&selector, 1);
    found?.first().map(Setting::from).ok_or(SelectError::Nothing)
}
