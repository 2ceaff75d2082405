//! What identifies a result: the command, its key options, and the database.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{options::Environment, usage::UsageError};
use crate::config::{JobCall, Layers, Origin, at_home};
use crate::fetch;
use crate::model::{invocation::Invocation, key::KeyOptions};

/// Where results are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// `None` is the default place.
    pub path: Option<PathBuf>,
    /// The size in bytes above which the least recently used entries are removed; `None` is the built-in limit.
    pub max_size: Option<u64>,
    /// So many background fetches at a time; `None` is no limit.
    pub max_refreshes: Option<u32>,
    /// Whether `--db` on this command line names it, and not the environment or the configuration.
    pub explicit: bool,
}

/// What identifies a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What is run for it; its standard input is still to be read if `read_stdin` says so.
    pub invocation: Invocation,
    pub key: KeyOptions,
    pub read_stdin: bool,
    /// The database that it is in.
    pub db: Database,
}

impl Identity {
    /// Of a command, whose words may be replaced by `--key`.
    pub fn of_command(command: Vec<OsString>, layers: &Layers, env: &impl Environment) -> Result<Self, UsageError> {
        let shell = layers.shell().unwrap_or(false);
        Self::new(Invocation::new(command).as_shell(shell), layers, env)
    }

    /// Of a job with the values of its parameters.
    pub fn of_job(call: &JobCall, layers: &Layers, env: &impl Environment) -> Result<Self, UsageError> {
        let JobCall { job, values, .. } = call;
        let mut identity = Self::new(job.invocation(values), layers, env)?;
        let is_from_file = !matches!(layers.origin(|settings| &settings.key), Some(Origin::Option));
        if let Some(key) = identity.key.key.as_mut().filter(|_| is_from_file) {
            *key = job.filled(key, values);
        }
        Ok(identity)
    }

    fn new(invocation: Invocation, layers: &Layers, env: &impl Environment) -> Result<Self, UsageError> {
        let terminal = layers.pty().unwrap_or(false).then(fetch::window_size);
        Ok(Self {
            invocation: invocation.on_terminal(terminal),
            key: KeyOptions {
                // An empty scope is none.
                scope: layers.scope().filter(|scope| !scope.is_empty()),
                key: layers.key(),
                cwd: layers.cwd().unwrap_or(false),
                env: layers.env().unwrap_or_default(),
                files: all_at_home(layers.key_file().unwrap_or_default(), env)?,
            },
            read_stdin: layers.stdin().unwrap_or(false),
            db: database(layers, env)?,
        })
    }
}

/// The database that is meant, and how large it may be.
pub fn database(layers: &Layers, env: &impl Environment) -> Result<Database, UsageError> {
    let origin = layers.origin(|settings| &settings.db);
    let path = layers.db().map(|path| at_home(&path, env)).transpose().map_err(UsageError::new)?;
    Ok(Database {
        path: path.map(PathBuf::from),
        max_size: layers.max_db_size(),
        max_refreshes: layers.max_refreshes(),
        explicit: origin == Some(Origin::Option),
    })
}

/// Paths with the home directory in the place of `~/`.
pub fn all_at_home(paths: Vec<OsString>, env: &impl Environment) -> Result<Vec<OsString>, UsageError> {
    paths.iter().map(|path| at_home(path, env).map_err(UsageError::new)).collect()
}
