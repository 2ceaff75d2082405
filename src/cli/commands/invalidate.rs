//! `cacheback invalidate`: mark entries stale, and refresh them in the background.

use cacheback::ExitStatus;

use super::change;
use crate::cache::Engine;
use crate::cli::args::{GlobalArgs, SelectorArgs};
use crate::cli::resolve::{Environment, SelectionRequest, UsageError};

pub fn run(args: SelectorArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    Ok(change::apply(SelectionRequest::resolve(args, global, env)?, "invalidated", Engine::invalidate))
}
