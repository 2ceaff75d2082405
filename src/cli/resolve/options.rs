//! The settings of the options and of the environment.
//!
//! An empty variable counts as unset. A variable is only read when its option is absent, so that a bad value harms
//! nobody who overrides it.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::cli::args::GlobalArgs;
use crate::cli::render::message;
use crate::config::Settings;

/// Looks up environment variables.
pub trait Environment: Fn(&'static str) -> Option<OsString> {}

impl<F: Fn(&'static str) -> Option<OsString>> Environment for F {}

/// The options of a call, together with the global ones that are settings.
pub fn with_global(settings: Settings, global: &GlobalArgs) -> Settings {
    Settings { db: global.db.clone().map(PathBuf::into_os_string), ..settings }
}

/// The settings of the environment that `options` do not have. A variable that cannot be read is a warning and counts
/// as not set: there may be no command line to correct.
pub fn environment(options: &Settings, quiet: bool, env: &impl Environment) -> Settings {
    // With these options a stale result is not served, and the variable has no meaning.
    let is_settled = options.refresh.is_some() || options.only_if_cached.is_some();
    let refuse = |name: &str, value: &OsStr, reason: String| {
        let value = value.display();
        let reason = if name == "CACHEBACK_SHARED" { "expected on, off or read-only".to_owned() } else { reason };
        message::warning(quiet, format_args!("{name} is '{value}' and counts as not set: {reason}"));
    };
    let is_meant = |name, value: &OsString| match name {
        "CACHEBACK_ASYNC" => !is_settled,
        // It says how, and not whether.
        "CACHEBACK_SHARED" => value != "read-only",
        _ => true,
    };
    options.environment(|name| env(name).filter(|value| is_meant(name, value)), refuse)
}

/// The settings of the environment that identify a result.
pub fn key_environment(env: &impl Environment) -> Settings {
    // The limit is that of the database.
    let is_meant = |name| matches!(name, "CACHEBACK_SCOPE" | "CACHEBACK_DB" | "CACHEBACK_MAX_REFRESHES");
    Settings::default().environment(|name| env(name).filter(|_| is_meant(name)), |_, _, _| ())
}
