//! Locks on ranges of a file's bytes (fcntl(2)). None of these calls waits.

use std::fs::File;
use std::io;

use nix::fcntl::{FcntlArg, fcntl};

use super::linux::lock::{get_for_open_file, set_for_open_file};

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

/// For the open file, and so for all processes that share it. False if another open file has it.
pub(crate) fn lock_for_open_file(file: &File, lock: Lock, start: i64, length: i64) -> io::Result<bool> {
    is_held(set_for_open_file(file, &range(lock, start, length)))
}

/// Whether no other open file has a lock in that range.
pub(crate) fn is_free_for_open_file(file: &File, start: i64, length: i64) -> io::Result<bool> {
    let mut found = range(Lock::Exclusive, start, length);
    get_for_open_file(file, &mut found)?;
    Ok(i32::from(found.l_type) == i32::from(libc::F_UNLCK as i16))
}

/// The range for fcntl(2).
fn range(lock: Lock, start: i64, length: i64) -> libc::flock {
    let kind = match lock {
        Lock::Shared => libc::F_RDLCK,
        Lock::Exclusive => libc::F_WRLCK,
        Lock::Free => libc::F_UNLCK,
    };
    libc::flock { l_type: kind as _, l_whence: libc::SEEK_SET as _, l_start: start, l_len: length, l_pid: 0 }
}

/// Whether the lock was taken, by what fcntl(2) returned.
fn is_held(result: nix::Result<i32>) -> io::Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
