//! The tap: a command's two output pipes, read in the order in which the command wrote to them.
//!
//! Two pipes say nothing about each other's order. Linux can be made to: each write to a pipe in packet mode
//! (`O_DIRECT`, pipe(7)) is read back as one write, and each write queues a real-time signal that carries its pipe's
//! descriptor (`F_SETSIG`, fcntl(2)), in order. So the tap reads one packet for each signal.
//!
//! A writer that finds its pipe full announces that, too, before it waits. Such an announcement without a packet would
//! let a later write overtake the other stream, so pipes are emptied before anything else is done, enlarged when they
//! fill up nevertheless, and announcements that cannot be true are dropped.
//!
//! Where the kernel offers no such signals, the tap reads whatever is there.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use crate::model::transcript::{Frames, Stream, Transcript};
use crate::sys::poll::{input, poll};
use crate::sys::{descriptor, ordered, pipe};

/// Packets that a new pipe holds.
const PACKETS: usize = 16;

/// What an ordinary user may enlarge a pipe to.
const LARGE_PIPE: usize = 1024 * 1024;

/// Collected output is passed on when there is this much of it.
const BATCH: usize = 128 * 1024;

/// Bytes taken by one read where order does not matter any more.
const BULK_READ: usize = 256 * 1024;

#[derive(Debug)]
struct Side {
    stream: Stream,
    read: OwnedFd,
    /// Our own handle on the write end: the flag that makes packets sits there. While it is open the pipe has no end.
    write: Option<OwnedFd>,
    /// Everything has been read, and nobody can write any more.
    is_at_end: bool,
    /// Packets that the pipe holds.
    capacity: usize,
    /// Announcements that have not been read for.
    outstanding: usize,
    /// Writes that were read ahead of their announcements, which still have to come.
    owed: usize,
}

/// Both pipes.
#[derive(Debug)]
pub(crate) struct Tap {
    sides: [Side; 2],
    /// The pipes of announced writes, oldest first.
    announced: VecDeque<Stream>,
    ordered: bool,
    /// The largest packet of a pipe in packet mode, in bytes. What a read has no room for is lost.
    packet: usize,
    buffer: Vec<u8>,
    batch: Transcript,
}

impl Side {
    fn open(stream: Stream) -> io::Result<Self> {
        let (read, write) = pipe::pipe()?;
        Ok(Self { stream, read, write: Some(write), is_at_end: false, capacity: PACKETS, outstanding: 0, owed: 0 })
    }

    fn write_end(&self) -> io::Result<&OwnedFd> {
        self.write.as_ref().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn set_ordered(&self, on: bool) -> io::Result<()> {
        ordered::keep_order(&self.read, self.write_end()?, on)
    }

    fn enlarge(&mut self, packet: usize) {
        if let Some(size) = ordered::enlarge(&self.read, LARGE_PIPE) {
            self.capacity = size / packet;
        }
    }
}

impl Tap {
    /// Two new pipes.
    pub(crate) fn open() -> io::Result<Self> {
        // A packet is a page of the kernel: 4 KiB, or 16 or 64 on some machines.
        Self::with_packets_of(ordered::packet_size())
    }

    /// Two new pipes whose packets are read as far as they have so many bytes.
    fn with_packets_of(packet: usize) -> io::Result<Self> {
        let sides = [Side::open(Stream::Stdout)?, Side::open(Stream::Stderr)?];
        let ordered = sides.iter().try_for_each(|side| {
            ordered::announce_writes_of(side.read.as_fd())?;
            side.set_ordered(true)
        });
        Ok(Self {
            sides,
            announced: VecDeque::new(),
            ordered: ordered.is_ok(),
            packet,
            buffer: vec![0; packet],
            batch: Transcript::default(),
        })
    }

    /// Copies of the write ends, for the command.
    pub(crate) fn ends_for_command(&self) -> io::Result<(OwnedFd, OwnedFd)> {
        let [stdout, stderr] = &self.sides;
        Ok((stdout.write_end()?.try_clone()?, stderr.write_end()?.try_clone()?))
    }

    /// What to poll for input; `None` for a pipe that is at its end.
    pub(crate) fn sources(&self) -> [Option<BorrowedFd<'_>>; 2] {
        self.sides.each_ref().map(|side| (!side.is_at_end).then(|| side.read.as_fd()))
    }

    /// Closes our own write ends, so that the pipes have an end. The command must have its copies, or have ended.
    pub(crate) fn let_go(&mut self) {
        self.sides.iter_mut().for_each(|side| side.write = None);
    }

    /// Whether everything that can ever be written to the pipes has been read.
    pub(crate) fn is_at_end(&mut self) -> bool {
        let ready = poll(self.sources().map(input), Some(Duration::ZERO));
        for (side, ready) in self.sides.iter_mut().zip(ready) {
            side.is_at_end |= ready.is_at_end();
        }
        self.announced.is_empty() && self.sides.iter().all(|side| side.is_at_end)
    }

    /// Takes note that the pipe read from `fd` was written to.
    pub(crate) fn announce(&mut self, fd: RawFd) {
        let Some(side) = self.sides.iter_mut().find(|side| side.read.as_raw_fd() == fd) else { return };
        if side.owed > 0 {
            side.owed -= 1;
        } else if self.ordered && side.outstanding < side.capacity {
            // Beyond its capacity the pipe is full, and this is only the sigh of a writer who has to wait.
            side.outstanding += 1;
            self.announced.push_back(side.stream);
        }
    }

    /// Whether there is nothing announced to be read.
    pub(crate) fn awaits_announcement(&self) -> bool {
        self.ordered && self.announced.is_empty()
    }

    /// Has what is ready on the pipe polled as `sources()[index]` read although its announcement is late.
    pub(crate) fn read_ahead(&mut self, index: usize) {
        let side = &mut self.sides[index];
        side.owed += usize::from(self.ordered);
        side.outstanding += 1;
        self.announced.push_back(side.stream);
    }

    /// Has whatever is there read: the kernel's queue was full, and announcements are lost.
    pub(crate) fn announce_all(&mut self) {
        for side in &mut self.sides {
            side.owed = 0;
            side.outstanding += 1;
            self.announced.push_back(side.stream);
        }
    }

    /// Gives up the order of the streams for the sake of speed.
    pub(crate) fn pour(&mut self) {
        if self.ordered {
            self.ordered = false;
            self.buffer.resize(BULK_READ, 0);
            for side in &mut self.sides {
                // Refused: reads still return everything, a page at a time.
                let _ = side.set_ordered(false);
                side.enlarge(self.packet);
                side.owed = 0;
            }
        }
    }

    /// Reads for the announcements so far into the batch; whether there is room for more.
    pub(crate) fn collect(&mut self) -> bool {
        while self.batch.as_bytes().len() < BATCH {
            let Some(stream) = self.announced.pop_front() else { return true };
            self.read_for(stream);
        }
        false
    }

    /// Takes out what was collected.
    pub(crate) fn take_batch(&mut self) -> Transcript {
        std::mem::take(&mut self.batch)
    }

    /// Gives the memory of an emptied batch back.
    pub(crate) fn reuse(&mut self, mut batch: Transcript) {
        batch.clear();
        self.batch = batch;
    }

    /// Reads for one announcement; how much there was.
    fn read_for(&mut self, stream: Stream) -> usize {
        let side = &mut self.sides[stream as usize - 1];
        side.outstanding = side.outstanding.saturating_sub(1);
        let Ok(size @ 1..) = descriptor::read(&side.read, &mut self.buffer) else {
            // It is empty, so whatever was announced up to now has been read.
            side.outstanding = 0;
            self.announced.retain(|announced| *announced != stream);
            return 0;
        };
        self.batch.push(stream, &self.buffer[..size]);
        if self.ordered && size == self.packet {
            // The rest of a write that took several packets comes without an announcement of its own.
            side.outstanding += 1;
            self.announced.push_front(stream);
        }
        if side.outstanding > side.capacity / 2 && side.capacity == PACKETS {
            side.enlarge(self.packet);
        }
        size
    }

    /// Hands everything that is in the pipes at this moment to `each`, announced writes first.
    ///
    /// Not more than that: a process left behind by the command may go on writing for ever.
    pub(crate) fn drain(&mut self, mut each: impl FnMut(Stream, &[u8])) {
        let mut left = self.sides.each_ref().map(|side| pipe::waiting_in(side.read.as_fd()));
        let mut pass_on =
            |batch: Transcript| Frames::new(batch.as_bytes()).for_each(|(stream, data)| each(stream, data));
        pass_on(self.take_batch());
        while left != [0, 0] {
            let ready = || left.iter().position(|left| *left > 0);
            let stream = self.announced.pop_front().or_else(|| ready().map(|index| self.sides[index].stream));
            let Some(stream) = stream else { return };
            let size = self.read_for(stream);
            let left = &mut left[stream as usize - 1];
            // Empty before its time: somebody else has read it; the pipes are the command's as well.
            *left = if size == 0 { 0 } else { left.saturating_sub(size) };
            if *left == 0 {
                self.announced.retain(|announced| *announced != stream);
            }
            pass_on(self.take_batch());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of `size` bytes that are written at once, where packets of `packet` bytes are expected.
    fn read_of_a_write(size: usize, packet: usize) -> usize {
        let mut tap = Tap::with_packets_of(packet).unwrap();
        // The signals would go to whichever thread of the test program lets them through.
        tap.sides.iter().for_each(|side| ordered::announce(&side.read, false).unwrap());
        let (stdout, _stderr) = tap.ends_for_command().unwrap();
        assert_eq!(descriptor::write(&stdout, &vec![7; size]).unwrap(), size);
        tap.announce_all();
        let mut read = 0;
        tap.drain(|_, data| read += data.len());
        read
    }

    #[test]
    fn a_write_of_any_length_is_read_whole() {
        let page = ordered::packet_size();
        for size in [1, page - 1, page, page + 1, 2 * page, 3 * page + 5] {
            assert_eq!(read_of_a_write(size, page), size);
        }
    }

    #[test]
    fn a_packet_is_a_page_of_the_kernel_and_not_less() {
        let page = ordered::packet_size();
        assert_eq!(
            read_of_a_write(page, page / 4),
            page / 4,
            "the rest of a packet is lost with a read that is too short"
        );
        assert_eq!(Tap::open().unwrap().buffer.len(), page);
    }

    #[test]
    fn pipes_are_at_their_end_when_nobody_can_write_any_more_and_everything_is_read() {
        let mut tap = Tap::open().unwrap();
        tap.sides.iter().for_each(|side| ordered::announce(&side.read, false).unwrap());
        let (stdout, stderr) = tap.ends_for_command().unwrap();
        tap.let_go();
        drop(stderr);
        descriptor::write(&stdout, b"out").unwrap();
        assert!(!tap.is_at_end());
        drop(stdout);
        assert!(!tap.is_at_end());
        tap.drain(|_, data| assert_eq!(data, b"out"));
        assert!(tap.is_at_end());
        assert!(tap.sources().iter().all(Option::is_none));
    }
}
