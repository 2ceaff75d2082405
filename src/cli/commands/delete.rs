//! `cacheback delete`: remove entries.

use crate::cache::Engine;
use cacheback::ExitStatus;

use super::change;
use crate::cli::args::{GlobalArgs, SelectorArgs};
use crate::cli::resolve::options::Environment;
use crate::cli::resolve::selection::SelectionRequest;
use crate::cli::resolve::usage::UsageError;

pub fn run(args: SelectorArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    Ok(change::apply(SelectionRequest::resolve(args, global, env)?, "deleted", Engine::delete))
}
