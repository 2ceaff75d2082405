//! Refreshes, invalidates and deletes the selected entry.

use crate::cache::{Engine, Unusable};
use crate::cli::commands::change::Change;
use crate::runner;
use crate::store::{Detail, Selector};

/// Changes the selected entries; returns a warning if the server of the shared tier cannot be told.
pub type Apply<'a> = dyn Fn(&Engine, &Selector, Change) -> Result<Option<String>, Unusable> + 'a;

/// Why an entry without a command is neither refreshed nor copied.
pub const NO_COMMAND: &str = "this entry has no command: 'cacheback set' stored it";

/// How entries are changed.
pub struct Changes<'a>(pub Box<Apply<'a>>);

impl Changes<'_> {
    /// Applies `change`; returns what was done, in words.
    pub fn apply(&self, engine: &Engine, change: Change, detail: &Detail) -> Result<String, Unusable> {
        let wrong = (self.0)(engine, &Selector::Key(detail.summary.key), change)?;
        let done = change.done();
        Ok(wrong.map_or_else(|| done.to_owned(), |wrong| format!("{done}; {wrong}")))
    }
}

/// Starts a detached fetch of an entry; returns in words whether one runs.
pub fn refresh(engine: &Engine, detail: &Detail) -> Result<String, Unusable> {
    if detail.recipe.argv.is_empty() {
        return Ok(NO_COMMAND.to_owned());
    }
    Ok(match runner::refresh(engine, detail.selected())? {
        true => "a refresh runs in the background".to_owned(),
        false => "it cannot be refreshed from here: its input, variables, files or directory have changed".to_owned(),
    })
}
