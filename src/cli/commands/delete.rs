//! `cacheback delete`: from a selection to the engine and back.

use crate::cache::Engine;
use cacheback::ExitStatus;

use super::change;
use crate::cli::resolve::selection::SelectionRequest;

/// Forgets what is selected.
pub fn run(request: SelectionRequest) -> ExitStatus {
    change::apply(request, "deleted", Engine::delete)
}
