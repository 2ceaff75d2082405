//! What `invalidate` and `delete` have in common: select, change, say how many.

use crate::cache::Engine;
use crate::cache::Unusable;
use crate::store::Selector;
use cacheback::ExitStatus;

use super::run::open;
use crate::cli::render::{figures, message};
use crate::cli::resolve::select::{SelectError, report, selectors};
use crate::cli::resolve::selection::SelectionRequest;

/// Applies `change` to what `request` selects and prints how many entries that were; nothing selected is no error.
pub fn apply(
    request: SelectionRequest,
    done: &str,
    change: impl Fn(&Engine, &Selector) -> Result<u64, Unusable>,
) -> ExitStatus {
    let SelectionRequest { selection, db, quiet, .. } = request;
    let result = open(&db, quiet).map_err(SelectError::from).and_then(|cache| {
        let id = selection.lone_id();
        let mut count = 0;
        for selector in selectors(selection, &cache)? {
            count += change(&cache, &selector)?;
        }
        // A word alone is a command here, because an abbreviation must not delete what it was not meant for.
        let meant = match id {
            Some(id) if count == 0 && !cache.keys_with_prefix(&id)?.is_empty() => Some(id),
            _ => None,
        };
        Ok((count, meant))
    });
    match result {
        Ok((count, meant)) => {
            let hint = meant.map(|id| format!("; one whose id begins with {id} is selected by --id {id}"));
            message::warning(quiet, format_args!("{done} {}{}", figures::entries(count), hint.unwrap_or_default()));
            ExitStatus::Exited(0)
        }
        Err(error) => report(&error, &db),
    }
}
