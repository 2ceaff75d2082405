//! A terminal for the command to write to, so that it keeps its colours: the other end of a pseudo-terminal.
//!
//! It is standard output and standard error only, and not the controlling terminal: isatty(3) and the size of the
//! window are as programs expect, while Ctrl-C, job control and /dev/tty stay with the caller's own terminal. Nobody
//! types on it: it is open for writing only, and pagers, which would wait for a key, are replaced by cat.
//!
//! What comes out is what the command wrote. A terminal writes each `\n` as `\r\n`; this one does not, because the
//! terminal that shows the output does.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use super::source::Source;
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

/// A terminal whose screen this process reads.
#[derive(Debug)]
pub(crate) struct Terminal {
    screen: OwnedFd,
    /// Our own copy of the command's end: without it, reads fail once the last writer has ended.
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
    /// `EAGAIN`: no terminal can be opened, whatever the reason.
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
}

impl Source for Terminal {
    fn follow_window(&mut self) -> bool {
        let size = window_size();
        let is_new = std::mem::replace(&mut self.size, size) != size;
        if is_new {
            terminal::set_window_size(&self.screen, size.rows, size.columns);
        }
        is_new
    }

    fn ends_for_command(&self) -> io::Result<(OwnedFd, OwnedFd)> {
        let end = self.command_end.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok((end.try_clone()?, end.try_clone()?))
    }

    fn sources(&self) -> [Option<BorrowedFd<'_>>; 2] {
        [(!self.is_at_end).then(|| self.screen.as_fd()), None]
    }

    fn close_command_ends(&mut self) {
        self.command_end = None;
    }

    fn is_at_end(&mut self) -> bool {
        let [screen] = poll([input(self.screen.as_fd())], Some(Duration::ZERO));
        self.is_at_end |= screen.is_at_end();
        self.is_at_end
    }

    fn read_ahead(&mut self, _index: usize) {
        self.ready = true;
    }

    /// Always done after one batch: the rest has its turn after everything else.
    fn collect(&mut self) -> bool {
        while self.ready && self.batch.as_bytes().len() < BATCH {
            match read(&self.screen, &mut self.buffer) {
                Ok(size @ 1..) => self.batch.push(Stream::Stdout, &self.buffer[..size]),
                Ok(0) | Err(_) => self.ready = false,
            }
        }
        self.ready = false;
        true
    }

    fn batch(&mut self) -> &mut Transcript {
        &mut self.batch
    }

    fn drain(&mut self, each: &mut dyn FnMut(Stream, &[u8])) {
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

/// Sets `PAGER`, `GIT_PAGER` and every other variable whose name ends so to `cat`.
fn switch_pagers_off() {
    let is_pager = |name: &OsStr| name.as_bytes().ends_with(b"PAGER");
    let set: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(|name| is_pager(name)).collect();
    for name in ["PAGER", "GIT_PAGER"].map(Into::into).into_iter().chain(set) {
        set_variable(&name, "cat");
    }
}
