//! `cacheback run`. STUB: the engine's glue replaces this file.

use cacheback::ExitStatus;

use super::message;
use super::request::Request;

/// STUB.
pub fn run(request: Request) -> ExitStatus {
    message::warning(request.quiet, format_args!("not built yet: {request:?}"));
    ExitStatus::Failed
}
