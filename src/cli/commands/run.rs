//! `cacheback run`: serve or fetch the result of a command.

use cacheback::ExitStatus;

use crate::cli::args::{GlobalArgs, RunArgs};
use crate::cli::resolve::{Environment, Request, UsageError};
use crate::cli::runner;
use crate::cli::runner::bypass;

pub fn run(args: RunArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    if bypass::is_asked_for() {
        return bypass::run(args, &global, env);
    }
    Ok(runner::run(Request::resolve(args, global, env)?))
}
