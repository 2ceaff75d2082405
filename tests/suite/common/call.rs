//! A process about to be started in a test's home.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::RwLock;

use nix::sys::signal::{SigHandler, SigSet, Signal};

use super::{Outcome, Running};

/// Held shared while a process is started, and alone while an executable file is written: a child between fork and
/// exec that has inherited the open file would make executing it fail with ETXTBSY.
pub static FORKING: RwLock<()> = RwLock::new(());

/// A process about to be started.
pub struct Call {
    command: Command,
    input: Option<Vec<u8>>,
}

impl Call {
    /// `command` with empty standard input and its output collected.
    pub fn new(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, input: None }.before_exec(default_signals)
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
        self
    }

    /// Sends standard output elsewhere, uncollected.
    pub fn stdout_to(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Sends standard error elsewhere, uncollected.
    pub fn stderr_to(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
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
        let _forking = FORKING.read().expect("no holder panics");
        let child = self.command.spawn().unwrap_or_else(|error| panic!("starting {:?}: {error}", self.command));
        Running::new(child, self.input)
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn go(self) -> Outcome {
        self.spawn().wait()
    }
}

/// Undoes what the surroundings of the test do to signals: a job in the background may ignore SIGINT, say.
fn default_signals() -> io::Result<()> {
    for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP, Signal::SIGTERM, Signal::SIGTSTP] {
        // SAFETY: the default action is no handler.
        unsafe { nix::sys::signal::signal(signal, SigHandler::SigDfl)? };
    }
    Ok(SigSet::empty().thread_set_mask()?)
}
