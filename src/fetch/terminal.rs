//! A terminal for the command to write to, so that it keeps its colours: the other end of a pseudo-terminal.
//!
//! It is standard output and standard error, and nothing else. It does not become the controlling terminal: programs
//! ask isatty(3) and for the window's size, while Ctrl-C and job control go on coming from the caller's own terminal,
//! where /dev/tty still is as well. Nobody types on it: it is open for writing only, and pagers, which would wait for
//! a key, are replaced by cat.
//!
//! What comes out is what the command wrote. A terminal makes `\r\n` of each `\n`; this one does not, because whatever
//! shows the output in the end, a terminal or not, does so itself.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use crate::model::invocation::WindowSize;
use crate::model::transcript::{Stream, Transcript};
use crate::sys::descriptor::{read, standard};
use crate::sys::poll::{input, poll};
use crate::sys::process::set_variable;
use crate::sys::{errno, terminal};

/// Collected output is passed on when there is this much of it.
const BATCH: usize = 128 * 1024;

/// Bytes taken by one read.
const READ: usize = 16 * 1024;

/// More than the kernel holds of what was written to a terminal and not yet read (8 KiB and the reader's 4 KiB).
const HELD_AT_MOST: usize = 64 * 1024;

/// The size of the caller's terminal: of the one that shows the output, or else of whichever it has.
pub fn window_size() -> WindowSize {
    let of = |fd| terminal::window_size(standard(fd)).map(|(rows, columns)| WindowSize { rows, columns });
    [1, 2, 0].into_iter().find_map(of).unwrap_or_default()
}

/// A terminal whose screen we are.
#[derive(Debug)]
pub(crate) struct Terminal {
    screen: OwnedFd,
    /// Our own handle on the command's end: without one, the end of the last writer would be an error of our reads.
    command_end: Option<OwnedFd>,
    size: WindowSize,
    /// Everything has been read, and nobody can write any more.
    is_at_end: bool,
    /// There is something to read.
    ready: bool,
    buffer: Vec<u8>,
    batch: Transcript,
}

impl Terminal {
    /// A new one.
    ///
    /// # Errors
    ///
    /// `EAGAIN`: whatever is lacking, no terminal is to be had here.
    pub(crate) fn open(size: WindowSize) -> io::Result<Self> {
        let (screen, command_end) =
            terminal::open(size.rows, size.columns).map_err(|_| io::Error::from_raw_os_error(errno::EAGAIN))?;
        switch_pagers_off();
        Ok(Self {
            screen,
            command_end: Some(command_end),
            size,
            is_at_end: false,
            ready: false,
            buffer: vec![0; READ],
            batch: Transcript::default(),
        })
    }

    /// Takes the size that the caller's terminal has now; whether it has changed.
    pub(crate) fn follow_window(&mut self) -> bool {
        let size = window_size();
        let is_new = std::mem::replace(&mut self.size, size) != size;
        if is_new {
            terminal::set_window_size(&self.screen, size.rows, size.columns);
        }
        is_new
    }

    pub(crate) fn ends_for_command(&self) -> io::Result<(OwnedFd, OwnedFd)> {
        let end = self.command_end.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((end.try_clone()?, end.try_clone()?))
    }

    /// What to poll for input; `None` at its end.
    pub(crate) fn source(&self) -> Option<BorrowedFd<'_>> {
        (!self.is_at_end).then(|| self.screen.as_fd())
    }

    /// Closes our own handle, so that the end of the last writer shows.
    pub(crate) fn let_go(&mut self) {
        self.command_end = None;
    }

    /// Whether everything that can ever be written to it has been read.
    pub(crate) fn is_at_end(&mut self) -> bool {
        let [screen] = poll([input(self.source())], Some(Duration::ZERO));
        self.is_at_end |= screen.is_at_end();
        self.is_at_end
    }

    /// It has been found readable.
    pub(crate) fn expect_input(&mut self) {
        self.ready = true;
    }

    /// Reads a batch of what is there; always done with it, so that a command that never stops writing gets its turn
    /// with everything else.
    pub(crate) fn collect(&mut self) -> bool {
        while self.ready && self.batch.as_bytes().len() < BATCH {
            match read(&self.screen, &mut self.buffer) {
                Ok(size @ 1..) => self.batch.push(Stream::Stdout, &self.buffer[..size]),
                Ok(0) | Err(_) => self.ready = false,
            }
        }
        self.ready = false;
        true
    }

    pub(crate) fn take_batch(&mut self) -> Transcript {
        std::mem::take(&mut self.batch)
    }

    pub(crate) fn reuse(&mut self, mut batch: Transcript) {
        batch.clear();
        self.batch = batch;
    }

    /// After the command has ended: what it wrote, and not all that a process left behind may go on writing.
    pub(crate) fn drain(&mut self, mut each: impl FnMut(Stream, &[u8])) {
        let mut left = HELD_AT_MOST;
        while left > 0 {
            match read(&self.screen, &mut self.buffer) {
                Ok(size @ 1..) => {
                    each(Stream::Stdout, &self.buffer[..size]);
                    left = left.saturating_sub(size);
                }
                Ok(0) | Err(_) => return,
            }
        }
    }
}

/// `PAGER`, `GIT_PAGER` and whatever else of that name is set.
fn switch_pagers_off() {
    let is_pager = |name: &OsStr| name.as_bytes().ends_with(b"PAGER");
    let set: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(|name| is_pager(name)).collect();
    for name in ["PAGER", "GIT_PAGER"].map(Into::into).into_iter().chain(set) {
        set_variable(&name, "cat");
    }
}
