//! Which fetches are in progress, and who runs them, as the kernel shows it.
//!
//! Nothing is written for this, so it costs a fetch nothing: a process that leads a flight has its file open and locked,
//! and /proc says so (`fdinfo`). Who only waits for the lock has the file open as well, without it. The lock is not
//! tried: for the moment of trying, callers would take it for a flight.

use std::collections::HashMap;
use std::fs::{self, DirEntry};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::process;
use crate::model::key::Key;
use crate::model::time::Moment;

/// One fetch in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The process that runs it; ending it ends the fetch.
    pub pid: u32,
    /// For how long that process has been running.
    pub since: Duration,
    /// A signal has stopped it (Ctrl-Z): those who wait for it run the command for themselves.
    pub is_stopped: bool,
}

/// The fetches in progress whose flight files are in `directory`.
///
/// One whose process cannot be looked at, another user's or one in another container, is not found.
pub fn in_progress(directory: &Path) -> HashMap<Key, Observed> {
    // Most of the time there is none, and then nothing else is to be looked at.
    let files: HashMap<u64, Key> = entries(directory)
        .filter_map(|file| Some((file.metadata().ok()?.ino(), Key::from_hex(file.file_name().to_str()?)?)))
        .collect();
    let mut found = HashMap::new();
    if files.is_empty() {
        return found;
    }
    for process in entries(Path::new("/proc")) {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        for descriptor in entries(&process.path().join("fd")) {
            let Some(key) = leads(&process.path(), &descriptor, &files) else { continue };
            if let Some(since) = age(pid) {
                found.insert(key, Observed { pid, since, is_stopped: process::is_stopped(pid) });
            }
        }
    }
    found
}

fn entries(directory: &Path) -> impl Iterator<Item = DirEntry> {
    fs::read_dir(directory).into_iter().flatten().flatten()
}

/// The key of the flight that `descriptor` holds the lock of.
fn leads(process: &Path, descriptor: &DirEntry, files: &HashMap<u64, Key>) -> Option<Key> {
    let target = fs::read_link(descriptor.path()).ok()?;
    let key = Key::from_hex(target.file_name()?.to_str()?)?;
    let inode = fs::metadata(descriptor.path()).ok()?.ino();
    let info = fs::read_to_string(process.join("fdinfo").join(descriptor.file_name())).ok()?;
    let is_locked = info.lines().any(|line| line.starts_with("lock:") && line.contains("FLOCK"));
    (is_locked && files.get(&inode) == Some(&key)).then_some(key)
}

/// For how long a process has been running; the kernel counts in hundredths of a second.
fn age(pid: u32) -> Option<Duration> {
    const TICK_MS: u64 = 10;
    // Field 22, the third being the first here.
    let ticks: u64 = process::fields(pid)?.get(19)?.parse().ok()?;
    Some(
        Duration::from_nanos(Moment::now().as_nanos())
            .saturating_sub(Duration::from_millis(ticks.saturating_mul(TICK_MS))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight::{Attempt, attempt};

    const KEY: Key = Key([7; 32]);

    #[test]
    fn who_leads_is_found_and_who_waits_is_not() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(in_progress(home.path()), HashMap::new());
        let Attempt::Leads(flight) = attempt(home.path(), &KEY).unwrap() else { panic!("expected to lead") };
        let Attempt::Busy(_waiting) = attempt(home.path(), &KEY).unwrap() else { panic!("expected to wait") };
        let found = in_progress(home.path());
        assert_eq!(found.len(), 1);
        assert_eq!(found[&KEY].pid, std::process::id());
        drop(flight);
        assert_eq!(in_progress(home.path()), HashMap::new(), "what a dead leader left is no fetch");
    }

    #[test]
    fn the_age_of_a_process_is_counted_from_its_start() {
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        assert!(age(child.id()).unwrap() <= age(std::process::id()).unwrap());
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
