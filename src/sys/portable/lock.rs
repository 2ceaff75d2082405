//! Locks that belong to an open file, made of locks that belong to the process.
//!
//! Closing any descriptor of a file drops the locks that the process has on it, and a second lock of the process
//! replaces the first. So the descriptors of a file stay open as long as somebody in this process may have locks on it,
//! and a table says who has which. A forked child has none of its parent's locks.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sys::lock::{Lock, lock_for_process};

/// The locks of one open file.
#[derive(Debug)]
pub(crate) struct FileLocks {
    file: (u64, u64),
    number: u64,
}

/// A file with locks of this process.
struct Locked {
    file: (u64, u64),
    /// All that were opened; the first one is used.
    open: Vec<File>,
    /// The numbers of those who use it.
    users: Vec<u64>,
    /// Which bytes are locked, by whom, and whether for that one alone.
    bytes: Vec<(i64, u64, bool)>,
}

struct Table {
    /// Whose locks they are.
    process: u32,
    files: Vec<Locked>,
    last_number: u64,
}

static TABLE: Mutex<Table> = Mutex::new(Table { process: 0, files: Vec::new(), last_number: 0 });

fn table() -> MutexGuard<'static, Table> {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let this = process::id();
    if table.process != this {
        table.process = this;
        table.files.iter_mut().for_each(|locked| locked.bytes.clear());
    }
    table
}

impl FileLocks {
    /// None yet, on the bytes of `file`.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn of(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let identity = (metadata.dev(), metadata.ino());
        let mut table = table();
        table.last_number += 1;
        let number = table.last_number;
        match table.files.iter_mut().find(|locked| locked.file == identity) {
            Some(locked) => {
                locked.open.push(file);
                locked.users.push(number);
            }
            None => {
                table.files.push(Locked { file: identity, open: vec![file], users: vec![number], bytes: Vec::new() })
            }
        }
        Ok(Self { file: identity, number })
    }

    /// Locks or unlocks the byte at `at`. False if another open file has it.
    pub(crate) fn set(&self, lock: Lock, at: i64) -> io::Result<bool> {
        let mut table = table();
        let locked = table.files.iter_mut().find(|locked| locked.file == self.file);
        locked.ok_or(io::ErrorKind::NotFound)?.set(self.number, lock, at)
    }
}

impl Locked {
    fn set(&mut self, user: u64, lock: Lock, at: i64) -> io::Result<bool> {
        let file = self.open.first().ok_or(io::ErrorKind::NotFound)?;
        let mut others = self.bytes.iter().filter(|(byte, other, _)| *byte == at && *other != user);
        let is_taken = match lock {
            Lock::Shared => others.any(|(_, _, alone)| *alone),
            Lock::Exclusive | Lock::Free => others.next().is_some(),
        };
        let is_set = match lock {
            // The process keeps the lock for the others.
            Lock::Free if is_taken => true,
            Lock::Shared | Lock::Exclusive if is_taken => false,
            _ => lock_for_process(file, lock, at, 1)?,
        };
        if is_set {
            self.bytes.retain(|(byte, other, _)| (*byte, *other) != (at, user));
            match lock {
                Lock::Shared => self.bytes.push((at, user, false)),
                Lock::Exclusive => self.bytes.push((at, user, true)),
                Lock::Free => {}
            }
        }
        Ok(is_set)
    }
}

impl Drop for FileLocks {
    fn drop(&mut self) {
        let mut table = table();
        let Some(index) = table.files.iter().position(|locked| locked.file == self.file) else { return };
        let locked = &mut table.files[index];
        let own: Vec<i64> =
            locked.bytes.iter().filter(|(_, user, _)| *user == self.number).map(|(at, ..)| *at).collect();
        for at in own {
            let _ = locked.set(self.number, Lock::Free, at);
        }
        locked.users.retain(|user| *user != self.number);
        if locked.users.is_empty() {
            table.files.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_one_process_exclude_each_other_and_outlive_each_others_files() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let locks = || FileLocks::of(path.reopen().unwrap()).unwrap();
        let (one, other) = (locks(), locks());
        assert!(one.set(Lock::Shared, 5).unwrap() && other.set(Lock::Shared, 5).unwrap());
        assert!(!one.set(Lock::Exclusive, 5).unwrap());
        assert!(other.set(Lock::Free, 5).unwrap() && one.set(Lock::Exclusive, 5).unwrap());
        assert!(!other.set(Lock::Shared, 5).unwrap());
        drop(other);
        drop(locks());
        // Another process sees it.
        match crate::sys::process::fork().unwrap() {
            crate::sys::process::Fork::Child => {
                let is_free = |at| lock_for_process(&path.reopen().unwrap(), Lock::Exclusive, at, 1).unwrap();
                crate::sys::process::exit_now(u8::from(is_free(5)) + 2 * u8::from(!is_free(6)));
            }
            crate::sys::process::Fork::Parent(pid) => {
                let status = std::iter::repeat_with(|| crate::sys::process::reap(pid)).find_map(|status| status);
                assert_eq!(status.unwrap().code(), Some(0));
            }
        }
        drop(one);
        assert!(locks().set(Lock::Exclusive, 5).unwrap());
    }
}
