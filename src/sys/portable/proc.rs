//! What the system says of processes and of what they have open: little here.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::unistd::gethostname;

use super::clock::millis_since_epoch;
#[cfg(target_os = "macos")]
use super::macos as told;
use super::unsupported;
#[cfg(not(target_os = "macos"))]
use super::untold as told;
use crate::sys::directory;
use crate::sys::lock::LockHolder;

/// What the system says of a process.
pub(super) struct Process {
    pub(super) parent: u32,
    pub(super) is_stopped: bool,
    /// When it began, after 1970.
    pub(super) began: Duration,
}

/// A chain of ancestors is followed this far.
const GENERATIONS: usize = 256;

/// Whether a signal (Ctrl-Z, SIGSTOP) has stopped the process; false where the system does not say.
pub(crate) fn is_stopped(pid: u32) -> bool {
    told::process(pid).is_some_and(|process| process.is_stopped)
}

/// For how long a process has been running, where the system says so.
pub(crate) fn age(pid: u32) -> Option<Duration> {
    let now = Duration::from_millis(u64::try_from(millis_since_epoch()).ok()?);
    told::process(pid).map(|process| now.saturating_sub(process.began))
}

/// The children of a process, where the system lists them.
pub(crate) fn children(pid: i32) -> Vec<i32> {
    told::children(pid)
}

/// Whether a process neither blocks, ignores nor catches `signal`; false where the system does not say.
pub(crate) fn would_end_by(_pid: i32, _signal: i32) -> bool {
    false
}

/// Whether a process that this one descends from has `file` open; false where the system does not say.
pub(crate) fn an_ancestor_has_open(file: &File) -> bool {
    let parent = |pid: &u32| told::process(*pid).map(|process| process.parent);
    let ancestors = std::iter::successors(Some(parent_id()), parent).take(GENERATIONS);
    ancestors.take_while(|pid| *pid > 0).any(|pid| has_open(pid, file))
}

/// The names of the programs of the processes that this one descends from, the nearest first, as ps(1) says.
pub fn names_of_ancestors() -> impl Iterator<Item = OsString> {
    let mut pid = Some(parent_id().to_string());
    let name = move || {
        let told = Command::new("ps").args(["-o", "ppid=", "-o", "comm=", "-p", &pid.take()?]).output().ok()?;
        let told = String::from_utf8(told.stdout).ok()?;
        let (parent, name) = told.trim().split_once(char::is_whitespace)?;
        pid = Some(parent.to_owned());
        // That of a login shell begins with a dash.
        Some(name.trim_start().trim_start_matches('-').into())
    };
    std::iter::from_fn(name).take(GENERATIONS)
}

/// Whether the process `pid` has `file` open; false where the system does not say.
pub(crate) fn has_open(pid: u32, file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| told::open_files(pid).contains(&(metadata.dev(), metadata.ino())))
}

/// The processes that hold the lock of a file whose path `is_wanted`; `None` where the system does not say.
pub(crate) fn lock_holders(_is_wanted: impl Fn(&Path) -> bool) -> Option<Vec<LockHolder>> {
    None
}

/// This host's name; empty if it has none.
pub fn host_name() -> String {
    gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default()
}

/// The file of the program that this process runs.
pub fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// The metadata of [`own_program`].
pub(crate) fn own_program_metadata() -> Option<Metadata> {
    fs::metadata(own_program().ok()?).ok()
}

/// The numbers of this process's open descriptors, where the system lists them.
pub(crate) fn open_descriptors() -> io::Result<Vec<RawFd>> {
    if !cfg!(target_os = "macos") {
        return unsupported();
    }
    let names = directory::names("/dev/fd".as_ref())?;
    Ok(names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect())
}
