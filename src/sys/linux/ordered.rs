//! Pipes that announce each write, and keep its bytes together.
//!
//! Each write queues a real-time signal that carries the number of the pipe (`F_SETSIG`, fcntl(2)); the [inbox] gives
//! them in the order of the writes. In packet mode (`O_DIRECT`, pipe(7)) a write is read back as one packet.
//!
//! [inbox]: super::inbox

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{SysconfVar, sysconf};

use crate::sys::check;

/// fcntl(2)'s command that names the signal of `O_ASYNC`; the same number on every Linux architecture.
const F_SETSIG: libc::c_int = 10;

/// The signal by which the kernel announces a write.
pub(super) fn write_signal() -> i32 {
    libc::SIGRTMIN() + 4
}

/// Has writes to the pipe that is read from `fd` announced to this process, while its [order is kept](keep_order).
pub(crate) fn announce_writes_of(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl(2) with integer arguments. nix has neither of the two.
    unsafe {
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETOWN, libc::getpid()))?;
        check(libc::fcntl(fd.as_raw_fd(), F_SETSIG, write_signal()))?;
    }
    Ok(())
}

/// Switches packets and announcements of a pipe on or off.
pub(crate) fn keep_order(read: impl AsFd, write: impl AsFd, on: bool) -> io::Result<()> {
    set_flag(write, OFlag::O_DIRECT, on)?;
    announce(read, on)
}

/// Switches the announcements alone.
pub(crate) fn announce(read: impl AsFd, on: bool) -> io::Result<()> {
    set_flag(read, OFlag::O_ASYNC, on)
}

fn set_flag(fd: impl AsFd, flag: OFlag, on: bool) -> io::Result<()> {
    let mut flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
    flags.set(flag, on);
    fcntl(&fd, FcntlArg::F_SETFL(flags))?;
    Ok(())
}

/// Enlarges a pipe where the system's limits allow it; its new size.
pub(crate) fn enlarge(fd: impl AsFd, size: usize) -> Option<usize> {
    let size = fcntl(fd, FcntlArg::F_SETPIPE_SZ(i32::try_from(size).ok()?)).ok()?;
    usize::try_from(size).ok()
}

/// Whether a write is read back as packets.
#[cfg(test)]
pub(crate) const HAS_PACKETS: bool = true;

/// The largest packet, in bytes: a page of the kernel, which has 4 KiB, or 16 or 64 on some machines.
pub(crate) fn packet_size() -> usize {
    let size = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
    size.and_then(|size| usize::try_from(size).ok()).unwrap_or(64 * 1024)
}
