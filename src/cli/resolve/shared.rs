//! The server that results are shared by: `[shared]` of the configuration, and the environment.

use std::ffi::OsString;
use std::path::PathBuf;

use super::identity::Database;
use super::{Environment, UsageError, configured};
use crate::cache::default_path;
use crate::cli::args::GlobalArgs;
use crate::cli::render::message;
use crate::config::{Layers, Origin, at_home, parse};
use crate::model::units;
use crate::store::Recipe;
use crate::store::shared::{Access, KEYS, Settings, Sharing, Tier, Vary};

/// What is said about it; `None` if nothing is. Paths begin at the root.
///
/// # Errors
///
/// The file cannot be used, or a variable cannot be read.
pub fn settings(global: &GlobalArgs, env: &impl Environment) -> Result<Option<Settings>, UsageError> {
    named(configured::shared(global, env)?, env).map(|settings| complete(settings, env)).transpose()
}

/// Whether there is a server. What is wrong with its settings is said where it is used.
pub fn is_configured(global: &GlobalArgs, env: &impl Environment) -> bool {
    !matches!(settings(global, env), Ok(None))
}

/// `settings` of the file, with what the environment says, and with the home directory in paths.
///
/// # Errors
///
/// A variable cannot be read, or HOME is needed and is no path.
pub fn complete(settings: Settings, env: &impl Environment) -> Result<Settings, UsageError> {
    let mut settings = settings.with_environment(env).map_err(|error| UsageError::new(error.to_string()))?;
    let Settings { secret_file, password_file, ca_file, .. } = &mut settings;
    for path in [secret_file, password_file, ca_file] {
        if let Some(named) = path.take() {
            *path = Some(PathBuf::from(at_home(named.as_os_str(), env).map_err(UsageError::new)?));
        }
    }
    Ok(settings)
}

/// The key of a setting, its value, and where that comes from.
pub type Shown = (&'static str, Option<String>, &'static str);

/// Each setting of the section with its value, if it has one, and where that comes from. No password is in it.
///
/// # Errors
///
/// As [`complete`].
pub fn display(from_file: Option<Settings>, env: &impl Environment) -> Result<Vec<Shown>, UsageError> {
    let Some(from_file) = named(from_file, env) else { return Ok(Vec::new()) };
    let settings = complete(from_file.clone(), env)?;
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let duration = |duration| Some(units::written(duration, 2));
    let values = [
        settings.url.as_ref().map(ToString::to_string),
        Some(settings.namespace.clone()),
        path(&settings.secret_file),
        settings.username.clone(),
        path(&settings.password_file),
        path(&settings.ca_file),
        Some(settings.mode.name().to_owned()),
        duration(settings.connect_timeout),
        duration(settings.timeout),
        duration(settings.lease),
        duration(settings.sync),
        duration(settings.max_wait),
        Some(units::written_size(settings.max_size)),
    ];
    let origin = |number: usize, key: &str| match key {
        "url" if settings.url != from_file.url => "environment",
        "mode" if settings.mode != from_file.mode => "environment",
        _ if from_file.said & 1 << number != 0 => "[shared]",
        _ => "built in",
    };
    let mut shown: Vec<_> = KEYS
        .into_iter()
        .zip(values)
        .enumerate()
        .map(|(number, (key, value))| (key, value, origin(number, key)))
        .collect();
    if env("CACHEBACK_SHARED_PASSWORD").is_some_and(|password| !password.is_empty()) {
        shown.push(("password", Some("***".to_owned()), "environment"));
    }
    Ok(shown)
}

/// The tier of these settings, with what is known of the server beside the database `db`.
///
/// # Errors
///
/// A file that the settings name cannot be used.
pub fn tier(settings: Settings, db: &Database, env: &impl Environment) -> Result<Tier, UsageError> {
    Tier::new(settings, path(db).as_deref(), env).map_err(|error| UsageError::new(error.to_string()))
}

/// What `layers` say about sharing the result of a call, with what the file says of the server; `None` if the result is
/// not shared. A mistake in the server's settings costs a command neither its run nor its cache.
///
/// # Errors
///
/// `--shared` was given, and no server is named.
pub fn sharing(
    layers: &Layers,
    from_file: Option<Settings>,
    db: &Database,
    quiet: bool,
    env: &impl Environment,
) -> Result<Option<Sharing>, UsageError> {
    if layers.shared() != Some(true) {
        return Ok(None);
    }
    let stays_here = |error: UsageError| {
        message::warning(quiet, format_args!("nothing is shared: {error}"));
        Ok(None)
    };
    let Some(settings) = named(from_file, env) else {
        let error = UsageError::new(format!("{} needs a server; {NO_SERVER}", said_by(layers)));
        let is_option = layers.origin(|settings| &settings.shared) == Some(Origin::Option);
        return if is_option { Err(error) } else { stays_here(error) };
    };
    match complete(settings, env) {
        Ok(settings) if settings.mode == Access::Off => Ok(None),
        Ok(settings) => Ok(path(db).map(|database| Sharing { settings, vary: vary(layers), database })),
        Err(error) => stays_here(error),
    }
}

/// How the result of an entry is shared that is fetched again without a call: as the configuration says now about its
/// command or its job. The entry was shared before, perhaps because a call said so. `None` if the result stays here by
/// now.
pub fn again(
    recipe: &Recipe,
    settings: &Settings,
    db: &Database,
    global: &GlobalArgs,
    env: &impl Environment,
) -> Option<Sharing> {
    let layers = match &recipe.fetch.job {
        Some(job) => configured::settings_of_job(&job.name, global, env),
        None => configured::settings_of_command(&recipe.argv, global, env),
    };
    let layers = layers.ok().filter(|layers| layers.shared() != Some(false))?;
    Some(Sharing { settings: settings.clone(), vary: vary(&layers), database: path(db)? })
}

fn path(db: &Database) -> Option<PathBuf> {
    db.path.clone().or_else(|| default_path().ok())
}

const NO_SERVER: &str = "there is neither [shared] in the configuration nor CACHEBACK_SHARED_URL";

fn named(from_file: Option<Settings>, env: &impl Environment) -> Option<Settings> {
    let is_in_environment = || env("CACHEBACK_SHARED_URL").is_some_and(|url| !url.is_empty());
    from_file.or_else(|| is_in_environment().then(Settings::default))
}

fn said_by(layers: &Layers) -> String {
    match layers.origin(|settings| &settings.shared) {
        Some(Origin::Option) => "'--shared'".to_owned(),
        Some(Origin::Environment) => "CACHEBACK_SHARED".to_owned(),
        origin => format!("shared = true of {}", origin.map_or_else(String::new, |origin| origin.to_string())),
    }
}

fn vary(layers: &Layers) -> Vec<Vary> {
    let names = layers.vary().unwrap_or_else(|| parse::VARY.map(OsString::from).to_vec());
    names.iter().filter_map(|name| Vary::from_name(name.to_str()?)).collect()
}
