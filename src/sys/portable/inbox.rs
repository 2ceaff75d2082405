//! The inbox: signals that their [handler](super::handlers) writes to a pipe. Real-time signals are not in it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::Signal;

use super::handlers::{self, NOTE_SIZE};
use crate::sys::descriptor::read;
pub(crate) use crate::sys::signal::Received;
use crate::sys::signal::{FORWARDED, SIGPIPE, block, is_ignored, keep_children};

/// Signals that wait to be read.
#[derive(Debug)]
pub(crate) struct Inbox {
    read: OwnedFd,
    write: OwnedFd,
}

impl Inbox {
    /// For the signals that are passed on to a command.
    pub(crate) fn open() -> io::Result<Self> {
        Self::of(FORWARDED.into_iter())
    }

    /// The same, for the ends of children as well.
    pub(crate) fn open_for_all() -> io::Result<Self> {
        // It sets another disposition, once.
        keep_children();
        Self::of(FORWARDED.into_iter().chain([Signal::SIGCHLD]))
    }

    fn of(signals: impl Iterator<Item = Signal> + Clone) -> io::Result<Self> {
        let (read, write) = io::pipe()?;
        fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(&write, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        // A write without a reader is then an error.
        block(signals.clone().map(|signal| signal as i32).chain([SIGPIPE]))?;
        // Signals that our caller ignores stay ignored.
        handlers::start(signals.filter(|signal| !is_ignored(*signal as i32)), write.as_fd());
        Ok(Self { read: read.into(), write: write.into() })
    }

    /// Appends what has arrived to `out`, in the order of arrival.
    pub(crate) fn read(&self, out: &mut Vec<Received>) {
        const BATCH: usize = 32;
        handlers::deliver_during(|| ());
        loop {
            let mut notes = [0; BATCH * NOTE_SIZE];
            let size = read(&self.read, &mut notes).unwrap_or(0);
            out.extend(notes[..size].as_chunks().0.iter().map(received));
            if size < notes.len() {
                return;
            }
        }
    }
}

impl AsFd for Inbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        handlers::pause(self.write.as_fd());
    }
}

/// What a note means.
fn received(note: &[u8; NOTE_SIZE]) -> Received {
    let [signal, sender] = [&note[..4], &note[4..]].map(|part| part.try_into().map_or(0, i32::from_ne_bytes));
    if signal == libc::SIGCHLD { Received::ChildEnded } else { Received::Signal { signal, sender } }
}
