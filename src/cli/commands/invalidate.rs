//! `cacheback invalidate`: from a selection to the engine and back.

use crate::cache::Engine;
use cacheback::ExitStatus;

use super::change;
use crate::cli::resolve::selection::SelectionRequest;

/// Marks what is selected stale and refreshes it in the background.
pub fn run(request: SelectionRequest) -> ExitStatus {
    change::apply(request, "invalidated", Engine::invalidate)
}
