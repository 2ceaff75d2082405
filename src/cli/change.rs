//! What `invalidate` and `delete` have in common: select, change, say how many.

use cacheback::cache::Unusable;
use cacheback::store::Selector;
use cacheback::{Cache, ExitStatus};

use super::run::open;
use super::select::{SelectError, report, selector};
use super::selection::SelectionRequest;
use super::{figures, message};

/// Applies `change` to what `request` selects and prints how many entries that were; nothing selected is no error.
pub fn apply(
    request: SelectionRequest,
    done: &str,
    change: impl Fn(&Cache, &Selector) -> Result<u64, Unusable>,
) -> ExitStatus {
    let SelectionRequest { selection, db, quiet, .. } = request;
    let result = open(&db, quiet).map_err(SelectError::from).and_then(|cache| {
        let selector = selector(selection, &cache)?;
        Ok(change(&cache, &selector)?)
    });
    match result {
        Ok(count) => {
            message::warning(quiet, format_args!("{done} {}", figures::entries(count)));
            ExitStatus::Exited(0)
        }
        Err(error) => report(&error, &db),
    }
}
