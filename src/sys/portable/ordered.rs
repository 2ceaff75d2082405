//! Pipes whose writes are not announced: who reads both of them knows the order of their writes only by when there is
//! something to read.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::unsupported;

/// Has writes to the pipe that is read from `fd` announced to this process.
pub(crate) fn announce_writes_of(_fd: BorrowedFd<'_>) -> io::Result<()> {
    unsupported()
}

/// Switches packets and announcements of a pipe on or off.
pub(crate) fn keep_order(_read: impl AsFd, _write: impl AsFd, on: bool) -> io::Result<()> {
    if on { unsupported() } else { Ok(()) }
}

/// Switches the announcements alone.
#[cfg(test)]
pub(crate) fn announce(_read: impl AsFd, on: bool) -> io::Result<()> {
    if on { unsupported() } else { Ok(()) }
}

/// Enlarges a pipe. The system does that itself, or not at all.
pub(crate) fn enlarge(_fd: impl AsFd, _size: usize) -> Option<usize> {
    None
}

/// Whether a write is read back as packets.
#[cfg(test)]
pub(crate) const HAS_PACKETS: bool = false;

/// How many bytes are read at a time.
pub(crate) fn packet_size() -> usize {
    64 * 1024
}
