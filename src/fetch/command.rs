//! The command itself: started, signalled, reaped.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::sys;
use crate::exit::ExitStatus;
use crate::invocation::Invocation;

/// The process of a command. Dropping it neither waits for it nor ends it.
#[derive(Debug)]
pub(crate) struct Running {
    pid: i32,
    /// It leads a process group of its own.
    leads_group: bool,
}

/// The process that `invocation` asks for, not yet started.
///
/// # Errors
///
/// Its standard input cannot be opened.
pub fn prepare(invocation: &Invocation) -> io::Result<Command> {
    let argv = invocation.exec_argv();
    let mut command = Command::new(argv.first().ok_or(io::ErrorKind::InvalidInput)?);
    command.args(&argv[1..]);
    if let Some(cwd) = &invocation.cwd {
        command.current_dir(cwd);
    }
    match &invocation.stdin {
        Some(input) => command.stdin(input.open()?),
        None => command.stdin(Stdio::null()),
    };
    Ok(command)
}

/// The system's number for why a command could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartError(pub i32);

impl StartError {
    /// Of the error that starting it gave.
    pub fn of(error: &io::Error) -> Self {
        Self(error.raw_os_error().unwrap_or(libc::EINVAL))
    }
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        Self::from_raw_os_error(error.0)
    }
}

/// The status of a command that could not be started, by env's numbers.
pub fn status_of_failure(error: &io::Error) -> ExitStatus {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR) => ExitStatus::NotFound,
        Some(libc::EAGAIN | libc::ENOMEM | libc::EMFILE | libc::ENFILE) => ExitStatus::Failed,
        _ => ExitStatus::NotExecutable,
    }
}

impl Running {
    /// Starts it with its output going to `stdout` and `stderr`.
    pub(crate) fn start(
        invocation: &Invocation,
        stdout: OwnedFd,
        stderr: OwnedFd,
        own_group: bool,
    ) -> io::Result<Self> {
        let mut command = prepare(invocation)?;
        command.stdout(stdout).stderr(stderr);
        if own_group {
            command.process_group(0);
        }
        let child = command.spawn()?;
        Ok(Self { pid: child.id() as i32, leads_group: own_group })
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        let status = sys::reap(self.pid)?;
        Some(if libc::WIFSIGNALED(status) {
            ExitStatus::Killed(libc::WTERMSIG(status))
        } else {
            ExitStatus::Exited(libc::WEXITSTATUS(status) as u8)
        })
    }

    /// Sends it a signal that somebody sent to us.
    pub(crate) fn signal(&self, signal: i32) {
        sys::kill(if self.leads_group { -self.pid } else { self.pid }, signal);
    }

    /// Sends `signal` to it and to everything it has started that is still its descendant or in its group.
    pub(crate) fn signal_all(&self, signal: i32) {
        if self.leads_group {
            sys::kill(-self.pid, signal);
            return;
        }
        let mut found = vec![self.pid];
        let mut next = 0;
        while let Some(pid) = found.get(next) {
            found.extend(children_of(*pid));
            next += 1;
        }
        for pid in found {
            sys::kill(pid, signal);
        }
    }
}

fn children_of(pid: i32) -> Vec<i32> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .map(|pids| pids.split_whitespace().filter_map(|pid| pid.parse().ok()).collect())
        .unwrap_or_default()
}
