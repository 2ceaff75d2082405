//! `cacheback invalidate` and `cacheback delete`: change every selected entry, and print how many there were.

use cacheback::ExitStatus;

use crate::cache::{Engine, Unusable};
use crate::cli::args::{GlobalArgs, SelectorArgs};
use crate::cli::render::{figures, message};
use crate::cli::resolve::{Environment, SelectionRequest, UsageError, selectors, with_cache};
use crate::store::Selector;

/// Applies `change` to each entry that is selected. That nothing is selected is no error.
pub fn run(
    args: SelectorArgs,
    global: GlobalArgs,
    env: &impl Environment,
    done: &str,
    change: impl Fn(&Engine, &Selector) -> Result<u64, Unusable>,
) -> Result<ExitStatus, UsageError> {
    let SelectionRequest { selection, db, quiet, .. } = SelectionRequest::resolve(args, global, env)?;
    Ok(with_cache(&db, quiet, |cache| {
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
    }))
}
