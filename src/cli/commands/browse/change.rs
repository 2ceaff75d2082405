//! Refreshes, invalidates and deletes the selected entry.

use crate::cache::{Engine, SharingOf, Unusable};
use crate::cli::commands::change::Change;
use crate::model::status::How;
use crate::runner;
use crate::store::{Detail, Selector};

/// Changes the selected entries; returns a warning if the server of the shared tier cannot be told.
pub type Apply<'a> = dyn Fn(&Engine, &Selector, Change) -> Result<Option<String>, Unusable> + 'a;

/// Why an entry without a command is neither refreshed nor copied.
pub const NO_COMMAND: &str = "this entry has no command: 'cacheback set' stored it";

/// How entries are changed.
pub struct Changes<'a> {
    pub apply: Box<Apply<'a>>,
    /// How the result of an entry is shared that is refreshed.
    pub sharing: Box<SharingOf<'a>>,
}

impl Changes<'_> {
    /// Applies `change`; returns what was done, in words.
    pub fn apply(&self, engine: &Engine, change: Change, detail: &Detail) -> Result<String, Unusable> {
        let wrong = (self.apply)(engine, &Selector::Key(detail.summary.key), change)?;
        let done = change.done();
        Ok(wrong.map_or_else(|| done.to_owned(), |wrong| format!("{done}; {wrong}")))
    }
}

/// Starts a detached fetch of an entry; returns whether one runs, and that in words.
pub fn refresh(engine: &Engine, detail: &Detail, sharing: &SharingOf<'_>) -> Result<(bool, &'static str), Unusable> {
    if detail.recipe.argv.is_empty() {
        return Ok((false, NO_COMMAND));
    }
    Ok(match runner::refresh(engine, detail.selected(), sharing)? {
        Some(How::Refreshing(_)) => (true, "a refresh runs in the background"),
        Some(How::Deferred(_)) => (false, "no refresh is started: as many run as max_refreshes allows"),
        Some(_) => (false, "no refresh could be started"),
        None => (false, "it cannot be refreshed from here: its input, variables, files or directory have changed"),
    })
}
