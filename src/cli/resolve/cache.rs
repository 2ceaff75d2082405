//! The cache that a call names: opening it, and what is printed if that or the work on it fails.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use cacheback::ExitStatus;

use super::{identity::Database, usage::UsageError};
use crate::cache::{Engine, Host, MAX_DB_SIZE, Unusable, Wait, default_path, invalid_path};
use crate::cli::render::{message, quote, screen, waiting};
use crate::model::input::InputError;
use crate::store::{SelectorError, StoreError, StoreErrorKind};
use crate::sys::deadline::within;
use crate::sys::process::die_by;

/// Why a subcommand failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error(transparent)]
    Selector(#[from] SelectorError),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error("several entries have an id that begins with '{0}'; expected more digits for '--id <PREFIX>'")]
    Ambiguous(String, Vec<String>),
    #[error("nothing with this id is stored")]
    Nothing,
    /// With a line for each of them.
    #[error("several entries are selected; expected one")]
    Several(Vec<String>),
    #[error("standard input has more than {0} bytes, which is --max-size; nothing has been stored")]
    TooLarge(u64),
}

/// Opens the cache and does `work` on it; prints why, if one of the two fails.
pub fn with_cache(
    db: &Database,
    quiet: bool,
    work: impl FnOnce(&Engine) -> Result<ExitStatus, CommandError>,
) -> ExitStatus {
    let result = open(db, quiet).map_err(CommandError::from).and_then(|cache| work(&cache));
    result.unwrap_or_else(|error| error.print(db))
}

/// Opens the cache that `db` names, or the user's own.
pub fn open(db: &Database, quiet: bool) -> Result<Engine, Unusable> {
    let warn = Rc::new(move |text: &str| message::warning(quiet, text));
    open_for(db, warn, Box::new(waiting::shown(quiet)))
}

/// The same for a caller that shows warnings, and that it waits, in its own way.
pub fn open_for(
    db: &Database,
    warn: Rc<dyn Fn(&str)>,
    waiting: Box<dyn Fn(Wait) -> Duration>,
) -> Result<Engine, Unusable> {
    let path = match &db.path {
        Some(path) => path.clone(),
        None => default_path()?,
    };
    let within = |deadline, work: &mut dyn FnMut()| within(deadline, ExitStatus::TimedOut.code(), work);
    let host = Host { warn, waiting, within, dies_by: Some(die_by), has_threads: false };
    let engine = Engine::at(path, host).with_max_db_size(db.max_size.unwrap_or(MAX_DB_SIZE));
    Ok(engine.with_max_refreshes(db.max_refreshes))
}

impl CommandError {
    /// Prints why nothing was done, and what the caller can do about it.
    pub fn print(&self, db: &Database) -> ExitStatus {
        if let Self::Unusable(unusable) = self
            && let Some(error) = usage_error(db, unusable)
        {
            return error.print();
        }
        message::error(self);
        if let Self::Ambiguous(_, candidates) | Self::Several(candidates) = self {
            candidates.iter().for_each(|line| message::error(screen::short(line.clone(), &io::stderr())));
        }
        let Self::Unusable(Unusable::Store(error)) = self else { return ExitStatus::Failed };
        if error.is_full() {
            message::error("'cacheback clear' works without free space");
        }
        if error.is_corrupt() {
            let named = db.path.as_ref().map(|path| format!("--db {} ", quote::word(path.as_os_str())));
            message::error(format_args!(
                "to set it aside and start a new one: cacheback {}verify --repair",
                named.unwrap_or_default()
            ));
        }
        ExitStatus::Failed
    }
}

/// The mistake in the command line that makes the cache unusable: `--db` names a file that is not a cache, or a folder
/// that cannot be made. `None` if the cache is unusable for another reason: that must not keep the command from
/// running.
pub fn usage_error(db: &Database, unusable: &Unusable) -> Option<UsageError> {
    let Database { path: Some(named), explicit: true, .. } = db else { return None };
    let invalid =
        |reason: String| UsageError::new(format!("invalid value '{}' for '--db <PATH>': {reason}", named.display()));
    let reason = match unusable {
        Unusable::Store(StoreError { kind: StoreErrorKind::Foreign, .. }) => {
            return Some(invalid("it is not a cache of cacheback's, and is left alone".to_owned()));
        }
        Unusable::Store(error) => invalid_path(named, error)?,
        _ => return None,
    };
    Some(invalid(format!("{reason}; expected a file in a folder that exists or can be made")))
}
