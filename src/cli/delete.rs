//! `cacheback delete`. STUB: the engine's glue replaces this file.

use cacheback::ExitStatus;

use super::message;
use super::selection::SelectionRequest;

/// STUB.
pub fn run(request: SelectionRequest) -> ExitStatus {
    message::warning(request.quiet, format_args!("not built yet: {request:?}"));
    ExitStatus::Failed
}
