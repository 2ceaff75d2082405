//! `--store-if`: a shell command that says whether a result is worth storing.
//!
//! It reads standard output as the command wrote it, from a file: it may read as much of it as it wants. What it prints
//! is discarded, but for its standard error, which is that of the fetch. Exit 0 is yes and another status is no. If it
//! cannot be started, is not found by its shell, is killed or takes too long, there is no answer. Its time ends with
//! that of the call.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Instant;

use super::script::{self, PATIENCE};
use crate::cache::Call;
use crate::sys::error::words;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreIfError {
    #[error("--store-if cannot be run: {}", words(.0))]
    Io(#[from] io::Error),
    #[error("--store-if cannot be run: its shell ended with exit status {0}")]
    NotFound(i32),
    #[error("--store-if was ended by signal {0}")]
    Killed(i32),
    #[error("--store-if did not end within {} s", PATIENCE.as_secs())]
    TooSlow,
    #[error("--store-if did not end before the time limit of the call")]
    TooLate,
}

/// Whether the result of `call` with this exit status and this standard output is worth storing.
pub(super) fn is_worth_storing(
    script: &OsStr,
    call: &Call<'_>,
    exit: u8,
    stdout: &dyn Fn() -> io::Result<File>,
) -> Result<bool, StoreIfError> {
    let mut shell = script::about(script, &call.directory(), call.key, call.fetch.job.as_ref());
    shell.env("CACHEBACK_EXIT", exit.to_string());
    shell.stdin(stdout()?).stdout(Stdio::null());
    let Some(status) = script::wait(&mut shell.spawn()?, call.deadline)? else {
        let is_over = call.deadline.is_some_and(|deadline| deadline <= Instant::now());
        return Err(if is_over { StoreIfError::TooLate } else { StoreIfError::TooSlow });
    };
    match (status.code(), status.signal()) {
        (Some(code @ (126 | 127)), _) => Err(StoreIfError::NotFound(code)),
        (None, Some(signal)) => Err(StoreIfError::Killed(signal)),
        (code, _) => Ok(code == Some(0)),
    }
}
