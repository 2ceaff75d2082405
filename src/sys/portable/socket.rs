//! Sockets without the flags that not every system has: they are set, and the signal taken back, by more calls.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};

use crate::sys::signal::pending;

/// A new stream socket of this machine, without waiting.
#[cfg(feature = "shared")]
pub(in crate::sys) fn local() -> io::Result<std::os::fd::OwnedFd> {
    use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
    use std::os::fd::{FromRawFd, OwnedFd};
    // SAFETY: the descriptor is new, and nobody else's. nix has the call, but only together with another crate.
    let socket = unsafe { OwnedFd::from_raw_fd(crate::sys::check(libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0))?) };
    fcntl(&socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    fcntl(&socket, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(socket)
}

/// Sends what the socket takes without waiting. Without a reader that is an error; the signal is taken back.
pub(in crate::sys) fn send(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    let before = SigSet::from(Signal::SIGPIPE).thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
    let was_raised = pending().contains(Signal::SIGPIPE);
    // SAFETY: the slice is alive for the call. nix needs another crate for it.
    let sent = unsafe { libc::send(fd.as_raw_fd(), data.as_ptr().cast(), data.len(), libc::MSG_DONTWAIT) };
    let sent = usize::try_from(sent).map_err(|_| io::Error::last_os_error());
    if sent.is_err() && !was_raised && pending().contains(Signal::SIGPIPE) {
        let _ = SigSet::from(Signal::SIGPIPE).wait();
    }
    let _ = before.thread_set_mask();
    sent
}
