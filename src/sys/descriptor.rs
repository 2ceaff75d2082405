//! Descriptors: the standard ones, pipes, terminals, polling.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::{check, write_signal};

/// One of the three standard descriptors.
pub(crate) fn standard(fd: RawFd) -> BorrowedFd<'static> {
    debug_assert!((0..=2).contains(&fd));
    // SAFETY: `occupy_standard_descriptors` has made sure that 0, 1 and 2 are open, and nothing ever closes them.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Opens `/dev/null` in place of each standard descriptor that the caller closed, so that no file of ours lands there.
///
/// Standard input is open for writing alone then, and standard output for reading: whoever uses them learns that they are
/// bad descriptors, as if they were closed. What is said on standard error may get lost.
pub fn occupy_standard_descriptors() {
    for (fd, access) in [(0, libc::O_WRONLY), (1, libc::O_RDONLY), (2, libc::O_RDWR)] {
        // SAFETY: a system call on integers.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            // The lowest free number, which is `fd` because those below it are open; nobody closes it.
            let _ = open_null(access);
        }
    }
}

/// What reads as empty and may be written to: `/dev/null`, or a file in memory where there is none, as in a bare
/// chroot.
///
/// # Errors
///
/// The system's: descriptors or memory are lacking.
pub fn null() -> io::Result<OwnedFd> {
    let fd = open_null(libc::O_RDWR | libc::O_CLOEXEC)?;
    // SAFETY: it was opened for us just now, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// `flags` are those of open(2). Memory is always open for both reading and writing.
fn open_null(flags: libc::c_int) -> io::Result<RawFd> {
    // SAFETY: constant strings and integers.
    unsafe {
        check(libc::open(c"/dev/null".as_ptr(), flags)).or_else(|_| {
            let flags = if flags & libc::O_CLOEXEC != 0 { libc::MFD_CLOEXEC } else { 0 };
            check(libc::memfd_create(c"null".as_ptr(), flags))
        })
    }
}

/// Writes `bytes` to a descriptor that the user named.
///
/// # Errors
///
/// The system's; the descriptor need not even be open.
pub fn write_to(fd: RawFd, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: the slice is alive for the call; writing to any descriptor number is memory-safe.
    let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    match usize::try_from(written) {
        Ok(size) if size == bytes.len() => Ok(()),
        Ok(_) => Err(io::ErrorKind::WriteZero.into()),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// A pipe whose reads never block, as (read end, write end).
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    // SAFETY: on success the kernel has written two descriptors that nobody else owns.
    unsafe {
        check(libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC))?;
        let ends = (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1]));
        check(libc::fcntl(fds[0], libc::F_SETFL, libc::O_NONBLOCK))?;
        Ok(ends)
    }
}

/// fcntl(2)'s command that names the signal of `O_ASYNC`; the same number on every Linux architecture.
const F_SETSIG: libc::c_int = 10;

/// Asks the kernel to queue [`write_signal`] to this process for every write to the pipe read from `fd`.
pub(crate) fn announce_writes_of(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl with integer arguments.
    unsafe {
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETOWN, libc::getpid()))?;
        check(libc::fcntl(fd.as_raw_fd(), F_SETSIG, write_signal()))?;
    }
    Ok(())
}

/// The rows and columns of the terminal that is open as `fd`, if it is one and knows.
pub(crate) fn window_size(fd: BorrowedFd<'_>) -> Option<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one `winsize`.
    let asked = unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, &mut size) };
    (asked == 0 && size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// Gives the terminal whose screen or command end is open as `fd` another size.
pub(crate) fn set_window_size(fd: BorrowedFd<'_>, rows: u16, columns: u16) {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one `winsize`.
    unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCSWINSZ, &size) };
}

/// Switches one status flag of an open file.
pub(crate) fn set_flag(fd: BorrowedFd<'_>, flag: libc::c_int, on: bool) -> io::Result<()> {
    // SAFETY: fcntl with integer arguments.
    unsafe {
        let flags = check(libc::fcntl(fd.as_raw_fd(), libc::F_GETFL))?;
        let flags = if on { flags | flag } else { flags & !flag };
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags))?;
    }
    Ok(())
}

/// Enlarges a pipe where the system's limits allow it; its new size.
pub(crate) fn enlarge_pipe(fd: BorrowedFd<'_>, size: usize) -> Option<usize> {
    // SAFETY: fcntl with integer arguments; a refusal changes nothing.
    usize::try_from(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETPIPE_SZ, size as libc::c_int) }).ok()
}

/// Bytes of a page of memory.
pub(crate) fn page_size() -> usize {
    // SAFETY: a question that changes nothing.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(64 * 1024)
}

/// How many bytes wait in a pipe.
pub(crate) fn waiting_in(fd: BorrowedFd<'_>) -> usize {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one integer.
    unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &mut count) };
    usize::try_from(count).unwrap_or(0)
}

/// Waits until one of `fds` is ready or `timeout` milliseconds have passed (`-1`: for ever).
pub(crate) fn poll(fds: &mut [libc::pollfd], timeout: i32) {
    // SAFETY: the pointer and the length describe one live slice. An interruption counts as "nothing ready".
    unsafe {
        if libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout) < 0 {
            fds.iter_mut().for_each(|fd| fd.revents = 0);
        }
    }
}

/// Writes to a pipe what it takes without waiting, whether its flags say so or not.
///
/// # Errors
///
/// `WouldBlock`: there is no room; or the system's.
pub(crate) fn write_now(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    let mut polled = [interest(Some(fd.as_raw_fd()), libc::POLLOUT)];
    poll(&mut polled, 0);
    if polled[0].revents == 0 {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    // So much fits when anything does.
    Ok(nix::unistd::write(fd, &data[..data.len().min(libc::PIPE_BUF)])?)
}

/// The same for a socket.
///
/// # Errors
///
/// The same.
pub(crate) fn send_now(fd: BorrowedFd<'_>, data: &[u8]) -> io::Result<usize> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the slice is alive for the call.
    let sent = unsafe { libc::send(fd.as_raw_fd(), data.as_ptr().cast(), data.len(), flags) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// An entry for [`poll`]; `None` is skipped by the kernel.
pub(crate) fn interest(fd: Option<RawFd>, events: libc::c_short) -> libc::pollfd {
    libc::pollfd { fd: fd.unwrap_or(-1), events, revents: 0 }
}
