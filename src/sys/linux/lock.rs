//! Locks that belong to an open file.

use std::fs::File;

use nix::fcntl::{FcntlArg, fcntl};

/// Replaces `range` by a lock of another open file in it; makes it one that frees, if there is none.
pub(crate) fn get_for_open_file(file: &File, range: &mut libc::flock) -> nix::Result<i32> {
    fcntl(file, FcntlArg::F_OFD_GETLK(range))
}

/// Locks `range` for the open file.
pub(crate) fn set_for_open_file(file: &File, range: &libc::flock) -> nix::Result<i32> {
    fcntl(file, FcntlArg::F_OFD_SETLK(range))
}
