//! One of the two pipes, and the account of its announcements.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::model::transcript::Stream;
use crate::sys::{ordered, pipe};

/// How many packets a new pipe holds.
const PACKETS: usize = 16;

/// The largest size of a pipe that every user may set.
const LARGE_PIPE: usize = 1024 * 1024;

/// One pipe.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) stream: Stream,
    pub(super) read: OwnedFd,
    /// Our own copy of the write end, which has the flag for packets. While it is open the pipe has no end.
    pub(super) write: Option<OwnedFd>,
    /// Everything has been read, and nobody can write any more.
    pub(super) is_at_end: bool,
    /// Packets that the pipe holds.
    pub(super) capacity: usize,
    /// Announcements whose packets have not been read.
    pub(super) outstanding: usize,
    /// Packets that were read before their announcements, which are still to come.
    pub(super) read_ahead: usize,
}

impl Side {
    pub(super) fn open(stream: Stream) -> io::Result<Self> {
        let (read, write) = pipe::pipe()?;
        Ok(Self {
            stream,
            read,
            write: Some(write),
            is_at_end: false,
            capacity: PACKETS,
            outstanding: 0,
            read_ahead: 0,
        })
    }

    pub(super) fn write_end(&self) -> io::Result<&OwnedFd> {
        self.write.as_ref().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    pub(super) fn set_ordered(&self, on: bool) -> io::Result<()> {
        ordered::keep_order(&self.read, self.write_end()?, on)
    }

    /// Has the writes to the pipe announced, in order with those to the other one.
    pub(super) fn announce_writes(&self) -> io::Result<()> {
        ordered::announce_writes_of(self.read.as_fd())?;
        self.set_ordered(true)
    }

    /// Enlarges a new pipe that fills up.
    pub(super) fn enlarge_if_half_full(&mut self, packet: usize) {
        if self.outstanding > self.capacity / 2 && self.capacity == PACKETS {
            self.enlarge(packet);
        }
    }

    /// Enlarges the pipe as far as the system's limits allow it.
    pub(super) fn enlarge(&mut self, packet: usize) {
        if let Some(size) = ordered::enlarge(&self.read, LARGE_PIPE) {
            self.capacity = size / packet;
        }
    }
}
