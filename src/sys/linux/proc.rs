//! What the kernel says of processes and of what they have open (proc(5)).

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::clock::since_boot;
use crate::sys::directory;
use crate::sys::lock::LockHolder;

/// A chain of ancestors is followed this far.
const GENERATIONS: usize = 256;

/// The third field of `/proc/PID/stat` and those after it, proc(5). The name before them may hold anything, spaces and
/// brackets included.
fn stat(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read(proc_path(pid, "stat")).ok()?;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    Some(rest.split_ascii_whitespace().map(str::to_owned).collect())
}

fn proc_path(pid: impl std::fmt::Display, name: &str) -> PathBuf {
    format!("/proc/{pid}/{name}").into()
}

/// Whether a signal (Ctrl-Z, SIGSTOP) has stopped the process, and not a debugger or strace (`t`).
pub(crate) fn is_stopped(pid: u32) -> bool {
    stat(pid).is_some_and(|fields| fields.first().is_some_and(|state| state == "T"))
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// For how long a process has been running; the kernel counts in hundredths of a second.
pub(crate) fn age(pid: u32) -> Option<Duration> {
    const TICK_MS: u64 = 10;
    // Field 22, the third being the first here.
    let ticks: u64 = stat(pid)?.get(19)?.parse().ok()?;
    Some(since_boot().saturating_sub(Duration::from_millis(ticks.saturating_mul(TICK_MS))))
}

/// The children of a process, where the kernel lists them.
pub(crate) fn children(pid: i32) -> Vec<i32> {
    let list = fs::read_to_string(proc_path(pid, &format!("task/{pid}/children"))).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// Whether a process neither blocks, ignores nor catches `signal`; false where the kernel does not say.
pub(crate) fn would_end_by(pid: i32, signal: i32) -> bool {
    let Ok(status) = fs::read_to_string(proc_path(pid, "status")) else { return false };
    let has = |field: &str| {
        let mask = status.lines().find_map(|line| line.strip_prefix(field));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).map(|mask| mask >> (signal - 1) & 1 == 1)
    };
    ["SigBlk:", "SigIgn:", "SigCgt:"].into_iter().all(|field| has(field) == Some(false))
}

/// Whether a process that this one descends from has `file` open; false where the kernel does not say.
pub(crate) fn an_ancestor_has_open(file: &File) -> bool {
    let ancestors = std::iter::successors(Some(parent_id()), |pid| parent(*pid)).take(GENERATIONS);
    ancestors.take_while(|pid| *pid > 0).any(|pid| has_open(pid, file))
}

/// The names of the programs of the processes that this one descends from, the nearest first.
pub fn names_of_ancestors() -> impl Iterator<Item = OsString> {
    let ancestors = std::iter::successors(Some(parent_id()), |pid| parent(*pid)).take(GENERATIONS);
    ancestors.take_while(|pid| *pid > 0).filter_map(|pid| {
        let mut name = fs::read(proc_path(pid, "comm")).ok()?;
        name.pop_if(|byte| *byte == b'\n');
        Some(OsString::from_vec(name))
    })
}

/// Whether the process `pid` has `file` open; false where the kernel does not say.
pub(crate) fn has_open(pid: u32, file: &File) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    let this = (metadata.dev(), metadata.ino());
    let descriptors = proc_path(pid, "fd");
    directory::names(&descriptors)
        .unwrap_or_default()
        .iter()
        .any(|name| fs::metadata(descriptors.join(name)).is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == this))
}

/// The processes that hold the lock of a file whose path `is_wanted`, except those of other users and containers. A
/// process that only waits for a lock is not one of them. `None` where the kernel does not say.
pub(crate) fn lock_holders(is_wanted: impl Fn(&Path) -> bool) -> Option<Vec<LockHolder>> {
    let mut found = Vec::new();
    let names = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name());
    for pid in names("/proc".as_ref()).filter_map(|name| name.to_str()?.parse::<u32>().ok()) {
        let holder = |descriptor: OsString| {
            let link = proc_path(pid, "fd").join(&descriptor);
            let path = fs::read_link(&link).ok().filter(|path| is_wanted(path))?;
            let inode = fs::metadata(&link).ok()?.ino();
            let info = fs::read_to_string(proc_path(pid, "fdinfo").join(descriptor)).ok()?;
            let is_locked = info.lines().any(|line| line.starts_with("lock:") && line.contains("FLOCK"));
            is_locked.then_some(LockHolder { pid, path, inode })
        };
        found.extend(names(&proc_path(pid, "fd")).filter_map(holder));
    }
    Some(found)
}

/// A path that leads to what is open as `fd`, as long as it is open, even if its name has changed or is gone. In a bare
/// chroot the path leads nowhere.
pub(super) fn path_of(fd: impl AsFd) -> PathBuf {
    proc_path("self", &format!("fd/{}", fd.as_fd().as_raw_fd()))
}

/// This host's name; empty if it has none.
pub fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

/// The file of the program that this process runs. Its path ends with " (deleted)" if it was removed.
pub fn own_program() -> io::Result<PathBuf> {
    fs::read_link(proc_path("self", "exe"))
}

/// The metadata of [`own_program`].
pub(crate) fn own_program_metadata() -> Option<Metadata> {
    fs::metadata(proc_path("self", "exe")).ok()
}

/// The numbers of this process's open descriptors.
pub(crate) fn open_descriptors() -> io::Result<Vec<RawFd>> {
    let names = directory::names(&proc_path("self", "fd"))?;
    Ok(names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_not_stopped_and_has_a_parent() {
        let this = std::process::id();
        assert!(!is_stopped(this));
        assert_eq!(parent(this), Some(parent_id()));
        assert_eq!(parent(1), Some(0));
        assert_eq!(stat(u32::MAX), None);
    }

    #[test]
    fn this_process_is_not_its_own_ancestor() {
        let file = tempfile::tempfile().unwrap();
        assert!(has_open(std::process::id(), &file));
        assert!(!an_ancestor_has_open(&file));
    }

    #[test]
    fn the_age_of_a_process_is_counted_from_its_start() {
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        assert!(age(child.id()).unwrap() <= age(std::process::id()).unwrap());
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
