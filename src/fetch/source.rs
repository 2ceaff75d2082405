//! Where a command's output is read from: two pipes, or one terminal.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

use super::tap::Tap;
use super::terminal::Terminal;
use crate::model::invocation::Invocation;
use crate::model::transcript::{Stream, Transcript};

/// The reading ends of a command's output.
#[derive(Debug)]
pub(crate) enum Source {
    Pipes(Tap),
    Terminal(Terminal),
}

impl Source {
    /// What `invocation` is to write to.
    pub(crate) fn open(invocation: &Invocation) -> io::Result<Self> {
        match invocation.terminal {
            Some(size) => Terminal::open(size).map(Self::Terminal),
            None => Tap::open().map(Self::Pipes),
        }
    }

    /// For the command's standard output and error.
    pub(crate) fn ends_for_command(&self) -> io::Result<(OwnedFd, OwnedFd)> {
        match self {
            Self::Pipes(tap) => tap.ends_for_command(),
            Self::Terminal(terminal) => terminal.ends_for_command(),
        }
    }

    /// What to poll for input.
    pub(crate) fn sources(&self) -> [Option<BorrowedFd<'_>>; 2] {
        match self {
            Self::Pipes(tap) => tap.sources(),
            Self::Terminal(terminal) => [terminal.source(), None],
        }
    }

    /// Closes our own copies of the command's ends: as long as they are open, the output has no end.
    pub(crate) fn close_command_ends(&mut self) {
        match self {
            Self::Pipes(tap) => tap.close_command_ends(),
            Self::Terminal(terminal) => terminal.close_command_ends(),
        }
    }

    /// Whether everything has been read that can ever be written to the command's ends.
    pub(crate) fn is_at_end(&mut self) -> bool {
        match self {
            Self::Pipes(tap) => tap.is_at_end(),
            Self::Terminal(terminal) => terminal.is_at_end(),
        }
    }

    /// Gives a terminal the size of the caller's; whether it had another one. Pipes have none.
    pub(crate) fn follow_window(&mut self) -> bool {
        match self {
            Self::Pipes(_) => false,
            Self::Terminal(terminal) => terminal.follow_window(),
        }
    }

    /// See [`Tap::announce`]; terminals announce nothing.
    pub(crate) fn announce(&mut self, fd: RawFd) {
        if let Self::Pipes(tap) = self {
            tap.announce(fd);
        }
    }

    /// See [`Tap::awaits_announcement`].
    pub(crate) fn awaits_announcement(&self) -> bool {
        matches!(self, Self::Pipes(tap) if tap.awaits_announcement())
    }

    /// Reads what is ready at `sources()[index]` with the next batch.
    pub(crate) fn read_ahead(&mut self, index: usize) {
        match self {
            Self::Pipes(tap) => tap.read_ahead(index),
            Self::Terminal(terminal) => terminal.expect_input(),
        }
    }

    /// See [`Tap::announce_all`].
    pub(crate) fn announce_all(&mut self) {
        if let Self::Pipes(tap) = self {
            tap.announce_all();
        }
    }

    /// See [`Tap::give_up_order`].
    pub(crate) fn give_up_order(&mut self) {
        if let Self::Pipes(tap) = self {
            tap.give_up_order();
        }
    }

    /// Reads a batch; whether that was all there is.
    pub(crate) fn collect(&mut self) -> bool {
        match self {
            Self::Pipes(tap) => tap.collect(),
            Self::Terminal(terminal) => terminal.collect(),
        }
    }

    /// Takes the batch.
    pub(crate) fn take_batch(&mut self) -> Transcript {
        match self {
            Self::Pipes(tap) => tap.take_batch(),
            Self::Terminal(terminal) => terminal.take_batch(),
        }
    }

    /// Gives the memory of an emptied batch back.
    pub(crate) fn reuse(&mut self, batch: Transcript) {
        match self {
            Self::Pipes(tap) => tap.reuse(batch),
            Self::Terminal(terminal) => terminal.reuse(batch),
        }
    }

    /// Gives everything that has been written up to this moment to `each`, and no more.
    pub(crate) fn drain(&mut self, each: impl FnMut(Stream, &[u8])) {
        match self {
            Self::Pipes(tap) => tap.drain(each),
            Self::Terminal(terminal) => terminal.drain(each),
        }
    }
}
