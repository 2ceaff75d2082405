//! Waiting for descriptors.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use super::descriptor::waiting_in;
use super::system::handlers;

/// What is waited for on a descriptor; nothing if `fd` is `None`. The end of input and errors end the wait as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interest<'fd> {
    fd: Option<BorrowedFd<'fd>>,
    events: libc::c_short,
}

/// Something to read.
pub(crate) fn input<'fd>(fd: impl Into<Option<BorrowedFd<'fd>>>) -> Interest<'fd> {
    Interest { fd: fd.into(), events: libc::POLLIN }
}

/// Room to write.
pub(crate) fn room<'fd>(fd: impl Into<Option<BorrowedFd<'fd>>>) -> Interest<'fd> {
    Interest { fd: fd.into(), events: libc::POLLOUT }
}

/// The end alone.
pub(crate) fn end<'fd>(fd: impl Into<Option<BorrowedFd<'fd>>>) -> Interest<'fd> {
    // Linux reports it in any case, macOS only if it is asked for.
    Interest { fd: fd.into(), events: libc::POLLHUP }
}

/// What the wait found out about a descriptor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready(libc::c_short);

impl Ready {
    fn of(polled: &libc::pollfd) -> Self {
        const EMPTY_END: libc::c_short = libc::POLLIN | libc::POLLHUP;
        // Other systems say that a pipe at its end can be read.
        let is_empty = |polled: &libc::pollfd| waiting_in(polled.fd) == 0;
        let is_unread = cfg!(portable_sys) && polled.revents & EMPTY_END == EMPTY_END && is_empty(polled);
        Self(if is_unread { polled.revents & !libc::POLLIN } else { polled.revents })
    }

    /// What was waited for, the end or an error.
    pub(crate) fn is_ready(self) -> bool {
        self.0 != 0
    }

    /// There is something to read.
    pub(crate) fn has_input(self) -> bool {
        self.0 & libc::POLLIN != 0
    }

    /// Nobody can write to it any more, and everything has been read.
    pub(crate) fn is_at_end(self) -> bool {
        self.0 & (libc::POLLIN | libc::POLLHUP) == libc::POLLHUP
    }
}

/// Waits until one of them is ready, for `timeout` at most. A signal that interrupts the wait ends it.
pub(crate) fn poll<const N: usize>(interests: [Interest<'_>; N], timeout: Option<Duration>) -> [Ready; N] {
    let mut polled = interests.map(|Interest { fd, events }| {
        // The kernel passes over a negative number.
        libc::pollfd { fd: fd.map_or(-1, |fd| fd.as_raw_fd()), events, revents: 0 }
    });
    let timeout = timeout.map_or(-1, |timeout| i32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
    // SAFETY: the pointer and the length are those of one live array. nix cannot leave out a descriptor.
    let found = handlers::deliver_during(|| unsafe { libc::poll(polled.as_mut_ptr(), N as libc::nfds_t, timeout) });
    polled.map(|polled| if found > 0 { Ready::of(&polled) } else { Ready(0) })
}
