//! `cacheback config`: the file itself, and what it comes to.

use cacheback::ExitStatus;

use super::args::{ConfigAction, GlobalArgs, ShowArgs};
use super::asked::{Environment, Options};
use super::configured;
use super::message;
use super::usage::UsageError;
use crate::config::layers::{Layers, Origin};
use crate::config::{self, NAMES};

/// Does what is asked for.
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
    let said = match config::check(&location) {
        Ok(true) => "ok",
        Ok(false) => "there is no such file; everything is built in",
        Err(error) => {
            error.lines().iter().for_each(message::error);
            return Ok(ExitStatus::Failed);
        }
    };
    Ok(message::print(format!("{}: {said}\n", location.path.display()).as_bytes()))
}

fn path(global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    use std::os::unix::ffi::OsStrExt;
    let location = configured::location(global, env).ok_or(UsageError::new(NOWHERE))?;
    Ok(message::print(&[location.path.as_os_str().as_bytes(), b"\n"].concat()))
}

fn show(args: ShowArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let ShowArgs { job, freshness, key, fetch, command } = args;
    let options = Options { freshness, key, fetch, db: global.db.clone() };
    let mut layers = match job {
        Some(name) => {
            let words: Vec<_> = [name].into_iter().chain(command).collect();
            configured::job_layers(&options, &configured::for_job(&global, &words, env)?, env)?
        }
        None => {
            let from_file = configured::for_command_surely(&global, &command, env)?;
            configured::command_layers(&options, from_file, env)?
        }
    };
    layers.push(Origin::BuiltIn, configured::built_in());
    Ok(message::print(table(&layers).as_bytes()))
}

/// One line for each setting: its name, its value, and where that came from.
fn table(layers: &Layers) -> String {
    let rows: Vec<[String; 3]> = NAMES
        .iter()
        .zip(layers.display())
        .map(|(name, shown)| {
            let (value, origin) = shown.unwrap_or(("none".to_owned(), Origin::BuiltIn));
            let value = value.chars().flat_map(|c| -> Vec<char> {
                if c.is_control() { c.escape_default().collect() } else { vec![c] }
            });
            [(*name).to_owned(), value.collect(), origin.to_string()]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (names, values) = (width(0), width(1).min(60));
    let line = |[name, value, origin]: &[String; 3]| format!("{name:names$}  {value:values$}  {origin}\n");
    rows.iter().map(line).collect()
}
