//! The hooks of a call: what its caller does at certain points of it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Stdio;
use std::time::Duration;

use super::Caller;
use crate::fetch;
use crate::model::key::Key;
use crate::policy::Freshness;

/// What a caller does during its call.
#[derive(Clone, Copy, Default)]
pub struct Hooks<'a> {
    /// Says whether to wait for a fetch; called only if nothing fresh is stored. Without it the policy's mode decides.
    pub waits: Option<&'a dyn Fn(Freshness) -> bool>,
    /// Called once, before the first byte of the output is written; it may give standard output another target.
    pub before_output: Option<&'a dyn Fn(&Source)>,
    /// Whether a terminal at standard error is to show the progress of a fetch, as long as the command writes nothing.
    pub shows_progress: bool,
}

/// What the output of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its key.
    pub key: Key,
    /// Where it came from.
    pub output: OutputOf,
}

/// Where the output of a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputOf {
    /// A stored result of this age, which is fresh.
    Hit(Duration),
    /// A stored result of this age, which is stale.
    Stale(Duration),
    /// The command, which was run because what is stored is stale.
    Refetch,
    /// The command, because nothing is stored or because of `--refresh`; or nothing at all.
    Miss,
}

impl Source {
    /// From the store.
    pub(super) fn stored(key: Key, freshness: Freshness) -> Self {
        let output = match freshness {
            Freshness::Fresh { age, .. } => OutputOf::Hit(age),
            Freshness::Stale { age, .. } => OutputOf::Stale(age),
            Freshness::Missing => OutputOf::Miss,
        };
        Self { key, output }
    }

    /// From the command.
    pub(super) fn fetched(key: Key, is_refetch: bool) -> Self {
        Self { key, output: if is_refetch { OutputOf::Refetch } else { OutputOf::Miss } }
    }
}

impl Caller<'_> {
    /// Tells the caller what is about to be written.
    pub(super) fn announce(&self, source: Source) {
        if let Some(before_output) = self.hooks.before_output {
            before_output(&source);
        }
    }
}

/// Runs the script of `fetch_synchronously`, whose exit status says whether a fetch is waited for. It finds in its
/// variables whether a stale result is stored. What it prints is discarded.
///
/// # Errors
///
/// It cannot be run.
pub fn fetch_is_waited_for(
    script: &OsStr,
    variables: Vec<(OsString, OsString)>,
    freshness: Freshness,
) -> io::Result<bool> {
    let mut shell = fetch::hook(script);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).envs(variables);
    let (status, age) = match freshness {
        Freshness::Stale { age, .. } | Freshness::Fresh { age, .. } => ("stale", age.as_secs()),
        Freshness::Missing => ("miss", 0),
    };
    shell.env("CACHEBACK_STATUS", status).env("CACHEBACK_AGE", age.to_string());
    Ok(shell.status()?.success())
}
