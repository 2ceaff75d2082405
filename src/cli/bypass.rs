//! `CACHEBACK_DISABLE=1`: as if cacheback were not there.

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;

use cacheback::{ExitStatus, Invocation};

use super::args::RunArgs;
use super::message;

/// Whether the environment switches the cache off: anything but empty, `0` and `false` does.
pub fn is_asked_for() -> bool {
    std::env::var_os("CACHEBACK_DISABLE").is_some_and(|value| !matches!(value.to_str(), Some("" | "0" | "false")))
}

/// Becomes the command, or does what is left of the request without a cache.
///
/// There is nothing to warm and nothing cached, so `--warm` succeeds and `--only-if-cached` exits 1, and neither runs
/// the command, as they promise. A time limit is not kept: nobody is left to keep it.
pub fn run(args: RunArgs) -> ExitStatus {
    if args.freshness.warm {
        return ExitStatus::Exited(0);
    }
    if args.freshness.only_if_cached {
        return ExitStatus::Exited(1);
    }
    let invocation = Invocation::new(args.command).as_shell(args.key.shell);
    become_command_with(&invocation, args.key.stdin)
}

/// Becomes the command, with what was read for it on its standard input.
pub fn become_command(invocation: &Invocation) -> ExitStatus {
    let Some(input) = &invocation.stdin else { return become_command_with(invocation, false) };
    match input.open().and_then(|input| Ok(nix::unistd::dup2_stdin(input)?)) {
        Ok(()) => become_command_with(invocation, true),
        Err(reason) => message::not_started(invocation, &reason),
    }
}

fn become_command_with(invocation: &Invocation, keep_stdin: bool) -> ExitStatus {
    match exec(invocation, keep_stdin) {
        Ok(never) => match never {},
        Err(reason) => message::not_started(invocation, &reason),
    }
}

/// As std's `CommandExt::exec`, which however resets signals that the caller ignores or blocks.
fn exec(invocation: &Invocation, keep_stdin: bool) -> io::Result<std::convert::Infallible> {
    if !keep_stdin {
        nix::unistd::dup2_stdin(cacheback::fetch::null()?)?;
    }
    let argv: Vec<CString> = invocation.exec_argv().into_iter().map(c_string).collect::<io::Result<_>>()?;
    let program = argv.first().ok_or(io::ErrorKind::InvalidInput)?;
    cacheback::fetch::restore_file_size_limit();
    Ok(nix::unistd::execvp(program, &argv)?)
}

fn c_string(word: OsString) -> io::Result<CString> {
    Ok(CString::new(word.into_vec())?)
}
