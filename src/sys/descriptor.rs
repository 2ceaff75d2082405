//! Descriptors: the standard ones, and those that the user names by their numbers.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::sys::stat::{Mode, SFlag, fstat, stat};

use super::file::in_memory;

/// One of the three standard descriptors.
pub(crate) fn standard(fd: RawFd) -> BorrowedFd<'static> {
    debug_assert!((0..=2).contains(&fd));
    // SAFETY: `occupy_standard` has made sure that 0, 1 and 2 are open, and nothing ever closes them.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Opens `/dev/null` in place of each standard descriptor that the caller closed, so that no file of ours lands there.
///
/// Standard input is open for writing only then, and standard output for reading only: using them is an error, as if
/// they were closed. What is written to standard error is lost.
pub fn occupy_standard() {
    for (fd, access) in [(0, OFlag::O_WRONLY), (1, OFlag::O_RDONLY), (2, OFlag::O_RDWR)] {
        // SAFETY: fcntl(2) with a number that need not be open; nix takes only descriptors that are.
        let is_open = unsafe { libc::fcntl(fd, libc::F_GETFD) } >= 0;
        if !is_open && let Ok(null) = open_null(access) {
            // The lowest free number, which is `fd` because those below it are open. Commands get it as well.
            let _ = fcntl(&null, FcntlArg::F_SETFD(FdFlag::empty()));
            let _ = null.into_raw_fd();
        }
    }
}

/// `/dev/null`, which reads as empty and takes writes; or a file in memory where it is missing, as in a bare chroot.
///
/// # Errors
///
/// The system's: there is no free descriptor or no memory.
pub fn null() -> io::Result<OwnedFd> {
    open_null(OFlag::O_RDWR)
}

fn open_null(access: OFlag) -> io::Result<OwnedFd> {
    open(c"/dev/null", access | OFlag::O_CLOEXEC, Mode::empty()).or_else(|_| Ok(in_memory(c"null")?.into()))
}

/// Puts `fd` in the place of standard input.
pub fn replace_stdin(fd: impl AsFd) -> io::Result<()> {
    Ok(nix::unistd::dup2_stdin(fd)?)
}

/// Puts `fd` in the place of standard output.
pub fn replace_stdout(fd: impl AsFd) -> io::Result<()> {
    Ok(nix::unistd::dup2_stdout(fd)?)
}

/// Reads what is there.
///
/// # Errors
///
/// The system's; `WouldBlock` where there is nothing and the descriptor is non-blocking.
pub(crate) fn read(fd: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match nix::unistd::read(&fd, buffer) {
            Err(nix::Error::EINTR) => {}
            read => return Ok(read?),
        }
    }
}

/// Writes as much as there is room for.
///
/// # Errors
///
/// The system's; `WouldBlock` where there is no room and the descriptor is non-blocking.
pub(crate) fn write(fd: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match nix::unistd::write(&fd, bytes) {
            Err(nix::Error::EINTR) => {}
            written => return Ok(written?),
        }
    }
}

/// How many bytes wait in the pipe or terminal `fd`.
pub(crate) fn waiting_in(fd: RawFd) -> usize {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one integer. nix has no such call.
    unsafe { libc::ioctl(fd, libc::FIONREAD, &mut count) };
    usize::try_from(count).unwrap_or(0)
}

/// Writes `bytes` to a descriptor that the user named.
///
/// # Errors
///
/// The system's; the descriptor need not even be open.
pub fn write_to(number: RawFd, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: it is used for one write(2), which refuses what is not open.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    match write(fd, bytes)? {
        size if size == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}

/// What may be done with a descriptor that the user named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is not open.
    Closed,
    /// It is open for reading only.
    ReadOnly,
    /// It is open for writing.
    Writable,
}

/// What may be done with descriptor `number`, which need not be open.
pub fn access_of(number: RawFd) -> Access {
    // SAFETY: fcntl(2) with a number that need not be open; nix takes only descriptors that are.
    match unsafe { libc::fcntl(number, libc::F_GETFL) } {
        ..0 => Access::Closed,
        flags if flags & libc::O_ACCMODE == libc::O_RDONLY => Access::ReadOnly,
        _ => Access::Writable,
    }
}

/// What a descriptor is open on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Regular,
    Pipe,
    Socket,
    /// `/dev/null`.
    Null,
    /// Another character device, such as a terminal.
    Device,
    Other,
}

/// What `fd` is open on.
pub(crate) fn kind_of(fd: impl AsFd) -> Kind {
    let Ok(found) = fstat(fd) else { return Kind::Other };
    let is_null = || stat(c"/dev/null").is_ok_and(|null| null.st_rdev == found.st_rdev);
    match SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => Kind::Regular,
        SFlag::S_IFIFO => Kind::Pipe,
        SFlag::S_IFSOCK => Kind::Socket,
        SFlag::S_IFCHR if is_null() => Kind::Null,
        SFlag::S_IFCHR => Kind::Device,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn the_access_of_a_descriptor_is_found() {
        let reading = File::open("/dev/null").unwrap();
        let writing = File::create("/dev/null").unwrap();
        assert_eq!(access_of(reading.as_raw_fd()), Access::ReadOnly);
        assert_eq!(access_of(writing.as_raw_fd()), Access::Writable);
        assert_eq!(access_of(RawFd::MAX), Access::Closed);
    }
}
