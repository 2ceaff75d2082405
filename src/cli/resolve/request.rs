//! Resolves options, environment and configuration, once, to the request that the engine gets.
//!
//! An option wins over its environment variable, that over the job or the rule, that over the defaults of the
//! configuration, and those over what is built in.

use std::ffi::OsString;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStringExt;

use super::identity::{Database, Identity};
use super::policy::{engine_job, fetch_policy, honours_expiry, hook_variables, policy};
use super::shared;
use super::{configured, options::Environment, usage::UsageError};
use crate::cache::{Call, Sharing};
use crate::cli::args::{GetArgs, GlobalArgs, RunArgs};
use crate::config::{Layers, Origin, Shared};
use crate::model::{invocation::Invocation, key::KeyOptions, key::KeyParts, time::Moment};
use crate::policy::{FetchPolicy, Mode, Policy};
use crate::runner::filter::Filter;
use crate::sys::descriptor::{Access, access_of};

/// The status of a call that may not fetch and finds nothing fresh.
pub const MISS_STATUS: u8 = 1;

/// One call of `run` or `get`, with nothing left to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to run. Its standard input is still to be read if `read_stdin` says so.
    pub invocation: Invocation,
    /// What else is part of its key.
    pub key: KeyOptions,
    /// Standard input has to be read to its end, for the key and for the command.
    pub read_stdin: bool,
    /// When a stored result may be served.
    pub policy: Policy,
    /// A shell script that says by exit 0 that a fetch is waited for, and otherwise that it is not, whatever
    /// `policy.mode` says.
    pub fetch_synchronously: Option<OsString>,
    /// How to run the command and what to keep.
    pub fetch: FetchPolicy,
    /// The filter that the output passes through when it is printed.
    pub filter: Option<Filter>,
    /// What to print where `policy.mode` serves an empty result.
    pub empty: Vec<u8>,
    /// The exit status if the call may not fetch and nothing fresh is stored.
    pub miss_status: u8,
    /// Only start a detached fetch.
    pub warm: bool,
    /// Show the progress of a fetch.
    pub progress: bool,
    /// Write a Cache-Status line to this descriptor.
    pub status: Option<RawFd>,
    /// Where the cache is.
    pub db: Database,
    /// Print no warnings.
    pub quiet: bool,
    /// The server that the result is shared by.
    pub shared: Option<Sharing>,
}

impl Request {
    /// What the options of `run` ask for, with what the configuration says about the command.
    pub fn resolve(args: RunArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let RunArgs { settings, command } = args;
        let from_file = configured::for_command(&global, &command, env)?;
        let shared = from_file.shared.clone();
        let layers = configured::command_layers(settings, &global, from_file, env);
        let identity = Identity::of_command(command, &layers, env)?;
        Self::new(identity, &layers, shared, global.quiet, env)
    }

    /// What the options of `get` ask for, with what the configuration says about the job.
    pub fn resolve_job(args: GetArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let call = configured::for_job(&global, &args.job, env)?;
        let layers = configured::job_layers(args.settings, &global, &call, env)?;
        let identity = Identity::of_job(&call, &layers, env)?;
        let mut request = Self::new(identity, &layers, call.shared.clone(), global.quiet, env)?;
        request.policy.honours_expiry = honours_expiry(&call, &layers);
        let says_how = request.warm
            || matches!(request.policy.mode, Mode::Refresh | Mode::OnlyIfCached)
            || is_special(layers.origin(|settings| &settings.background))
            || is_special(layers.origin(|settings| &settings.fetch_on_miss));
        request.fetch_synchronously = call.job.fetch_synchronously.clone().filter(|_| !says_how);
        let mut job = engine_job(&call);
        if let Some(Origin::When(_)) = layers.origin(|settings| &settings.ttl) {
            // A ttl for these values wins over the script.
            job.expiry = None;
        }
        if let Some(filter) = &mut request.filter {
            filter.variables = hook_variables(&job);
        }
        request.fetch.job = Some(job);
        Ok(request)
    }

    /// This request as a call of the engine, with the parts of its key and the time when it was made.
    pub fn call<'a>(&'a self, parts: &'a KeyParts, called_at: Moment) -> Call<'a> {
        let call = Call::new(&self.invocation, parts, &self.policy, &self.fetch, called_at);
        Call { sharing: self.shared.as_ref(), ..call }
    }

    fn new(
        identity: Identity,
        layers: &Layers,
        shared: Option<Shared>,
        quiet: bool,
        env: &impl Environment,
    ) -> Result<Self, UsageError> {
        let Identity { invocation, key, read_stdin, db } = identity;
        if layers.miss_status().is_some() && layers.only_if_cached() != Some(true) {
            return Err(UsageError::new("'--miss-status' means nothing without '--only-if-cached'"));
        }
        Ok(Self {
            invocation,
            key,
            read_stdin,
            policy: policy(layers),
            fetch_synchronously: None,
            fetch: fetch_policy(layers, env)?,
            filter: filter(layers),
            empty: layers.empty().unwrap_or_default().into_vec(),
            miss_status: layers.miss_status().unwrap_or(MISS_STATUS),
            warm: layers.warm().unwrap_or(false),
            status: status_descriptor(layers)?,
            progress: layers.progress().unwrap_or(false) && !quiet,
            shared: shared::sharing(layers, shared, &db, quiet, env)?,
            db,
            quiet,
        })
    }
}

/// Whether the setting is only for this call, or only for these values.
fn is_special(origin: Option<Origin>) -> bool {
    matches!(origin, Some(Origin::Option | Origin::When(_)))
}

/// The filter for the output, without the variables of a job.
pub fn filter(layers: &Layers) -> Option<Filter> {
    layers.process_result().map(|script| Filter { script, variables: Vec::new() })
}

fn status_descriptor(layers: &Layers) -> Result<Option<RawFd>, UsageError> {
    let Some(number) = layers.status_fd() else { return Ok(layers.status().unwrap_or(false).then_some(2)) };
    let reason = match access_of(number) {
        Access::Writable => return Ok(Some(number)),
        Access::ReadOnly => "the descriptor is open for reading only; expected one that is open for writing, such as 2",
        Access::Closed => "the descriptor is not open; expected one that is, such as 2",
    };
    Err(UsageError::new(format!("invalid value '{number}' for '--status-fd <N>': {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::cli::args;
    use crate::cli::args::Command;

    fn resolve_with(line: &[&str], env: &[(&str, &str)]) -> Result<Request, UsageError> {
        let argv: Vec<OsString> = ["cacheback", "run"].iter().chain(line).map(OsString::from).collect();
        let cli = args::parse(&argv).expect("options parse");
        let Command::Run(run) = cli.command else { unreachable!("the line says run") };
        let env = |name: &'static str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Request::resolve(run, cli.global, &env)
    }

    fn resolve(line: &[&str]) -> Request {
        resolve_with(line, &[]).expect("options resolve")
    }

    #[test]
    fn without_options_everything_is_built_in() {
        let request = resolve(&["date"]);
        assert_eq!(request.policy, Policy::default());
        assert_eq!(request.fetch, FetchPolicy::default());
        assert_eq!(request.key, KeyOptions::default());
        assert_eq!(request.invocation, Invocation::new(["date"]));
        assert_eq!(
            (request.status, request.db, request.warm, request.quiet),
            (None, Database::default(), false, false)
        );
    }

    #[test]
    fn an_option_wins_over_the_environment() {
        let env = [("CACHEBACK_TTL", "5s"), ("CACHEBACK_SCOPE", "env"), ("CACHEBACK_DB", "/env")];
        let by_env = resolve_with(&["date"], &env).unwrap();
        assert_eq!(by_env.policy.ttl, Duration::from_secs(5));
        assert_eq!(by_env.key.scope, Some("env".into()));
        assert_eq!(by_env.db, Database { path: Some("/env".into()), ..Database::default() });
        let by_option = resolve_with(&["--ttl", "7", "--scope=opt", "--db", "/opt", "date"], &env).unwrap();
        assert_eq!(by_option.policy.ttl, Duration::from_secs(7));
        assert_eq!(by_option.key.scope, Some("opt".into()));
        assert_eq!(by_option.db, Database { path: Some("/opt".into()), explicit: true, ..Database::default() });
    }

    #[test]
    fn an_empty_variable_is_unset_and_an_empty_scope_is_none() {
        let empty = [("CACHEBACK_TTL", ""), ("CACHEBACK_ASYNC", ""), ("CACHEBACK_SCOPE", ""), ("CACHEBACK_DB", "")];
        assert_eq!(resolve_with(&["date"], &empty).unwrap(), resolve(&["date"]));
        let scoped = [("CACHEBACK_SCOPE", "env")];
        assert_eq!(resolve_with(&["--scope", "", "date"], &scoped).unwrap().key.scope, None);
    }

    #[test]
    fn a_bad_variable_is_as_good_as_none() {
        for (name, value) in [("CACHEBACK_TTL", "soon"), ("CACHEBACK_MAX_STALE", "-1"), ("CACHEBACK_ASYNC", "maybe")] {
            assert_eq!(resolve_with(&["date"], &[(name, value)]).unwrap(), resolve(&["date"]), "{name}");
        }
        let overridden = resolve_with(&["--ttl", "1", "date"], &[("CACHEBACK_TTL", "soon")]);
        assert_eq!(overridden.unwrap().policy.ttl, Duration::from_secs(1));
    }

    #[test]
    fn the_flags_choose_the_mode() {
        let on = [("CACHEBACK_ASYNC", "1")];
        let off = [("CACHEBACK_ASYNC", "0")];
        for (line, env, mode) in [
            (&["date"][..], &[][..], Mode::Plain),
            (&["date"], &off, Mode::Plain),
            (&["date"], &on, Mode::Async),
            (&["--async", "date"], &off, Mode::Async),
            (&["--no-async", "date"], &on, Mode::Plain),
            (&["--async", "--no-async", "date"], &[], Mode::Plain),
            (&["--no-async", "--async", "date"], &[], Mode::Async),
            (&["--no-fetch-on-miss", "--fetch-on-miss", "date"], &on, Mode::Async),
            (&["--no-fetch-on-miss", "date"], &[], Mode::EmptyOnMiss),
            (&["--no-fetch-on-miss", "--async", "date"], &[], Mode::AsyncEmptyOnMiss),
            (&["--only-if-cached", "date"], &on, Mode::OnlyIfCached),
            (&["--refresh", "--no-fetch-on-miss", "date"], &on, Mode::Refresh),
        ] {
            assert_eq!(resolve_with(line, env).unwrap().policy.mode, mode, "{line:?} {env:?}");
        }
    }

    #[test]
    fn a_descriptor_for_the_status_must_be_open_for_writing() {
        assert_eq!(resolve(&["--status", "date"]).status, Some(2));
        assert_eq!(resolve(&["--status", "--status-fd", "1", "date"]).status, Some(1));
        let message = resolve_with(&["--status-fd", "987", "date"], &[]).unwrap_err().to_string();
        assert!(message.contains("--status-fd") && message.contains("987"), "{message}");
    }
}
