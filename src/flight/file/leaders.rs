//! The leaders of flights, as the kernel lists them.
//!
//! A process that leads a flight has its file open and locked, and the kernel lists that, so a fetch need not write
//! anything. A process that waits has the file open, too, but not locked. Trying the lock is no way to find out: for a
//! moment, other callers would take that for a flight. It is the only way where the system lists nothing.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::record;
use crate::flight::Leader;
use crate::model::key::Key;
use crate::model::time::Moment;
use crate::sys::file::{NO_LINK, NO_WAIT};
use crate::sys::lock::LockHolder;
use crate::sys::{directory, proc};

/// The leaders of the flights in `directory`. A flight counts as begun when its leader's process started.
///
/// A process that this one may not look at, another user's or one in another container, is not found.
pub fn in_progress(directory: &Path) -> HashMap<Key, Leader> {
    // Most of the time there is no flight, and then no process has to be looked at.
    let names = directory::names(directory).unwrap_or_default();
    let inode = |name: &OsStr| Some(directory.join(name).symlink_metadata().ok()?.ino());
    let files: HashMap<u64, Key> = names.iter().filter_map(|name| Some((inode(name)?, key_of(name)?))).collect();
    if files.is_empty() {
        return HashMap::new();
    }
    let of_path = |path: &Path| path.file_name().and_then(key_of);
    let Some(holders) = proc::lock_holders(|path| of_path(path).is_some()) else {
        let signed = |key: &Key| Some((*key, signed_leader(&directory.join(key.to_string()))?));
        return files.values().filter_map(signed).collect();
    };
    holders
        .into_iter()
        .filter_map(|LockHolder { pid, path, inode }| {
            let key = of_path(&path).filter(|key| files.get(&inode) == Some(key))?;
            Some((key, Leader { pid, began: Moment::ago(proc::age(pid)?), is_stopped: proc::is_stopped(pid) }))
        })
        .collect()
}

/// The leader that has signed the file at `path`, if it still leads.
fn signed_leader(path: &Path) -> Option<Leader> {
    let file = OpenOptions::new().read(true).write(true).custom_flags(NO_LINK | NO_WAIT).open(path).ok()?;
    // Whoever finds the file locked at this moment waits, and leads next.
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => record::read_leader(&file),
        _ => None,
    }
}

fn key_of(name: &OsStr) -> Option<Key> {
    Key::from_hex(name.to_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight::{Attempt, Directory, Flights, Lead};

    const KEY: Key = Key([7; 32]);

    #[test]
    fn a_leader_is_found_and_a_waiter_is_not() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(in_progress(home.path()), HashMap::new());
        let Attempt::Leads(flight) = Directory(home.path()).attempt(&KEY).unwrap() else { panic!("expected to lead") };
        // Where the system lists nothing, a leader is known by what it writes when the command has started.
        flight.sign();
        let Attempt::Busy(_waiting) = Directory(home.path()).attempt(&KEY).unwrap() else { panic!("expected to wait") };
        let found = in_progress(home.path());
        assert_eq!(found.len(), 1);
        assert_eq!(found[&KEY].pid, std::process::id());
        drop(flight);
        assert_eq!(in_progress(home.path()), HashMap::new(), "what a dead leader left is no fetch");
    }
}
