//! The command itself: started, signalled, reaped.

use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::environment;
use super::program::{self, Executable};
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::sys::process::{self, kill};
use crate::sys::signal::{SIGCONT, SIGTERM};
use crate::sys::{descriptor, errno, proc};

/// The process of a command. Dropping it neither waits for it nor ends it.
#[derive(Debug)]
pub(crate) struct Running {
    pid: i32,
    /// It leads a process group of its own.
    leads_group: bool,
}

/// Why a command could not be started: the number of the system's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartError(pub i32);

impl StartError {
    /// Of the error with which starting it failed.
    pub fn of(error: &io::Error) -> Self {
        Self(error.raw_os_error().unwrap_or(errno::EINVAL))
    }

    /// Processes, descriptors or memory were lacking, and not the program.
    pub const fn is_shortage(self) -> bool {
        matches!(self.0, errno::EAGAIN | errno::ENOMEM | errno::EMFILE | errno::ENFILE)
    }
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        Self::from_raw_os_error(error.0)
    }
}

/// The status of a command that could not be started, by the rules of env(1). A path with a file in the place of a
/// directory counts as not found.
pub fn status_of_failure(error: &io::Error) -> ExitStatus {
    match error.raw_os_error() {
        Some(errno::ENOENT | errno::ENOTDIR) => ExitStatus::NotFound,
        Some(errno::EAGAIN | errno::ENOMEM | errno::EMFILE | errno::ENFILE) => ExitStatus::Failed,
        _ => ExitStatus::NotExecutable,
    }
}

impl Running {
    /// The process `pid`, a child in our own process group that the caller of this function reaps.
    pub(crate) fn child(pid: i32) -> Self {
        Self { pid, leads_group: false }
    }

    /// Starts it with its output going to `stdout` and `stderr`, in its own directory, which becomes ours as well.
    pub(crate) fn start(
        invocation: &Invocation,
        stdout: OwnedFd,
        stderr: OwnedFd,
        own_group: bool,
    ) -> io::Result<Self> {
        if let Some(cwd) = &invocation.cwd {
            std::env::set_current_dir(cwd)?;
        }
        let stdin = match &invocation.stdin {
            Some(input) => input.open()?.into(),
            None => descriptor::null()?,
        };
        environment::keep_first_of_each_name();
        let standard = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
        let Executable { file, argv } = Executable::of(invocation);
        let file = CString::new(file.into_vec())?;
        let argv: Vec<CString> =
            argv.into_iter().map(|word| CString::new(word.into_vec())).collect::<Result<_, _>>()?;
        let pid = match process::spawn(&file, &argv, standard, own_group) {
            Err(error) if error.raw_os_error() == Some(errno::ENOEXEC) => {
                // The shell runs a script without a `#!` line, as with execvp(3).
                let script = match program::find(OsStr::from_bytes(file.as_bytes())) {
                    Some(path) => CString::new(path.into_os_string().into_vec())?,
                    None => file,
                };
                let argv: Vec<CString> =
                    [c"/bin/sh".to_owned(), script].into_iter().chain(argv.into_iter().skip(1)).collect();
                process::spawn(&argv[0], &argv, standard, own_group)?
            }
            other => other?,
        };
        Ok(Self { pid, leads_group: own_group })
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        process::reap(self.pid).map(ExitStatus::from)
    }

    /// Passes a signal on to it.
    pub(crate) fn signal(&self, signal: i32) {
        kill(if self.leads_group { -self.pid } else { self.pid }, signal);
    }

    /// Whether it has missed `signal`, which was just sent to both caller and fetcher: it is in their group, and still
    /// runs although the signal would have ended it. False for a command that handles the signal.
    pub(crate) fn has_missed(&self, signal: i32) -> bool {
        process::is_in_our_group(self.pid) && proc::would_end_by(self.pid, signal)
    }

    /// Whether a process is left in the group that it leads or led.
    pub(crate) fn has_group(&self) -> bool {
        self.leads_group && kill(-self.pid, 0)
    }

    /// Asks it to end, with everything that it has started.
    pub(crate) fn terminate(&self) {
        self.signal_all(SIGTERM);
        // A stopped process takes the signal when it is continued.
        self.signal_all(SIGCONT);
    }

    /// Sends `signal` to it and to everything it has started that is still its descendant or in its group.
    pub(crate) fn signal_all(&self, signal: i32) {
        if self.leads_group {
            kill(-self.pid, signal);
            return;
        }
        let mut found = vec![self.pid];
        let mut next = 0;
        while let Some(pid) = found.get(next) {
            found.extend(proc::children(*pid));
            next += 1;
        }
        for pid in found {
            kill(pid, signal);
        }
    }
}
