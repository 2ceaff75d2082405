//! `--on-refresh`: a shell command that is run after a background fetch whose result was stored.
//!
//! It is run by the process that has fetched, after all else that others may wait for: waiters have their result, and the
//! key is free for the next fetch. It is not part of the run of its command for whoever asks, but it is within that run for
//! the loop check: a call of the same command in it prints what is stored, and cannot start the next refresh, which would
//! run it again. Nobody hears of its failure.

use std::ffi::OsStr;
use std::process::Stdio;

use super::script;
use crate::cache::Call;

/// Runs `script`, and ends it if it takes too long.
pub(super) fn run(script: &OsStr, call: &Call<'_>, changed: bool) {
    let mut shell = script::about(script, &call.directory(), call.key, call.fetch.job.as_ref());
    shell.env("CACHEBACK_CHANGED", if changed { "1" } else { "0" });
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut child) = shell.spawn() {
        let _ = script::wait(&mut child);
    }
}
