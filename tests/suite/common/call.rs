//! A process about to be started in a test's home.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use nix::sys::signal::{SigHandler, SigSet, Signal};

use super::{Outcome, Running, wait_until};

/// A process about to be started.
///
/// It holds a command of the standard library: a command of `assert_cmd` cannot be watched while it runs, and has
/// neither streams of the test's choice nor an action before exec.
pub struct Call {
    command: Command,
    input: Option<Vec<u8>>,
    has_own_streams: bool,
}

impl Call {
    /// `command` with empty standard input and its output collected.
    pub fn new(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, input: None, has_own_streams: false }.before_exec(default_signals)
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn arg_all(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it in this directory.
    pub fn cwd(mut self, directory: impl AsRef<Path>) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Gives it these bytes on standard input.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self.command.stdin(Stdio::piped());
        self
    }

    /// Gives it an open file, pipe or nothing for standard input.
    pub fn stdin_from(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self.has_own_streams = true;
        self
    }

    /// Sends standard output elsewhere, uncollected.
    pub fn stdout_to(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self.has_own_streams = true;
        self
    }

    /// Sends standard error elsewhere, uncollected.
    pub fn stderr_to(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self.has_own_streams = true;
        self
    }

    /// Runs `action` in the new process before the program starts; it must be safe between fork and exec.
    pub fn before_exec(mut self, action: impl FnMut() -> io::Result<()> + Send + Sync + 'static) -> Self {
        // SAFETY: the actions in this suite only make system calls.
        unsafe { self.command.pre_exec(action) };
        self
    }

    /// Starts it.
    #[track_caller]
    pub fn spawn(mut self) -> Running {
        let child = self.command.spawn().unwrap_or_else(|error| panic!("starting {:?}: {error}", self.command));
        Running::new(child, self.input)
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn go(self) -> Outcome {
        if self.has_own_streams {
            return self.spawn().wait();
        }
        let mut command = assert_cmd::Command::from_std(self.command);
        if let Some(input) = self.input {
            command.write_stdin(input);
        }
        let shown = format!("{command:?}");
        // The timeout of `assert_cmd` does not end the wait for a pipe that a process left behind holds open.
        let end = thread::spawn(move || command.output());
        wait_until(&format!("{shown} has ended and its output is closed"), || end.is_finished());
        let output = end.join().expect("it does not panic");
        Outcome::of(output.unwrap_or_else(|error| panic!("starting {shown}: {error}")))
    }
}

/// Resets signals that the tests may have inherited as ignored: a shell does that with SIGINT for a background job.
fn default_signals() -> io::Result<()> {
    for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP, Signal::SIGTERM, Signal::SIGTSTP] {
        // SAFETY: the default action is no handler.
        unsafe { nix::sys::signal::signal(signal, SigHandler::SigDfl)? };
    }
    Ok(SigSet::empty().thread_set_mask()?)
}
