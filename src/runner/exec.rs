//! A command without a cache: this process becomes it, or waits for it and for a filter.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Stdio};

use super::filter::{Filter, Running};
use crate::fetch::program::Executable;
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::sys::{descriptor, process};

/// The standard input of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardInput {
    /// None.
    Null,
    /// That of this process.
    Own,
    /// What was read for it, if anything was.
    OfInvocation,
}

/// Becomes the command.
///
/// Not by std's `CommandExt::exec`, which resets the signals that the caller ignores or blocks.
///
/// # Errors
///
/// It cannot be started.
pub fn become_command(invocation: &Invocation, input: StandardInput) -> io::Result<Infallible> {
    match (input, &invocation.stdin) {
        (StandardInput::Own, _) => {}
        (StandardInput::OfInvocation, Some(input)) => descriptor::replace_stdin(input.open()?)?,
        (StandardInput::Null | StandardInput::OfInvocation, _) => descriptor::replace_stdin(descriptor::null()?)?,
    }
    let Executable { file, argv } = Executable::of(invocation);
    let argv: Vec<CString> = argv.into_iter().map(c_string).collect::<io::Result<_>>()?;
    process::exec(&c_string(file)?, &argv)
}

/// Runs the command with its output going through `filter`; the filter's status if it failed, or else the command's.
///
/// # Errors
///
/// The command cannot be started.
pub fn run_filtered(invocation: &Invocation, input: StandardInput, filter: &Filter) -> io::Result<ExitStatus> {
    let running = Running::new(Some(filter));
    running.start(None);
    let mut argv = invocation.exec_argv().into_iter();
    let mut command = Command::new(argv.next().unwrap_or_default());
    if input == StandardInput::Null {
        command.stdin(Stdio::null());
    }
    process::like_a_command(&mut command);
    let ended = command.args(argv).status().map(ExitStatus::from);
    match running.finish(false) {
        Some(Ok(failed)) if failed != ExitStatus::Exited(0) && ended.is_ok() => Ok(failed),
        _ => ended,
    }
}

fn c_string(word: OsString) -> io::Result<CString> {
    Ok(CString::new(word.into_vec())?)
}
