//! Locks that belong to an open file.

use std::fs::File;

use nix::fcntl::{FcntlArg, fcntl};

/// Locks `range` for the open file.
pub(crate) fn set_for_open_file(file: &File, range: &libc::flock) -> nix::Result<i32> {
    fcntl(file, FcntlArg::F_OFD_SETLK(range))
}
