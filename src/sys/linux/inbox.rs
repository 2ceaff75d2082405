//! The inbox: signals that are taken out of delivery and read from a descriptor instead (signalfd(2)).

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::ordered::write_signal;
pub(crate) use crate::sys::signal::Received;
use crate::sys::signal::{FORWARDED, SIGCONT, SIGPIPE, block, is_ignored, set_of};

/// Signals that wait to be read.
#[derive(Debug)]
pub(crate) struct Inbox {
    fd: SignalFd,
}

impl Inbox {
    /// For the signals that are passed on to a command.
    pub(crate) fn open() -> io::Result<Self> {
        Self::of(forwarded())
    }

    /// The same, for the ends of children and the writes to pipes as well.
    pub(crate) fn open_for_all() -> io::Result<Self> {
        Self::of(forwarded().chain([libc::SIGCHLD, libc::SIGIO]))
    }

    fn of(signals: impl Iterator<Item = i32> + Clone) -> io::Result<Self> {
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        let fd = SignalFd::with_flags(&set_of(signals.clone()), flags)?;
        // A write without a reader is then an error.
        block(signals.chain([SIGPIPE]))?;
        Ok(Self { fd })
    }

    /// Appends what has arrived to `out`, in the order of arrival for each signal number. Signals that our caller
    /// ignores are left out: they arrive here because they are blocked.
    pub(crate) fn read(&self, out: &mut Vec<Received>) {
        const BATCH: usize = 32;
        loop {
            let mut buffer = MaybeUninit::<[libc::signalfd_siginfo; BATCH]>::uninit();
            let size = size_of::<libc::signalfd_siginfo>();
            // SAFETY: the kernel fills whole records of plain integers into a buffer of that size; only the records
            // that it says it wrote are read. nix reads one at a time.
            let records = unsafe {
                let read = libc::read(self.fd.as_fd().as_raw_fd(), buffer.as_mut_ptr().cast(), size * BATCH);
                let count = usize::try_from(read).unwrap_or(0) / size;
                std::slice::from_raw_parts(buffer.as_ptr().cast::<libc::signalfd_siginfo>(), count)
            };
            out.extend(records.iter().filter_map(received));
            if records.len() < BATCH {
                return;
            }
        }
    }
}

impl AsFd for Inbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The signals that are passed on to a command.
fn forwarded() -> impl Iterator<Item = i32> + Clone {
    FORWARDED.into_iter().map(|signal| signal as i32).chain(libc::SIGRTMIN()..=libc::SIGRTMAX())
}

/// What a record means; `None` if it is of no use to us.
fn received(info: &libc::signalfd_siginfo) -> Option<Received> {
    let (signal, code) = (info.ssi_signo as i32, info.ssi_code);
    let is_from_kernel = code == libc::SI_KERNEL;
    match signal {
        // A signal that was sent by kill(2) or sigqueue(3) cannot have such a code.
        _ if signal == write_signal() && code > 0 && !is_from_kernel => Some(Received::Written(info.ssi_fd)),
        libc::SIGCHLD => Some(Received::ChildEnded),
        libc::SIGIO => Some(Received::AnnouncementsLost),
        // From our own timer.
        SIGCONT if code == libc::SI_TIMER => None,
        _ if is_ignored(signal) => None,
        _ => Some(Received::Signal { signal, sender: if is_from_kernel { 0 } else { info.ssi_pid as i32 } }),
    }
}
