//! Puts the settings of the configuration file for one call below its options and environment.

use std::ffi::OsString;
use std::time::Duration;

use super::identity::{self, Database};
use super::options::{Environment, environment, with_global};
use super::usage::UsageError;
use crate::cli::args::{CallArgs, GlobalArgs};
use crate::cli::render::message;
use crate::config;
use crate::config::{
    ConfigError, Configuration, ForCommand, Job, JobCall, Layers, Location, Named, Origin, Settings, advice,
};
use crate::model::invocation::Invocation;
use crate::policy::Policy;

/// Where the file should be.
pub fn location(global: &GlobalArgs, env: &impl Environment) -> Option<Location> {
    Location::find(global.config.clone(), env)
}

/// The settings of the file for a command of `run`. A file that cannot be used is a warning, and the command runs; but
/// a file that `--config` names has to exist.
///
/// # Errors
///
/// `--config` names a file that does not exist.
pub fn for_command(
    global: &GlobalArgs,
    command: &[OsString],
    env: &impl Environment,
) -> Result<ForCommand, UsageError> {
    let location = location(global, env);
    match settings_for(location.as_ref(), command) {
        Ok(found) => Ok(found),
        Err(error) => {
            let is_named = location.is_some_and(|location| location.named == Named::Option);
            if is_named && error.is_about_the_name() {
                return Err(UsageError::new(error.to_string()));
            }
            message::warning(global.quiet, format_args!("{error}; going on with what is built in"));
            Ok(ForCommand::default())
        }
    }
}

/// The same, but a file that cannot be used is an error: without it, the call would mean another result.
///
/// # Errors
///
/// The file cannot be used.
pub fn for_command_strictly(
    global: &GlobalArgs,
    command: &[OsString],
    env: &impl Environment,
) -> Result<ForCommand, UsageError> {
    Ok(settings_for(location(global, env).as_ref(), command)?)
}

fn settings_for(location: Option<&Location>, command: &[OsString]) -> Result<ForCommand, ConfigError> {
    let Some(file) = read(location)? else { return Ok(ForCommand::default()) };
    let found = file.for_command(&Invocation::new(command.iter().cloned()).command_line());
    Ok(ForCommand { rule: found.rule.filter(|_| !command.is_empty()), ..found })
}

fn read(location: Option<&Location>) -> Result<Option<Configuration>, ConfigError> {
    Ok(location.map(config::read).transpose()?.flatten())
}

/// `[shared]` of the file.
///
/// # Errors
///
/// The file cannot be used.
#[cfg(feature = "shared")]
pub fn shared(global: &GlobalArgs, env: &impl Environment) -> Result<Option<config::Shared>, UsageError> {
    Ok(read(location(global, env).as_ref())?.and_then(|file| file.shared))
}

/// All jobs, by name.
///
/// # Errors
///
/// The file cannot be used.
pub fn jobs(location: Option<&Location>) -> Result<Vec<Job>, ConfigError> {
    Ok(read(location)?.unwrap_or_default().jobs)
}

/// The job that is called `words[0]`, with the rest as its arguments.
///
/// # Errors
///
/// There is no such job, it cannot be called with these arguments, or the file cannot be used.
pub fn for_job(global: &GlobalArgs, words: &[OsString], env: &impl Environment) -> Result<JobCall, UsageError> {
    let Some((name, args)) = words.split_first() else { return Err(no_job(global, env)) };
    let (job, Configuration { defaults, shared, .. }) = job(global, name, env)?;
    // `--` may stand behind the job as well as before it.
    let args = args.strip_prefix(&[OsString::from("--")]).unwrap_or(args);
    let values = job.values(args).map_err(|error| UsageError::new(error.to_string()))?;
    for (arg, meant) in job.misspelt(args) {
        let arg = arg.display();
        let text = format!("'{arg}' is a value like any other; did you mean '{meant}'?");
        message::warning(global.quiet, text);
    }
    Ok(JobCall { job, values, defaults, shared })
}

/// The error that no job was named, with the names of all jobs.
fn no_job(global: &GlobalArgs, env: &impl Environment) -> UsageError {
    let expected = "no job given; expected: cacheback get [OPTIONS] [--] JOB [ARG]...";
    let location = location(global, env);
    let jobs = match jobs(location.as_ref()) {
        Ok(jobs) => jobs,
        Err(error) => return UsageError::new(format!("{expected}; {error}")),
    };
    let jobs: Vec<String> = jobs.iter().map(Job::signature).collect();
    match location {
        Some(location) if !jobs.is_empty() => {
            UsageError::new(format!("{expected}; {} has: {}", location.path.display(), jobs.join(", ")))
        }
        Some(location) => UsageError::new(format!("{expected}; there are none in {}", location.path.display())),
        None => UsageError::new(expected),
    }
}

/// The job called `name`, and what else the file says.
///
/// # Errors
///
/// As for [`for_job`].
pub fn job(global: &GlobalArgs, name: &OsString, env: &impl Environment) -> Result<(Job, Configuration), UsageError> {
    let shown = name.display();
    let Some(location) = location(global, env) else {
        return Err(UsageError::new(format!(
            "there is no job '{shown}': neither HOME nor XDG_CONFIG_HOME says where the configuration file is"
        )));
    };
    let name = name.to_string_lossy();
    let path = location.path.display();
    let Some(mut file) = config::read(&location)? else {
        let why = if location.is_none() { "stands for no configuration file" } else { "does not exist" };
        return Err(UsageError::new(format!("there is no job '{shown}': {path} {why}")));
    };
    match file.take_job(&name) {
        Ok(job) => Ok((job, file)),
        Err(names) if names.is_empty() => Err(UsageError::new(format!("there is no job '{shown}': {path} has none"))),
        Err(names) => {
            let advice = advice(&name, names.iter().map(String::as_str));
            Err(UsageError::new(format!("there is no job '{shown}' in {path}{advice}")))
        }
    }
}

/// All settings for a call of a command but the built-in ones.
pub fn command_layers(options: Settings, global: &GlobalArgs, from_file: ForCommand, env: &impl Environment) -> Layers {
    let mut layers = call_layers(options, global, env);
    push_file(&mut layers, from_file);
    layers
}

/// The settings of the options and of the environment.
fn call_layers(options: Settings, global: &GlobalArgs, env: &impl Environment) -> Layers {
    let options = with_global(options, global);
    let from_environment = environment(&options, global.quiet, env);
    let mut layers = Layers::default();
    layers.push(Origin::Option, options);
    layers.push(Origin::Environment, from_environment);
    layers
}

/// Adds the settings of the file for a command.
pub fn push_file(layers: &mut Layers, ForCommand { defaults, rule, .. }: ForCommand) {
    if let Some(rule) = rule {
        layers.push(Origin::Rule(rule.line), rule.settings);
    }
    layers.push(Origin::Defaults, defaults);
}

/// All settings for a call of a job.
///
/// # Errors
///
/// `--shell` or `--no-shell`, which are not for jobs.
pub fn job_layers(
    options: Settings,
    global: &GlobalArgs,
    call: &JobCall,
    env: &impl Environment,
) -> Result<Layers, UsageError> {
    if let Some(shell) = options.shell {
        let option = if shell { "--shell" } else { "--no-shell" };
        let text = format!("{option} is for commands of run; a job has shell = true in the configuration, or not");
        return Err(UsageError::new(text));
    }
    let mut layers = call_layers(options, global, env);
    push_job(&mut layers, call);
    Ok(layers)
}

/// Adds the settings of the file for a job.
pub fn push_job(layers: &mut Layers, JobCall { job, values, defaults, .. }: &JobCall) {
    for when in job.exceptions(values) {
        layers.push(Origin::When(when.line), when.settings.clone());
    }
    layers.push(Origin::Job(job.line), job.settings.clone());
    layers.push(Origin::Defaults, defaults.clone());
    layers.push(Origin::BuiltIn, Settings { background: Some(true), ..Settings::default() });
}

/// The settings of the file alone for a command.
///
/// # Errors
///
/// The file cannot be used.
#[cfg(feature = "shared")]
pub fn settings_of_command(
    command: &[OsString],
    global: &GlobalArgs,
    env: &impl Environment,
) -> Result<Layers, UsageError> {
    let mut layers = Layers::default();
    push_file(&mut layers, for_command_strictly(global, command, env)?);
    Ok(layers)
}

/// The settings of the file alone for a job, whatever its parameters.
///
/// # Errors
///
/// There is no such job, or the file cannot be used.
#[cfg(feature = "shared")]
pub fn settings_of_job(name: &OsString, global: &GlobalArgs, env: &impl Environment) -> Result<Layers, UsageError> {
    let (job, Configuration { defaults, .. }) = job(global, name, env)?;
    let mut layers = Layers::default();
    layers.push(Origin::Job(job.line), job.settings);
    layers.push(Origin::Defaults, defaults);
    Ok(layers)
}

/// The database for subcommands that are not about one call. A file that cannot be used is a warning.
///
/// # Errors
///
/// `--config` names a file that does not exist, or `~` cannot be replaced.
pub fn database(global: &GlobalArgs, env: &impl Environment) -> Result<Database, UsageError> {
    let from_file = for_command(global, &[], env)?;
    identity::database(&command_layers(Settings::default(), global, from_file, env), env)
}

/// The ttl to judge entries by, and whether it comes from the option or the environment.
///
/// # Errors
///
/// As for [`database`].
pub fn ttl(
    option: Option<Duration>,
    global: &GlobalArgs,
    env: &impl Environment,
) -> Result<(Duration, bool), UsageError> {
    let options = Settings { ttl: option, ..Settings::default() };
    let layers = command_layers(options, global, for_command(global, &[], env)?, env);
    let is_said = matches!(layers.origin(|settings| &settings.ttl), Some(Origin::Option | Origin::Environment));
    Ok((layers.ttl().unwrap_or(Policy::default().ttl), is_said))
}

/// All settings for a call, down to the built-in ones.
///
/// # Errors
///
/// The file cannot be used, or the call is wrong.
pub fn effective(args: &CallArgs, global: &GlobalArgs, env: &impl Environment) -> Result<Layers, UsageError> {
    let CallArgs { job, settings, command } = args.clone();
    let mut layers = match job {
        Some(name) => {
            let words: Vec<_> = [name].into_iter().chain(command).collect();
            job_layers(settings, global, &for_job(global, &words, env)?, env)?
        }
        None => command_layers(settings, global, for_command_strictly(global, &command, env)?, env),
    };
    layers.push(Origin::BuiltIn, Settings::built_in());
    Ok(layers)
}
