//! From options and environment to what the engine needs: resolved once, at the door.
//!
//! An option wins over its environment variable, which wins over the built-in default. An empty variable counts as
//! unset. A variable is only read when its option is absent, so that a bad value harms nobody who overrides it.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use cacheback::Invocation;
use cacheback::key::KeyOptions;
use cacheback::policy::{FetchPolicy, Mode, Policy};

use super::args::{FetchArgs, FreshnessArgs, GlobalArgs, KeyArgs, RunArgs};
use super::descriptor;
use super::filter::Filter;
use super::units;
use super::usage::UsageError;

/// One call of `run`, with nothing left to look up.
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
    /// How to run the command and what to keep.
    pub fetch: FetchPolicy,
    /// What the output passes through on its way out.
    pub filter: Option<Filter>,
    /// What to print where `policy.mode` serves an empty result.
    pub empty: Vec<u8>,
    /// Only start a detached fetch.
    pub warm: bool,
    /// Write a Cache-Status line to this descriptor.
    pub status: Option<RawFd>,
    /// Where the cache is; `None` is the default place.
    pub db: Option<DbPath>,
    /// Print no warnings.
    pub quiet: bool,
}

/// A database named by the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbPath {
    pub path: PathBuf,
    /// It was named by `--db` on this command line, and not by the environment.
    pub explicit: bool,
}

/// Looks up environment variables.
pub trait Environment: Fn(&'static str) -> Option<OsString> {}

impl<F: Fn(&'static str) -> Option<OsString>> Environment for F {}

impl Request {
    /// What the options of `run` ask for.
    pub fn resolve(args: RunArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let RunArgs { freshness, key, fetch, command } = args;
        Ok(Self {
            policy: policy(&freshness, &fetch, env)?,
            fetch: fetch_policy(&fetch, &freshness.depends_on),
            filter: fetch.process_result.clone().map(|script| Filter { script, variables: Vec::new() }),
            warm: freshness.warm,
            empty: freshness.empty.unwrap_or_default().into_vec(),
            status: status_descriptor(&fetch)?,
            db: db_path(global.db, env),
            quiet: global.quiet,
            read_stdin: key.stdin,
            invocation: Invocation::new(command).as_shell(key.shell),
            key: key_options(key, env),
        })
    }
}

/// When a stored result may be served.
pub fn policy(freshness: &FreshnessArgs, fetch: &FetchArgs, env: &impl Environment) -> Result<Policy, UsageError> {
    let built_in = Policy::default();
    let max_stale = option_or_variable(freshness.max_stale, env, "CACHEBACK_MAX_STALE", units::duration)?;
    Ok(Policy {
        ttl: ttl(freshness.ttl, env)?,
        max_stale,
        keep: fetch.keep.unwrap_or(built_in.keep),
        failure_ttl: fetch.failure_ttl,
        stale_if_error: freshness.stale_if_error,
        mode: mode(freshness, env)?,
        ..built_in
    })
}

/// For how long an entry is fresh.
pub fn ttl(option: Option<Duration>, env: &impl Environment) -> Result<Duration, UsageError> {
    let ttl = option_or_variable(option, env, "CACHEBACK_TTL", units::duration)?;
    Ok(ttl.unwrap_or(Policy::default().ttl))
}

/// `--refresh` and `--only-if-cached` say what happens to this one call; the others how calls go in general.
fn mode(options: &FreshnessArgs, env: &impl Environment) -> Result<Mode, UsageError> {
    if options.refresh {
        return Ok(Mode::Refresh);
    }
    if options.only_if_cached {
        return Ok(Mode::OnlyIfCached);
    }
    let background = option_or_variable(options.background.then_some(true), env, "CACHEBACK_ASYNC", switch)?;
    Ok(match (background.unwrap_or(false), options.no_fetch_on_miss) {
        (false, false) => Mode::Plain,
        (true, false) => Mode::Async,
        (false, true) => Mode::EmptyOnMiss,
        (true, true) => Mode::AsyncEmptyOnMiss,
    })
}

/// How to run the command and what to keep.
pub fn fetch_policy(options: &FetchArgs, depends_on: &[OsString]) -> FetchPolicy {
    let built_in = FetchPolicy::default();
    FetchPolicy {
        timeout: options.timeout.or(built_in.timeout),
        refresh_timeout: options.refresh_timeout.unwrap_or(built_in.refresh_timeout),
        max_size: options.max_size.unwrap_or(built_in.max_size),
        cache_exit: options.cache_exit.unwrap_or(built_in.cache_exit),
        depends_on: depends_on.to_vec(),
        tags: options.tag.clone(),
        job: None,
    }
}

fn status_descriptor(options: &FetchArgs) -> Result<Option<RawFd>, UsageError> {
    match options.status_fd {
        Some(number) => match descriptor::check_writable(number) {
            Ok(()) => Ok(Some(number)),
            Err(reason) => Err(UsageError::new(format!("invalid value '{number}' for '--status-fd <N>': {reason}"))),
        },
        None => Ok(options.status.then_some(2)),
    }
}

/// The key options, with the scope that the environment asks for. An empty `--scope` is none.
pub fn key_options(args: KeyArgs, env: &impl Environment) -> KeyOptions {
    let scope = args.scope.or_else(|| env("CACHEBACK_SCOPE"));
    KeyOptions { scope: scope.filter(|scope| !scope.is_empty()), key: args.key, cwd: args.cwd, env: args.env }
}

/// The database that the option or else the environment names.
pub fn db_path(option: Option<PathBuf>, env: &impl Environment) -> Option<DbPath> {
    match option {
        Some(path) => Some(DbPath { path, explicit: true }),
        None => {
            let path = env("CACHEBACK_DB").filter(|path| !path.is_empty())?;
            Some(DbPath { path: path.into(), explicit: false })
        }
    }
}

fn option_or_variable<T, E: Display>(
    option: Option<T>,
    env: &impl Environment,
    name: &'static str,
    parse: impl Fn(&OsStr) -> Result<T, E>,
) -> Result<Option<T>, UsageError> {
    if option.is_some() {
        return Ok(option);
    }
    let Some(value) = env(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    parse(&value).map(Some).map_err(|reason| {
        UsageError::new(format!("invalid value '{}' for the environment variable {name}: {reason}", value.display()))
    })
}

/// `1` or `true`, `0` or `false`.
fn switch(text: &OsStr) -> Result<bool, &'static str> {
    match text.to_str() {
        Some("1" | "true") => Ok(true),
        Some("0" | "false") => Ok(false),
        _ => Err("expected 1 or 0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::cli::args::{self, Command};

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
        assert_eq!((request.status, request.db, request.warm, request.quiet), (None, None, false, false));
    }

    #[test]
    fn an_option_wins_over_the_environment() {
        let env = [("CACHEBACK_TTL", "5s"), ("CACHEBACK_SCOPE", "env"), ("CACHEBACK_DB", "/env")];
        let by_env = resolve_with(&["date"], &env).unwrap();
        assert_eq!(by_env.policy.ttl, Duration::from_secs(5));
        assert_eq!(by_env.key.scope, Some("env".into()));
        assert_eq!(by_env.db, Some(DbPath { path: "/env".into(), explicit: false }));
        let by_option = resolve_with(&["--ttl", "7", "--scope=opt", "--db", "/opt", "date"], &env).unwrap();
        assert_eq!(by_option.policy.ttl, Duration::from_secs(7));
        assert_eq!(by_option.key.scope, Some("opt".into()));
        assert_eq!(by_option.db, Some(DbPath { path: "/opt".into(), explicit: true }));
    }

    #[test]
    fn an_empty_variable_is_unset_and_an_empty_scope_is_none() {
        let empty = [("CACHEBACK_TTL", ""), ("CACHEBACK_ASYNC", ""), ("CACHEBACK_SCOPE", ""), ("CACHEBACK_DB", "")];
        assert_eq!(resolve_with(&["date"], &empty).unwrap(), resolve(&["date"]));
        let scoped = [("CACHEBACK_SCOPE", "env")];
        assert_eq!(resolve_with(&["--scope", "", "date"], &scoped).unwrap().key.scope, None);
    }

    #[test]
    fn a_bad_variable_is_named_unless_an_option_overrides_it() {
        for (name, value) in [("CACHEBACK_TTL", "soon"), ("CACHEBACK_MAX_STALE", "-1"), ("CACHEBACK_ASYNC", "maybe")] {
            let message = resolve_with(&["date"], &[(name, value)]).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains(value) && message.contains("expected"), "{message}");
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
