//! The outlet: the caller's own standard output and error, written to without waiting.
//!
//! A slow reader must not keep a fetch from noticing the end of its command, a signal or the end of its time. The
//! descriptors belong to the caller, so their flags stay as they are: a pipe or terminal is opened a second time, with
//! flags of its own. A socket, or another user's pipe, cannot be opened again, and gets no more than it takes at once.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::backlog::Backlog;
use super::capture::Spool;
use crate::model::transcript::Stream;
use crate::sys::descriptor::{Kind, kind_of, standard, write};
use crate::sys::errno;
use crate::sys::file::{NO_TERMINAL, NO_WAIT, opened_again_for_writing};
use crate::sys::pipe::{send_now, write_now};

/// How many bytes of the backlog are written in one turn.
const AT_ONCE: usize = 256 * 1024;

/// What became of a write.
#[derive(Debug)]
pub(crate) enum Written {
    /// This many bytes were taken. For the rest there is no room now.
    Taken(usize),
    /// The reader is gone.
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
    /// A socket, which can never be opened again.
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
        let second = || opened_again_for_writing(own, NO_WAIT | NO_TERMINAL);
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
        Written::Taken(done)
    }

    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.target {
            Target::Own(fd) | Target::Pipe(fd) | Target::Socket(fd) => *fd,
            Target::Second(file) => file.as_fd(),
        }
    }
}

/// The delivery of both streams to the caller, with the backlog.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// Opened when something is written: most commands write nothing to standard error, and opening an outlet takes as
    /// long as twenty other system calls.
    outlets: [Option<Outlet>; 2],
    backlog: Backlog,
    failed: Option<(Stream, io::Error)>,
    /// The reader of standard output is a filter, which need not read all of it.
    is_filtered: bool,
}

/// Why the output goes nowhere any more.
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
        Self { outlets: [None, None], backlog: Backlog::default(), failed: None, is_filtered }
    }

    /// Writes `data` now, and puts what there is no room for into the backlog, whose file is one of `spool`.
    ///
    /// After an error of standard error other than a lost reader (a full disk), only standard output is written.
    pub(crate) fn send(&mut self, stream: Stream, data: &[u8], spool: &dyn Spool) -> Result<(), Loss> {
        let taken = if self.is_blocked() { 0 } else { self.write(stream, data)? };
        if taken < data.len() {
            self.backlog.push(stream, &data[taken..], || spool.scratch());
        }
        Ok(())
    }

    /// Writes the backlog, as far as there is room.
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
        match self.outlet(stream).write(data) {
            Written::Taken(taken) => Ok(taken),
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

    fn outlet(&mut self, stream: Stream) -> &mut Outlet {
        self.outlets[stream as usize - 1].get_or_insert_with(|| Outlet::open(stream))
    }

    /// Whether there is a backlog.
    pub(crate) fn is_blocked(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether the backlog is full.
    pub(crate) fn is_full(&self) -> bool {
        self.backlog.is_full()
    }

    /// The descriptor that has no room.
    pub(crate) fn blocked_on(&mut self) -> Option<BorrowedFd<'_>> {
        // If the backlog cannot be read, `flush` returns the error.
        let stream = self.backlog.first().map_or(Some(Stream::Stdout), |first| first.map(|(stream, _)| stream));
        stream.map(|stream| self.outlet(stream).as_fd())
    }

    /// What could not be written, and why.
    pub(crate) fn into_failure(self) -> Option<(Stream, io::Error)> {
        self.failed
    }
}
