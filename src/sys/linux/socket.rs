//! Sockets: flags that are given with the call.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
#[cfg(feature = "shared")]
use std::os::fd::{FromRawFd, OwnedFd};

#[cfg(feature = "shared")]
use crate::sys::check;

/// A new stream socket of this machine, without waiting.
#[cfg(feature = "shared")]
pub(in crate::sys) fn local() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: the descriptor is new, and nobody else's. nix has the call, but only together with another crate.
    unsafe { Ok(OwnedFd::from_raw_fd(check(libc::socket(libc::AF_UNIX, kind, 0))?)) }
}

/// Sends what the socket takes without waiting. Without a reader that is an error, and raises no signal.
pub(in crate::sys) fn send(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the slice is alive for the call. nix needs another crate for it.
    let sent = unsafe { libc::send(fd.as_raw_fd(), data.as_ptr().cast(), data.len(), flags) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}
