//! What `invalidate` and `delete` share: change every selected entry, and print how many there were.

use cacheback::ExitStatus;

use crate::cache::{Engine, Unusable};
use crate::cli::render::{figures, message};
use crate::cli::resolve::{SelectionRequest, selectors, with_cache};
use crate::store::Selector;

/// Applies `change` to what `request` selects. That nothing is selected is no error.
pub fn apply(
    request: SelectionRequest,
    done: &str,
    change: impl Fn(&Engine, &Selector) -> Result<u64, Unusable>,
) -> ExitStatus {
    let SelectionRequest { selection, db, quiet, .. } = request;
    with_cache(&db, quiet, |cache| {
        let id = selection.lone_id();
        let mut count = 0;
        for selector in selectors(selection, cache)? {
            count += change(cache, &selector)?;
        }
        // A word alone is a command here, never an id: an abbreviation must not delete an entry by accident.
        let hint = match id {
            Some(id) if count == 0 && !cache.keys_with_prefix(&id)?.is_empty() => {
                format!("; one whose id begins with {id} is selected by --id {id}")
            }
            _ => String::new(),
        };
        message::warning(quiet, format_args!("{done} {}{hint}", figures::entries(count)));
        Ok(ExitStatus::Exited(0))
    })
}
