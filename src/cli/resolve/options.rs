//! What the options and the environment of one call ask for, as settings.
//!
//! An empty variable counts as unset. A variable is only read when its option is absent, so that a bad value harms
//! nobody who overrides it.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::PathBuf;

use crate::cli::args::{FetchArgs, FreshnessArgs, KeyArgs};
use crate::cli::render::message;
use crate::cli::units;
use crate::config::Settings;

/// Looks up environment variables.
pub trait Environment: Fn(&'static str) -> Option<OsString> {}

impl<F: Fn(&'static str) -> Option<OsString>> Environment for F {}

/// The options of a call, but for the command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub freshness: FreshnessArgs,
    pub key: KeyArgs,
    pub fetch: FetchArgs,
    pub db: Option<PathBuf>,
    /// Print no warnings.
    pub quiet: bool,
}

const EXPECTED_SWITCH: &str = "expected 1, true, yes or on, or else 0, false, no or off";

impl Options {
    /// Those that a configuration could say as well.
    pub fn settings(&self) -> Settings {
        let Self { freshness, key, fetch, db, quiet: _ } = self;
        let given = |on: bool, off: bool| (on || off).then_some(on);
        let list = |list: &Vec<OsString>| (!list.is_empty()).then(|| list.clone());
        Settings {
            ttl: freshness.ttl,
            background: given(freshness.background, freshness.no_background),
            max_stale: freshness.max_stale,
            keep: fetch.keep,
            fetch_on_miss: given(freshness.fetch_on_miss, freshness.no_fetch_on_miss),
            empty: freshness.empty.clone(),
            stale_if_error: given(freshness.stale_if_error, freshness.no_stale_if_error),
            cwd: given(key.cwd, key.no_cwd),
            env: list(&key.env),
            stdin: given(key.stdin, key.no_stdin),
            scope: key.scope.clone(),
            key: key.key.clone(),
            depends_on: list(&freshness.depends_on),
            tags: list(&fetch.tag),
            cache_exit: fetch.cache_exit,
            failure_ttl: fetch.failure_ttl,
            max_size: fetch.max_size,
            shell: given(key.shell, key.no_shell),
            pty: given(key.pty, key.no_pty),
            timeout: fetch.timeout,
            refresh_timeout: fetch.refresh_timeout,
            process_result: fetch.process_result.clone(),
            fetch_on_stale_threshold: None,
            max_db_size: None,
            db: db.clone().map(PathBuf::into_os_string),
        }
    }

    /// What the environment adds to them. A variable without a sensible value costs a warning and is as good as none: it
    /// may have been set for another program long ago, and there may be no command line to correct.
    pub fn environment(&self, env: &impl Environment) -> Settings {
        let freshness = &self.freshness;
        // The last two say themselves what happens to a stale entry.
        let background =
            freshness.background || freshness.no_background || freshness.refresh || freshness.only_if_cached;
        Settings {
            ttl: self.variable(freshness.ttl.is_some(), env, "CACHEBACK_TTL", units::duration),
            max_stale: self.variable(freshness.max_stale.is_some(), env, "CACHEBACK_MAX_STALE", units::duration),
            background: self.variable(background, env, "CACHEBACK_ASYNC", |text| switch(text).ok_or(EXPECTED_SWITCH)),
            ..key_environment(env)
        }
    }

    fn variable<T, E: Display>(
        &self,
        is_overridden: bool,
        env: &impl Environment,
        name: &'static str,
        parse: impl Fn(&OsStr) -> Result<T, E>,
    ) -> Option<T> {
        let value = env(name).filter(|value| !is_overridden && !value.is_empty())?;
        let warn = |reason: &E| {
            let value = value.display();
            message::warning(self.quiet, format_args!("{name} is '{value}' and counts as not set: {reason}"));
        };
        parse(&value).inspect_err(warn).ok()
    }
}

/// What the environment says about where a result is found.
pub fn key_environment(env: &impl Environment) -> Settings {
    let text = |name| env(name).filter(|value| !value.is_empty());
    Settings { scope: text("CACHEBACK_SCOPE"), db: text("CACHEBACK_DB"), ..Settings::default() }
}

/// `1`, `true`, `yes` or `on`, and the opposites, in capitals or not; what is empty is off. `None` is anything else.
pub fn switch(text: &OsStr) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(&["1", "true", "yes", "on"]) {
        return Some(true);
    }
    is_one_of(&["", "0", "false", "no", "off"]).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_on_or_off_in_the_usual_words() {
        for (words, expected) in [
            (&["1", "true", "TRUE", "yes", "Yes", "on", "ON"][..], Some(true)),
            (&["", "0", "false", "False", "no", "NO", "off", "Off"], Some(false)),
            (&["2", "maybe", "y", " 1", "disable"], None),
        ] {
            for word in words {
                assert_eq!(switch(OsStr::new(word)), expected, "{word:?}");
            }
        }
    }
}
