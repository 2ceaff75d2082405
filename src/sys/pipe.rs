//! Pipes and sockets: reads and writes that do not wait.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::descriptor::write;
use super::poll::{poll, room};
use super::system::socket;

/// A pipe whose reads never wait, as (read end, write end).
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = io::pipe()?;
    fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok((read.into(), write.into()))
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
    socket::send(fd, data)
}
