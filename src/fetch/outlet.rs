//! The outlet: the caller's own standard output and error, written to without ever getting stuck there.
//!
//! A reader that is slow must not keep a fetch from seeing that its command ended, a signal arrived or time ran out.
//! The descriptors belong to the caller, so their flags stay as they are; a pipe or terminal is opened a second time
//! with a flag of its own. What cannot be opened again, a socket or somebody else's pipe, is given no more at a time
//! than it takes at once.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::backlog::Backlog;
use super::capture::Spool;
use crate::model::transcript::Stream;
use crate::sys::descriptor::{Kind, kind_of, standard, write};
use crate::sys::pipe::{send_now, write_now};
use crate::sys::{errno, proc};

/// The reader gets so many bytes of what it has left waiting before anything else has its turn.
const AT_ONCE: usize = 256 * 1024;

/// What became of a write.
#[derive(Debug)]
pub(crate) enum Written {
    /// So many bytes were taken; poll for more.
    Some(usize),
    /// Nobody will ever read it.
    Gone,
    /// It cannot be written.
    Failed(io::Error),
}

#[derive(Debug)]
enum Target {
    /// The caller's descriptor itself: a file, or a terminal that cannot be opened again.
    Own(BorrowedFd<'static>),
    /// A pipe that cannot be opened again.
    Pipe(BorrowedFd<'static>),
    /// A socket, which never can.
    Socket(BorrowedFd<'static>),
    /// The same pipe or terminal through a descriptor that does not block.
    Second(File),
}

/// Where one stream goes.
#[derive(Debug)]
pub(crate) struct Outlet {
    target: Target,
}

impl Outlet {
    /// The caller's descriptor for `stream`.
    pub(crate) fn open(stream: Stream) -> Self {
        let own = standard(stream as i32);
        let second = || proc::open_again_without_waiting(own);
        let target = match kind_of(own) {
            Kind::Pipe => second().map_or(Target::Pipe(own), Target::Second),
            Kind::Device => second().map_or(Target::Own(own), Target::Second),
            Kind::Socket => Target::Socket(own),
            _ => Target::Own(own),
        };
        Self { target }
    }

    /// Writes as much of `data` as is taken now.
    pub(crate) fn write(&mut self, data: &[u8]) -> Written {
        let mut done = 0;
        while done < data.len() {
            let result = match &self.target {
                Target::Own(fd) => write(fd, &data[done..]),
                Target::Second(file) => write(file, &data[done..]),
                Target::Pipe(fd) => write_now(*fd, &data[done..]),
                Target::Socket(fd) => send_now(*fd, &data[done..]),
            };
            match result {
                Ok(size) => done += size,
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock => break,
                    io::ErrorKind::BrokenPipe => return Written::Gone,
                    _ => return Written::Failed(error),
                },
            }
        }
        Written::Some(done)
    }

    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.target {
            Target::Own(fd) | Target::Pipe(fd) | Target::Socket(fd) => *fd,
            Target::Second(file) => file.as_fd(),
        }
    }
}

/// Both streams on their way to the caller, with what there was no room for yet.
#[derive(Debug)]
pub(crate) struct Delivery {
    outlets: [Outlet; 2],
    backlog: Backlog,
    failed: Option<(Stream, io::Error)>,
    /// The reader of standard output is a program of ours, which need not read all of it.
    is_filtered: bool,
}

/// The output goes nowhere any more.
#[derive(Debug)]
pub(crate) enum Loss {
    /// Its reader is gone.
    Reader,
    /// Standard output cannot be written.
    Failed(io::Error),
}

impl Delivery {
    /// To the caller's standard output and error.
    pub(crate) fn open(is_filtered: bool) -> Self {
        let outlets = [Outlet::open(Stream::Stdout), Outlet::open(Stream::Stderr)];
        Self { outlets, backlog: Backlog::default(), failed: None, is_filtered }
    }

    /// Writes `data` now, or keeps what there is no room for, with the help of `spool`.
    ///
    /// Standard error that cannot be written for another reason than a lost reader (a full disk) is given up, alone.
    pub(crate) fn send(&mut self, stream: Stream, data: &[u8], spool: &dyn Spool) -> Result<(), Loss> {
        let taken = if self.is_blocked() { 0 } else { self.write(stream, data)? };
        if taken < data.len() {
            self.backlog.push(stream, &data[taken..], || spool.scratch());
        }
        Ok(())
    }

    /// Writes what had to wait, as far as there is room.
    pub(crate) fn flush(&mut self) -> Result<(), Loss> {
        let mut backlog = std::mem::take(&mut self.backlog);
        let flushed = self.write_from(&mut backlog);
        self.backlog = backlog;
        flushed
    }

    fn write_from(&mut self, backlog: &mut Backlog) -> Result<(), Loss> {
        let mut left = AT_ONCE;
        while left > 0
            && let Some((stream, data)) = backlog.first().map_err(Loss::Failed)?
        {
            let data = &data[..data.len().min(left)];
            let (taken, size) = (self.write(stream, data)?, data.len());
            backlog.take(taken);
            if taken < size {
                break;
            }
            left -= size;
        }
        Ok(())
    }

    fn write(&mut self, stream: Stream, data: &[u8]) -> Result<usize, Loss> {
        if self.failed.as_ref().is_some_and(|(failed, _)| *failed == stream) {
            return Ok(data.len());
        }
        match self.outlets[stream as usize - 1].write(data) {
            Written::Some(taken) => Ok(taken),
            Written::Gone if self.is_filtered && stream == Stream::Stdout => {
                self.failed = Some((stream, io::Error::from_raw_os_error(errno::EPIPE)));
                Ok(data.len())
            }
            Written::Gone => Err(Loss::Reader),
            Written::Failed(error) if stream == Stream::Stdout => Err(Loss::Failed(error)),
            Written::Failed(error) => {
                self.failed = Some((stream, error));
                Ok(data.len())
            }
        }
    }

    /// Whether something waits for room.
    pub(crate) fn is_blocked(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether there is no room either for what waits for room.
    pub(crate) fn is_full(&self) -> bool {
        self.backlog.is_full()
    }

    /// The descriptor that has no room.
    pub(crate) fn blocked_on(&mut self) -> Option<BorrowedFd<'_>> {
        // An error comes again when it is written.
        let stream = self.backlog.first().map_or(Some(Stream::Stdout), |first| first.map(|(stream, _)| stream));
        stream.map(|stream| self.outlets[stream as usize - 1].as_fd())
    }

    /// What could not be written, and why.
    pub(crate) fn into_failure(self) -> Option<(Stream, io::Error)> {
        self.failed
    }
}
