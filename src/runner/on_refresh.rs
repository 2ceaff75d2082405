//! `--on-refresh`: a shell command that is run after a background fetch whose result was stored.
//!
//! The fetcher runs it last: waiters have their result by then, and the next fetch for the key may begin. For other
//! callers the run of the fetched command is over. For the loop check it is not: if the shell command calls the fetched
//! command through cacheback, that call prints what is stored and starts no refresh, which would run the shell command
//! again. A failure of the shell command is not reported.

use std::ffi::OsStr;
use std::process::Stdio;

use super::script;
use crate::cache::Call;

/// Runs `script`, and kills it if it takes too long.
pub(super) fn run(script: &OsStr, call: &Call<'_>, changed: bool) {
    let mut shell = script::about(script, &call.directory(), call.key, call.fetch.job.as_ref());
    shell.env("CACHEBACK_CHANGED", if changed { "1" } else { "0" });
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Ok(mut child) = shell.spawn() {
        let _ = script::wait(&mut child, None);
    }
}
