//! Which fetches are in progress, and who runs them, as the kernel shows it.
//!
//! Nothing is written for this, so it costs a fetch nothing: a process that leads a flight has its file open and locked,
//! and the kernel says so. Who only waits for the lock has the file open as well, without it. The lock is not
//! tried: for the moment of trying, callers would take it for a flight.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use crate::model::key::Key;
use crate::sys::proc::LockHolder;
use crate::sys::{directory, proc};

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
    let names = directory::names(directory).unwrap_or_default();
    let inode = |name: &OsStr| Some(directory.join(name).symlink_metadata().ok()?.ino());
    let files: HashMap<u64, Key> = names.iter().filter_map(|name| Some((inode(name)?, key_of(name)?))).collect();
    if files.is_empty() {
        return HashMap::new();
    }
    let of_path = |path: &Path| path.file_name().and_then(key_of);
    let holders = proc::lock_holders(|path| of_path(path).is_some()).into_iter();
    holders
        .filter_map(|LockHolder { pid, path, inode }| {
            let key = of_path(&path).filter(|key| files.get(&inode) == Some(key))?;
            Some((key, Observed { pid, since: proc::age(pid)?, is_stopped: proc::is_stopped(pid) }))
        })
        .collect()
}

fn key_of(name: &OsStr) -> Option<Key> {
    Key::from_hex(name.to_str()?)
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
}
