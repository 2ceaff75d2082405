//! Locks on ranges of a file's bytes (fcntl(2)). None of these calls waits.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use nix::fcntl::{FcntlArg, fcntl};

pub(crate) use super::system::lock::FileLocks;

/// What is done with a range.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lock {
    /// Others may share it.
    Shared,
    /// Nobody else has it.
    Exclusive,
    /// It is released.
    Free,
}

/// For this process, as SQLite locks: closing any descriptor of the file releases it. False if another process has it.
pub(crate) fn lock_for_process(file: &File, lock: Lock, start: i64, length: i64) -> io::Result<bool> {
    is_held(fcntl(file, FcntlArg::F_SETLK(&range(lock, start, length))))
}

/// The range for fcntl(2).
pub(super) fn range(lock: Lock, start: i64, length: i64) -> libc::flock {
    let kind = match lock {
        Lock::Shared => libc::F_RDLCK,
        Lock::Exclusive => libc::F_WRLCK,
        Lock::Free => libc::F_UNLCK,
    };
    // SAFETY: plain data, of which zeros are a value. Some systems have more fields.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    (range.l_type, range.l_whence) = (kind as _, libc::SEEK_SET as _);
    (range.l_start, range.l_len) = (start, length);
    range
}

/// Whether the lock was taken, by what fcntl(2) returned.
pub(super) fn is_held(result: nix::Result<i32>) -> io::Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A process that holds the lock of a whole file (flock(2)).
pub(crate) struct LockHolder {
    pub(crate) pid: u32,
    /// The path of the file, as far as that process knows it.
    pub(crate) path: PathBuf,
    pub(crate) inode: u64,
}
