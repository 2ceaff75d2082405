//! Starting processes and waiting for them, with as little as possible between the clock and the kernel.
//!
//! This process adopts the processes that its children leave behind, so that it can wait for a detached refresh and
//! read its memory and time, as for a child.

#![allow(unsafe_code)]

use std::ffi::{CString, OsStr};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;
use std::{io, mem};

use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::Pid;

/// A command with its environment, ready to be handed to the kernel.
#[derive(Clone, Debug)]
pub struct Command {
    argv: Vec<CString>,
    environment: Vec<CString>,
}

/// Where the three standard streams of a process go.
#[derive(Clone, Copy, Debug)]
pub struct Streams<'a> {
    pub stdin: BorrowedFd<'a>,
    pub stdout: BorrowedFd<'a>,
    pub stderr: BorrowedFd<'a>,
}

/// How a process ended and what it used, with the descendants that it waited for.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// The exit status, or 128 and the signal.
    pub status: i32,
    /// In KiB. The kernel counts the memory before exec, too, so this process must stay small.
    pub max_rss: u64,
    pub minor_faults: u64,
    pub cpu: Duration,
}

impl Command {
    pub fn new<W: AsRef<OsStr>>(argv: impl IntoIterator<Item = W>, environment: &[CString]) -> Self {
        let argv = argv.into_iter().map(|word| word_of(word.as_ref())).collect();
        Self { argv, environment: environment.to_vec() }
    }

    /// The same with one more word.
    pub fn with(mut self, word: impl AsRef<OsStr>) -> Self {
        self.argv.push(word_of(word.as_ref()));
        self
    }

    /// The same with one more variable, `NAME=value`.
    pub fn within(mut self, variable: impl AsRef<OsStr>) -> Self {
        self.environment.push(word_of(variable.as_ref()));
        self
    }

    pub fn start(&self, streams: Streams<'_>) -> io::Result<Pid> {
        let mut actions = PosixSpawnFileActions::init()?;
        for (from, to) in [(streams.stdin, 0), (streams.stdout, 1), (streams.stderr, 2)] {
            actions.add_dup2(from.as_raw_fd(), to)?;
        }
        // Rust's start-up code ignores SIGPIPE, and an ignored signal stays ignored over exec.
        let mut attributes = PosixSpawnAttr::init()?;
        let mut defaults = SigSet::empty();
        defaults.add(Signal::SIGPIPE);
        attributes.set_sigdefault(&defaults)?;
        attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF)?;
        Ok(posix_spawn(self.argv[0].as_c_str(), &actions, &attributes, &self.argv, &self.environment)?)
    }
}

/// # Panics
///
/// If the word has a zero byte: no word of a benchmark has one.
pub fn word_of(word: &OsStr) -> CString {
    CString::new(word.as_bytes()).expect("words have no zero byte")
}

/// Makes this process the parent of its orphaned descendants.
pub fn adopt_orphans() -> io::Result<()> {
    Ok(set_child_subreaper(true)?)
}

pub fn wait(pid: Pid) -> io::Result<Exit> {
    match wait_for(pid.as_raw())? {
        Some((_, exit)) => Ok(exit),
        None => Err(io::Error::other("the process was not a child")),
    }
}

/// Waits until there is neither a child nor an adopted orphan.
pub fn wait_for_orphans() -> io::Result<Vec<Exit>> {
    let mut exits = Vec::new();
    while let Some((_, exit)) = wait_for(-1)? {
        exits.push(exit);
    }
    Ok(exits)
}

/// Waits for the next child or adopted orphan to end; `None` if there is neither.
pub fn wait_for_any() -> io::Result<Option<(Pid, Exit)>> {
    wait_for(-1)
}

/// `None` if there is no such child.
fn wait_for(pid: i32) -> io::Result<Option<(Pid, Exit)>> {
    let mut status = 0;
    // SAFETY: all-zero bytes are a valid `rusage`, which is plain numbers.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live variables of the types that the call writes.
        let found = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
        if found > 0 {
            return Ok(Some((Pid::from_raw(found), exit(status, &usage))));
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::ECHILD) => return Ok(None),
            _ => return Err(error),
        }
    }
}

fn exit(status: i32, usage: &libc::rusage) -> Exit {
    let time = |spent: libc::timeval| Duration::new(spent.tv_sec as u64, spent.tv_usec as u32 * 1000);
    Exit {
        status: if libc::WIFSIGNALED(status) { 128 + libc::WTERMSIG(status) } else { libc::WEXITSTATUS(status) },
        max_rss: usage.ru_maxrss as u64,
        minor_faults: usage.ru_minflt as u64,
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
    }
}
