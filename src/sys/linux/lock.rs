//! Locks that belong to an open file.

use std::fs::File;
use std::io;

use nix::fcntl::{FcntlArg, fcntl};

use crate::sys::lock::{Lock, is_held, range};

/// For the open file, and so for all processes that share it. False if another open file has it.
pub(crate) fn lock_for_open_file(file: &File, lock: Lock, start: i64, length: i64) -> io::Result<bool> {
    is_held(fcntl(file, FcntlArg::F_OFD_SETLK(&range(lock, start, length))))
}
