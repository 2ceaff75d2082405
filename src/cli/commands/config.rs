//! `cacheback config`: check the file, print its path, or show the settings that result from it.

use cacheback::ExitStatus;

use crate::cli::args::{CallArgs, ConfigAction, GlobalArgs};
use crate::cli::render::{Paint, Sheet, message, settings};
#[cfg(feature = "shared")]
use crate::cli::resolve::shared;
use crate::cli::resolve::{Environment, UsageError, configured};
use crate::config;

pub fn run(action: ConfigAction, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    match action {
        ConfigAction::Check => check(&global, env),
        ConfigAction::Path => path(&global, env),
        ConfigAction::Show(args) => show(*args, global, env),
    }
}

const NOWHERE: &str = "there is no configuration file: neither HOME nor XDG_CONFIG_HOME is set to an absolute path";

fn check(global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let location = configured::location(global, env).ok_or(UsageError::new(NOWHERE))?;
    let result = match config::read(&location) {
        Ok(Some(file)) => match mistakes_of_shared(file.shared, env) {
            mistakes if mistakes.is_empty() => "ok",
            mistakes => {
                mistakes.iter().for_each(message::error);
                return Ok(ExitStatus::Failed);
            }
        },
        Ok(None) if location.is_none() => "no file is read; everything is built in",
        Ok(None) => "there is no such file; everything is built in",
        Err(error) => {
            error.lines().iter().for_each(message::error);
            return Ok(ExitStatus::Failed);
        }
    };
    Ok(message::print(format!("{}: {result}\n", location.path.display()).as_bytes()))
}

/// What there is to say of the server that results are shared by.
#[cfg(feature = "shared")]
fn settings_of_shared(global: &GlobalArgs, env: &impl Environment) -> Result<Vec<settings::Setting>, UsageError> {
    let shown = shared::display(configured::shared(global, env)?, env)?;
    Ok(shown.into_iter().map(|(key, value, origin)| settings::Setting::of_shared(key, value, origin)).collect())
}

#[cfg(not(feature = "shared"))]
fn settings_of_shared(_: &GlobalArgs, _: &impl Environment) -> Result<Vec<settings::Setting>, UsageError> {
    Ok(Vec::new())
}

/// What is wrong with the files that [shared] names, without a look at the server.
#[cfg(feature = "shared")]
fn mistakes_of_shared(settings: Option<config::Shared>, env: &impl Environment) -> Vec<String> {
    let Some(settings) = settings else { return Vec::new() };
    let settings = match shared::complete(settings, env) {
        Ok(settings) => settings,
        Err(error) => return vec![error.to_string()],
    };
    let errors = [settings.server().err(), settings.team_key().err(), settings.login(env).err()];
    errors.into_iter().flatten().map(|error| error.to_string()).collect()
}

#[cfg(not(feature = "shared"))]
fn mistakes_of_shared(_: Option<config::Shared>, _: &impl Environment) -> Vec<String> {
    Vec::new()
}

fn path(global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    use std::os::unix::ffi::OsStrExt;
    let location = configured::location(global, env).ok_or(UsageError::new(NOWHERE))?;
    Ok(message::print(&[location.path.as_os_str().as_bytes(), b"\n"].concat()))
}

fn show(args: CallArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let mut settings = settings::of(&configured::effective(&args, &global, env)?);
    settings.extend(settings_of_shared(&global, env)?);
    let mut sheet = Sheet::new(Paint::plain(), "", 0);
    sheet.rows(&settings::rows(&settings.iter().collect::<Vec<_>>(), 60));
    Ok(message::print(&sheet.into_bytes()))
}
