//! The tap: a command's two output pipes, read in the order in which the command wrote to them.
//!
//! Two pipes say nothing about each other's order. Those of [`ordered`] keep each write together, as a packet, and
//! announce the writes to both in order. So the tap reads one packet for each announcement.
//!
//! A writer that finds its pipe full causes an announcement as well, before it waits. Without a packet of its own, that
//! would let a later write overtake the other stream. So pipes are emptied before anything else is done, and enlarged
//! if they fill up nevertheless; announcements of more packets than a pipe holds are dropped.
//!
//! Where the system has no such pipes, the tap reads whatever is there.

mod side;

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use super::source::Source;
use crate::model::transcript::{Frames, Stream, Transcript};
use crate::sys::poll::{input, poll};
use crate::sys::{descriptor, ordered};
use side::Side;

/// Collected output is passed on when there is this much of it.
const BATCH: usize = 128 * 1024;

/// Bytes taken by one read where order does not matter any more.
const BULK_READ: usize = 256 * 1024;

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

impl Tap {
    /// Two new pipes.
    pub(crate) fn open() -> io::Result<Self> {
        Self::with_packets_of(ordered::packet_size())
    }

    /// Two new pipes, of whose packets this many bytes are read.
    fn with_packets_of(packet: usize) -> io::Result<Self> {
        let sides = [Side::open(Stream::Stdout)?, Side::open(Stream::Stderr)?];
        let ordered = sides.iter().try_for_each(Side::announce_writes);
        Ok(Self {
            sides,
            announced: VecDeque::new(),
            ordered: ordered.is_ok(),
            packet,
            buffer: vec![0; packet],
            batch: Transcript::default(),
        })
    }

    /// Reads once, for one announcement; how many bytes there were.
    fn read_for(&mut self, stream: Stream) -> usize {
        let side = &mut self.sides[stream as usize - 1];
        side.outstanding = side.outstanding.saturating_sub(1);
        let Ok(size @ 1..) = descriptor::read(&side.read, &mut self.buffer) else {
            // The pipe is empty: all that has been announced was read before.
            side.outstanding = 0;
            self.announced.retain(|announced| *announced != stream);
            return 0;
        };
        self.batch.push(stream, &self.buffer[..size]);
        if self.ordered && size == self.packet {
            // The next packet may belong to the same write, which was announced once.
            side.outstanding += 1;
            self.announced.push_front(stream);
        }
        side.enlarge_if_half_full(self.packet);
        size
    }
}

impl Source for Tap {
    fn ends_for_command(&self) -> io::Result<(OwnedFd, OwnedFd)> {
        let [stdout, stderr] = &self.sides;
        Ok((stdout.write_end()?.try_clone()?, stderr.write_end()?.try_clone()?))
    }

    fn sources(&self) -> [Option<BorrowedFd<'_>>; 2] {
        self.sides.each_ref().map(|side| (!side.is_at_end).then(|| side.read.as_fd()))
    }

    fn close_command_ends(&mut self) {
        self.sides.iter_mut().for_each(|side| side.write = None);
    }

    fn is_at_end(&mut self) -> bool {
        let ready = poll(self.sources().map(input), Some(Duration::ZERO));
        for (side, ready) in self.sides.iter_mut().zip(ready) {
            side.is_at_end |= ready.is_at_end();
        }
        self.announced.is_empty() && self.sides.iter().all(|side| side.is_at_end)
    }

    fn announce(&mut self, fd: RawFd) {
        let Some(side) = self.sides.iter_mut().find(|side| side.read.as_raw_fd() == fd) else { return };
        if side.read_ahead > 0 {
            side.read_ahead -= 1;
        } else if self.ordered && side.outstanding < side.capacity {
            // A pipe with more announcements than packets is full, and its writer has only announced that it waits.
            side.outstanding += 1;
            self.announced.push_back(side.stream);
        }
    }

    fn awaits_announcement(&self) -> bool {
        self.ordered && self.announced.is_empty()
    }

    fn read_ahead(&mut self, index: usize) {
        let side = &mut self.sides[index];
        side.read_ahead += usize::from(self.ordered);
        side.outstanding += 1;
        self.announced.push_back(side.stream);
    }

    fn announce_all(&mut self) {
        for side in &mut self.sides {
            side.read_ahead = 0;
            side.outstanding += 1;
            self.announced.push_back(side.stream);
        }
    }

    fn give_up_order(&mut self) {
        if self.ordered {
            self.ordered = false;
            self.buffer.resize(BULK_READ, 0);
            for side in &mut self.sides {
                // If this fails, reads still return everything, one packet at a time.
                let _ = side.set_ordered(false);
                side.enlarge(self.packet);
                side.read_ahead = 0;
            }
        }
    }

    fn collect(&mut self) -> bool {
        while self.batch.as_bytes().len() < BATCH {
            let Some(stream) = self.announced.pop_front() else { return true };
            self.read_for(stream);
        }
        false
    }

    fn batch(&mut self) -> &mut Transcript {
        &mut self.batch
    }

    /// Announced writes come first.
    fn drain(&mut self, each: &mut dyn FnMut(Stream, &[u8])) {
        let mut left = self.sides.each_ref().map(|side| descriptor::waiting_in(side.read.as_raw_fd()));
        let mut pass_on =
            |batch: Transcript| Frames::new(batch.as_bytes()).for_each(|(stream, data)| each(stream, data));
        pass_on(std::mem::take(&mut self.batch));
        while left != [0, 0] {
            let ready = || left.iter().position(|left| *left > 0);
            let stream = self.announced.pop_front().or_else(|| ready().map(|index| self.sides[index].stream));
            let Some(stream) = stream else { return };
            let size = self.read_for(stream);
            let left = &mut left[stream as usize - 1];
            // It may be empty already: the command can read from the pipes as well.
            *left = if size == 0 { 0 } else { left.saturating_sub(size) };
            if *left == 0 {
                self.announced.retain(|announced| *announced != stream);
            }
            pass_on(std::mem::take(&mut self.batch));
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
        tap.drain(&mut |_, data| read += data.len());
        read
    }

    #[test]
    fn a_write_of_any_length_is_read_whole() {
        if !ordered::HAS_PACKETS {
            return;
        }
        let page = ordered::packet_size();
        for size in [1, page - 1, page, page + 1, 2 * page, 3 * page + 5] {
            assert_eq!(read_of_a_write(size, page), size);
        }
    }

    #[test]
    fn a_packet_is_a_page_of_the_kernel_and_not_less() {
        if !ordered::HAS_PACKETS {
            return;
        }
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
        tap.close_command_ends();
        drop(stderr);
        descriptor::write(&stdout, b"out").unwrap();
        assert!(!tap.is_at_end());
        drop(stdout);
        assert!(!tap.is_at_end());
        tap.drain(&mut |_, data| assert_eq!(data, b"out"));
        assert!(tap.is_at_end());
        assert!(tap.sources().iter().all(Option::is_none));
    }
}
