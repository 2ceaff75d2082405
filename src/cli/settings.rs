//! Settings as they are shown to people: each with its value and where that came from.

use cacheback::units::readable;

use super::args::RunArgs;
use super::request::{Environment, Request};
use super::words::words;

/// One effective setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// By the name of its option, with underscores.
    pub name: String,
    /// As one would write it.
    pub value: String,
    /// `option`, `environment`, `built in`, or the part of a file that it is from.
    pub origin: String,
}

/// What decides about a call: what `request` was made of.
pub fn of(args: &RunArgs, request: &Request, env: &impl Environment) -> Vec<Setting> {
    let RunArgs { freshness, fetch, .. } = args;
    let (policy, kept) = (&request.policy, &request.fetch);
    let origin = |given: bool, variable: Option<&'static str>| {
        let from_environment = || variable.and_then(env).is_some_and(|value| !value.is_empty());
        match given {
            true => "option",
            false if from_environment() => "environment",
            false => "built in",
        }
    };
    let none = || "none".to_owned();
    let background = matches!(policy.mode, cacheback::policy::Mode::Async | cacheback::policy::Mode::AsyncEmptyOnMiss);
    let rows = [
        ("ttl", readable(policy.ttl), origin(freshness.ttl.is_some(), Some("CACHEBACK_TTL"))),
        ("async", background.to_string(), origin(freshness.background, Some("CACHEBACK_ASYNC"))),
        (
            "max_stale",
            policy.max_stale.map_or_else(none, readable),
            origin(freshness.max_stale.is_some(), Some("CACHEBACK_MAX_STALE")),
        ),
        ("fetch_on_miss", (!freshness.no_fetch_on_miss).to_string(), origin(freshness.no_fetch_on_miss, None)),
        (
            "depends_on",
            if kept.depends_on.is_empty() { none() } else { words(&kept.depends_on) },
            origin(!freshness.depends_on.is_empty(), None),
        ),
        ("cache_exit", kept.cache_exit.to_string(), origin(fetch.cache_exit.is_some(), None)),
        ("failure_ttl", policy.failure_ttl.map_or_else(none, readable), origin(fetch.failure_ttl.is_some(), None)),
        ("max_size", kept.max_size.to_string(), origin(fetch.max_size.is_some(), None)),
        ("keep", readable(policy.keep), origin(fetch.keep.is_some(), None)),
        ("timeout", kept.timeout.map_or_else(none, readable), origin(fetch.timeout.is_some(), None)),
        ("refresh_timeout", readable(kept.refresh_timeout), origin(fetch.refresh_timeout.is_some(), None)),
    ];
    rows.map(|(name, value, origin)| Setting { name: name.to_owned(), value, origin: origin.to_owned() }).to_vec()
}
