//! What cacheback itself prints: pages on standard output, and messages on standard error. Each message is a line that
//! begins with `cacheback: ` and is written by one call; if it cannot be written, it is lost.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::{Mutex, PoisonError};

use cacheback::ExitStatus;

use super::quote;
use crate::fetch;
use crate::fetch::command::status_of_failure;
use crate::model::{invocation::Invocation, transcript::Stream};
use crate::sys::{error::words, process, signal};

/// Prints `cacheback: TEXT`: why nothing could be done.
pub fn error(text: impl Display) {
    let line = line(&text.to_string());
    let _ = signal::without_sigpipe(|| io::stderr().write_all(line.as_bytes()));
}

/// Prints `cacheback: TEXT` unless `quiet`: a fault that is no error, or what was done. This process prints each text
/// once: two parts of it may find the same fault.
pub fn warning(quiet: bool, text: impl Display) {
    static PRINTED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    if quiet {
        return;
    }
    let text = text.to_string();
    let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
    if !printed.contains(&text) {
        error(&text);
        printed.push(text);
    }
}

/// Prints why `invocation` could not be started; returns the status for that.
pub fn not_started(invocation: &Invocation, reason: &io::Error) -> ExitStatus {
    let exec_argv = invocation.exec_argv();
    let program = exec_argv.first().map(OsString::as_os_str).unwrap_or_default();
    let hint = if invocation.shell { "" } else { hint(invocation, reason) };
    error(format_args!("cannot run '{}': {}{hint}", program.display(), words(reason)));
    status_of_failure(reason)
}

/// Keywords and builtins of shells, for which there is no program.
const BUILT_IN: &str = ". : alias bg bind builtin case cd declare dirs disown eval exec exit export fg for function \
    hash history if jobs let local popd pushd read readonly return select set setopt shift shopt source suspend times \
    trap type typeset ulimit umask unalias unset until wait while [[ ! { (";

/// What is probably meant by a command that does not exist.
fn hint(invocation: &Invocation, reason: &io::Error) -> &'static str {
    let program = invocation.program();
    let name = program.to_str().unwrap_or_default();
    let is_assignment = name.split_once('=').is_some_and(|(name, _)| is_variable(name));
    match reason.kind() == io::ErrorKind::NotFound && !name.is_empty() {
        true if is_assignment => "; to set a variable for a command, put env before it",
        true if BUILT_IN.split_ascii_whitespace().any(|word| word == name) => {
            "; it is built into the shell: use --shell"
        }
        _ if program.as_bytes().contains(&b' ') && invocation.argv.len() == 1 => "; a shell command needs --shell",
        true if !name.contains('/') => {
            "; an alias or a function of your shell is no command: see 'cacheback decorate --help'"
        }
        _ => "",
    }
}

fn is_variable(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(is_part) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// Prints a page on standard output.
pub fn print(page: &[u8]) -> ExitStatus {
    match fetch::write(Stream::Stdout, page) {
        Ok(()) => ExitStatus::Exited(0),
        Err(reason) => unprintable(&reason),
    }
}

/// Ends like a command that cannot write to standard output: by SIGPIPE, or with a message and this status.
pub fn unprintable(reason: &io::Error) -> ExitStatus {
    if reason.kind() == io::ErrorKind::BrokenPipe && !signal::ignores_sigpipe() {
        process::die_by(signal::SIGPIPE);
    }
    error(format_args!("writing the output: {}", words(reason)));
    ExitStatus::Exited(1)
}

/// One line, whatever control characters there are in a path or in the value of an option.
fn line(text: &str) -> String {
    format!("cacheback: {}\n", quote::plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(line("no such file: a\nb\u{1b}[31m"), "cacheback: no such file: a\\nb\\033[31m\n");
    }
}
