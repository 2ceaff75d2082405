//! The tap: a command's two output pipes, read in the order in which the command wrote to them.
//!
//! Two pipes say nothing about each other's order. Linux can be made to: each write to a pipe in packet mode
//! (`O_DIRECT`, pipe(7)) is read back as one write, and each write queues a real-time signal that carries its pipe's
//! descriptor (`F_SETSIG`, fcntl(2)), in order. So the tap reads one packet for each signal.
//!
//! That costs a few microseconds a write, too much for a command that pours out megabytes; after a run of full
//! packets from one stream the tap goes over to plain large reads, until the writes become small again. Where the
//! kernel offers no such signals, it reads whatever is there.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use super::sys;
use crate::transcript::Stream;

/// The largest packet of a pipe in packet mode: one page.
const PACKET: usize = 4096;

/// Bytes taken by one read when the command pours.
const BULK_READ: usize = 256 * 1024;

/// The kernel's default limit for what an ordinary user's pipe may hold.
const BULK_PIPE: i32 = 1024 * 1024;

/// This many full packets in a row from one stream are a pour.
const POUR: u32 = 16;

/// This many small reads in a row end it.
const TRICKLE: u32 = 8;

#[derive(Debug)]
struct Side {
    stream: Stream,
    read: OwnedFd,
    /// Our own handle on the write end: the flag that makes packets sits there.
    write: OwnedFd,
    at_end: bool,
}

/// Both pipes.
#[derive(Debug)]
pub(crate) struct Tap {
    sides: [Side; 2],
    /// The pipes of announced writes, oldest first.
    announced: VecDeque<Stream>,
    ordered: bool,
    can_order: bool,
    /// How long the present run of full packets, or of small bulk reads, is.
    run: u32,
    last: Stream,
    buffer: Vec<u8>,
}

impl Side {
    fn open(stream: Stream) -> io::Result<Self> {
        let (read, write) = sys::pipe()?;
        Ok(Self { stream, read, write, at_end: false })
    }

    fn set_ordered(&self, on: bool) -> io::Result<()> {
        sys::set_flag(self.write.as_fd(), libc::O_DIRECT, on)?;
        sys::set_flag(self.read.as_fd(), libc::O_ASYNC, on)
    }
}

impl Tap {
    /// Two new pipes.
    pub(crate) fn open() -> io::Result<Self> {
        let sides = [Side::open(Stream::Stdout)?, Side::open(Stream::Stderr)?];
        let ordered = sides
            .iter()
            .try_for_each(|side| {
                sys::announce_writes_of(side.read.as_fd())?;
                side.set_ordered(true)
            })
            .is_ok();
        Ok(Self {
            sides,
            announced: VecDeque::new(),
            ordered,
            can_order: ordered,
            run: 0,
            last: Stream::Stdout,
            buffer: vec![0; PACKET],
        })
    }

    /// Copies of the write ends, for the command.
    pub(crate) fn ends_for_command(&self) -> io::Result<(OwnedFd, OwnedFd)> {
        let [stdout, stderr] = &self.sides;
        Ok((stdout.write.try_clone()?, stderr.write.try_clone()?))
    }

    /// The descriptors that belong to the tap.
    pub(crate) fn descriptors(&self) -> [RawFd; 4] {
        let [out, err] = &self.sides;
        [out.read.as_raw_fd(), out.write.as_raw_fd(), err.read.as_raw_fd(), err.write.as_raw_fd()]
    }

    /// What to poll for input: the read ends that have not ended.
    pub(crate) fn sources(&self) -> [Option<RawFd>; 2] {
        self.sides.each_ref().map(|side| (!side.at_end).then(|| side.read.as_raw_fd()))
    }

    /// Takes note that the pipe read from `fd` was written to.
    pub(crate) fn announce(&mut self, fd: RawFd) {
        if let Some(side) = self.sides.iter().find(|side| side.read.as_raw_fd() == fd)
            && self.ordered
        {
            self.announced.push_back(side.stream);
        }
    }

    /// Whether reads wait for announcements that poll has got ahead of.
    pub(crate) fn awaits_announcement(&self) -> bool {
        self.ordered && self.announced.is_empty()
    }

    /// Reads what is ready on the pipe polled as `sources()[index]` even though nothing announced it.
    pub(crate) fn announce_ready(&mut self, index: usize) {
        self.announced.push_back(self.sides[index].stream);
    }

    /// The next write, or as much of it as is there; `None` when there is nothing to be read now.
    pub(crate) fn read(&mut self) -> Option<(Stream, &[u8])> {
        loop {
            let stream = self.announced.pop_front()?;
            let side = &mut self.sides[stream as usize - 1];
            let size = match nix::unistd::read(&side.read, &mut self.buffer) {
                Ok(0) => {
                    side.at_end = true;
                    continue;
                }
                Ok(size) => size,
                Err(_) => continue,
            };
            if self.ordered && size == PACKET {
                // The rest of a write that took several packets comes without an announcement of its own.
                self.announced.push_front(stream);
            }
            self.adapt(stream, size);
            return Some((stream, &self.buffer[..size]));
        }
    }

    /// Goes over to bulk reads in a pour, and back.
    fn adapt(&mut self, stream: Stream, size: usize) {
        let counts = if self.ordered { size == PACKET && stream == self.last } else { size < PACKET };
        self.run = if counts { self.run + 1 } else { 0 };
        self.last = stream;
        let limit = if self.ordered { POUR } else { TRICKLE };
        if !self.can_order || self.run < limit {
            return;
        }
        self.run = 0;
        self.ordered = !self.ordered;
        for side in &self.sides {
            // Refused: reads still return everything, only in a less exact order.
            let _ = side.set_ordered(self.ordered);
        }
        if !self.ordered {
            self.buffer.resize(BULK_READ, 0);
            sys::enlarge_pipe(self.sides[stream as usize - 1].read.as_fd(), BULK_PIPE);
        }
    }

    /// Hands everything that is in the pipes at this moment to `each`, announced writes first.
    ///
    /// Not more than that: a process left behind by the command may go on writing for ever.
    pub(crate) fn drain(&mut self, mut each: impl FnMut(Stream, &[u8])) {
        let mut left = self.sides.each_ref().map(|side| sys::waiting_in(side.read.as_fd()));
        loop {
            let announced = self.announced.front().map(|stream| *stream as usize - 1);
            match announced.or_else(|| left.iter().position(|left| *left > 0)) {
                None => return,
                Some(index) if left[index] == 0 => {
                    self.announced.pop_front();
                    continue;
                }
                Some(index) if announced.is_none() => self.announce_ready(index),
                Some(_) => {}
            }
            match self.read() {
                Some((stream, data)) => {
                    let left = &mut left[stream as usize - 1];
                    *left = left.saturating_sub(data.len());
                    each(stream, data);
                }
                // Somebody else has read it: the pipes are the command's as well.
                None => return,
            }
        }
    }
}
