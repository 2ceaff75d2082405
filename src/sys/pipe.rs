//! Pipes and sockets: reads and writes that do not wait.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::descriptor::write;
use super::poll::{poll, room};

/// A pipe whose reads never wait, as (read end, write end).
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = io::pipe()?;
    fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok((read.into(), write.into()))
}

/// How many bytes wait in a pipe.
pub(crate) fn waiting_in(fd: BorrowedFd<'_>) -> usize {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one integer. nix has no such call.
    unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &mut count) };
    usize::try_from(count).unwrap_or(0)
}

/// Writes to a pipe what it takes without waiting, even if the descriptor is a blocking one.
///
/// # Errors
///
/// `WouldBlock`: there is no room; or the system's.
pub(crate) fn write_now(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    let [ready] = poll([room(fd)], Some(Duration::ZERO));
    if !ready.is_ready() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    // A pipe that has room has room for this much.
    write(fd, &data[..data.len().min(libc::PIPE_BUF)])
}

/// The same for a socket.
///
/// # Errors
///
/// The same.
pub(crate) fn send_now(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the slice is alive for the call. nix needs another crate for it.
    let sent = unsafe { libc::send(fd.as_raw_fd(), data.as_ptr().cast(), data.len(), flags) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}
