//! `cacheback get`: serve or fetch the result of a job.

use cacheback::ExitStatus;

use crate::cli::args::{GetArgs, GlobalArgs};
use crate::cli::resolve::{Environment, Request, UsageError};
use crate::cli::runner;
use crate::cli::runner::bypass;

pub fn run(args: GetArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    if bypass::is_asked_for() {
        return bypass::get(args, &global, env);
    }
    Ok(runner::run(Request::resolve_job(args, global, env)?))
}
