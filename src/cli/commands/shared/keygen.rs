//! `cacheback shared keygen`: make the team's key.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::args::{GlobalArgs, KeygenArgs};
use crate::cli::render::{json as render_json, message, quote};
use crate::cli::resolve::{Environment, UsageError, configured, shared};
use crate::store::shared::TeamKey;
use cacheback::ExitStatus;

/// Writes a new key.
pub fn run(args: KeygenArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let configured = configured_file(global, env);
    let is_configured = |path: &Path| configured.as_deref() == Some(path);
    let path = match (args.file, &configured) {
        (Some(path), _) => std::path::absolute(path).map_err(|error| UsageError::new(error.to_string()))?,
        (None, Some(path)) => path.clone(),
        (None, None) => usual_file(global, env)?,
    };
    if let Some(directory) = path.parent() {
        // If this fails, writing the file reports why.
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    }
    let key = match TeamKey::generate(&path) {
        Ok(key) => key,
        Err(error) => {
            message::error(error);
            return Ok(ExitStatus::Failed);
        }
    };
    let shown = path.display();
    let page = match args.json {
        true => render_json::page(&json!({ "file": path.to_string_lossy(), "key": key.kid() })),
        false => format!("{}: key {}\n", quote::plain(&shown.to_string()), key.kid()).into_bytes(),
    };
    let printed = message::print(&page);
    if !is_configured(&path) {
        message::warning(global.quiet, format_args!("to use it: secret_file = \"{shown}\" in [shared] on each host"));
    }
    Ok(printed)
}

/// The file that the configuration names. Mistakes in the configuration are ignored, as it may only lack the key.
fn configured_file(global: &GlobalArgs, env: &impl Environment) -> Option<PathBuf> {
    shared::settings(global, env).ok().flatten()?.secret_file
}

fn usual_file(global: &GlobalArgs, env: &impl Environment) -> Result<PathBuf, UsageError> {
    let location = configured::location(global, env).filter(|location| !location.is_none());
    let location = location.ok_or_else(|| {
        UsageError::new("no FILE given, and there is no configuration file beside which the key could be")
    })?;
    Ok(location.path.with_file_name("shared.key"))
}
