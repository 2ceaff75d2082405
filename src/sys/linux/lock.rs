//! Locks that belong to an open file.

use std::fs::File;
use std::io;

use nix::fcntl::{FcntlArg, fcntl};

use crate::sys::lock::{Lock, is_held, range};

/// The locks of one open file. The kernel drops them when it is closed.
#[derive(Debug)]
pub(crate) struct FileLocks(File);

impl FileLocks {
    /// None yet, on the bytes of `file`.
    ///
    /// # Errors
    ///
    /// None.
    pub(crate) fn of(file: File) -> io::Result<Self> {
        Ok(Self(file))
    }

    /// Locks or unlocks the byte at `at`. False if another open file has it.
    pub(crate) fn set(&self, lock: Lock, at: i64) -> io::Result<bool> {
        is_held(fcntl(&self.0, FcntlArg::F_OFD_SETLK(&range(lock, at, 1))))
    }
}
