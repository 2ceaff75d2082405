//! `cacheback run` and `cacheback get`: serve or fetch the result of a command or of a job.

use cacheback::ExitStatus;

use crate::cli::args::{GetArgs, GlobalArgs, RunArgs};
use crate::cli::resolve::{Environment, Request, UsageError};
use crate::cli::serve::{self, bypass};

pub fn run(args: RunArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    if bypass::is_asked_for() {
        return bypass::run(args, &global, env);
    }
    Ok(serve::run(Request::resolve(args, global, env)?))
}

pub fn get(args: GetArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    if bypass::is_asked_for() {
        return bypass::get(args, &global, env);
    }
    Ok(serve::run(Request::resolve_job(args, global, env)?))
}
