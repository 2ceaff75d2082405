//! Processes as `/proc` shows them.

use std::ffi::OsString;
use std::fs;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::wait_until;

/// A live process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    /// `R`, `S`, `T`, …
    pub state: char,
    pub command_line: String,
}

impl Process {
    /// The process `pid`, unless it is gone or a zombie.
    pub fn find(pid: i32) -> Option<Self> {
        let proc = PathBuf::from(format!("/proc/{pid}"));
        let stat = fs::read_to_string(proc.join("stat")).ok()?;
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let state = fields.next()?.chars().next().filter(|state| !matches!(state, 'Z' | 'X'))?;
        let mut number = || fields.next()?.parse::<i32>().ok();
        let (parent, group, session) = (number()?, number()?, number()?);
        let command_line = fs::read(proc.join("cmdline")).ok()?;
        let command_line = String::from_utf8_lossy(&command_line).replace('\0', " ").trim_end().to_owned();
        Some(Self { pid, parent, group, session, state, command_line })
    }

    /// All live processes that have `entry` in the environment they were started with.
    pub fn with_environment(entry: &str) -> Vec<Self> {
        let has_entry = |pid: i32| {
            fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|found| found == entry.as_bytes()))
        };
        pids().into_iter().filter(|pid| has_entry(*pid)).filter_map(Self::find).collect()
    }

    pub fn is_alive(pid: i32) -> bool {
        Self::find(pid).is_some()
    }

    /// What its descriptors are open on.
    pub fn open_files(&self) -> Vec<PathBuf> {
        let Ok(links) = fs::read_dir(format!("/proc/{}/fd", self.pid)) else {
            return Vec::new();
        };
        links.flatten().filter_map(|link| fs::read_link(link.path()).ok()).collect()
    }

    /// Whether it sleeps with something inside `directory` open.
    pub fn sleeps_on(&self, directory: &Path) -> bool {
        self.state == 'S' && self.open_files().iter().any(|file| file.starts_with(directory))
    }

    /// The same with a file that is in `directory` and has not been removed.
    pub fn waits_for(&self, directory: &Path) -> bool {
        self.state == 'S' && self.open_files().iter().any(|file| file.parent() == Some(directory) && file.exists())
    }

    /// Its greatest resident size so far, in KiB, without the pages of the program's file: how many of these are there
    /// depends on how the program was built, and all its processes share them.
    pub fn peak_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("the process is there");
        let kib = |name| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("it has a memory of its own");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        kib("VmHWM:") - kib("RssFile:")
    }

    pub fn kill(&self, signal: Signal) {
        kill(self.pid, signal);
    }
}

/// Closes the reading end of a pipe or socket, so that its writer has no reader any more.
///
/// A process that another test is about to start has a copy of that end until it has become the program to run.
pub fn close_reader<T>(reader: T) {
    drop(reader);
    let own = Process::find(nix::unistd::getpid().as_raw()).expect("it runs");
    let is_copy = |process: &Process| process.parent == own.pid && process.command_line == own.command_line;
    let copies: Vec<Process> = pids().into_iter().filter_map(Process::find).filter(is_copy).collect();
    let is_over = |copy: &Process| !Process::find(copy.pid).as_ref().is_some_and(is_copy);
    wait_until("no copy of this process has the reader", || copies.iter().all(is_over));
}

/// Sends `signal` to `pid`, if it is still there.
pub fn kill(pid: i32, signal: Signal) {
    let _ = nix::sys::signal::kill(Pid::from_raw(pid), signal);
}

/// Whether a pipe holds all that a new one has room for.
pub fn is_full(reader: impl AsFd) -> bool {
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD writes one integer.
    assert_eq!(unsafe { libc::ioctl(reader.as_fd().as_raw_fd(), libc::FIONREAD, &mut waiting) }, 0);
    waiting >= 64 * 1024
}

fn pids() -> Vec<i32> {
    let entries = fs::read_dir("/proc").expect("/proc is there");
    let name = |name: OsString| String::from_utf8(name.into_vec()).ok()?.parse().ok();
    entries.flatten().filter_map(|entry| name(entry.file_name())).collect()
}
