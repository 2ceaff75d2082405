//! A connection on which every read and write ends at one deadline.
//!
//! The client crate's own connection has a time limit for each read, which starts again with each byte: a server that
//! sends one byte a second holds it for ever. Here a read waits for what is left until the deadline, and no longer; see
//! the test of the dripping server. What is sent to a server that is gone gives an error and no SIGPIPE, whatever this
//! process does about that signal.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Instant;

use crate::sys::pipe::send_now;
use crate::sys::poll::{Interest, input, poll, room};
use crate::sys::socket::connect_to_socket;

/// The most bytes of answers in one exchange. What sends more is no server of ours, and would fill the memory.
const LARGEST_ANSWER: usize = 12 << 20;

/// How many of the first bytes are kept, to tell what kind of server it is.
const BEGINNING: usize = 8;

/// A connected socket.
#[derive(Debug)]
pub(super) struct Line {
    socket: File,
    deadline: Instant,
    /// How many bytes may still be read.
    left: usize,
    /// What came first.
    beginning: Vec<u8>,
}

impl Line {
    /// Connects to an address of the network.
    pub(super) fn to_host(address: SocketAddr, deadline: Instant) -> io::Result<Self> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let socket = TcpStream::connect_timeout(&address, left)?;
        // What is sent is sent in one piece, and waits for an answer.
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        Ok(Self::new(socket.into(), deadline))
    }

    /// Connects to a socket of this machine.
    pub(super) fn to_socket(path: &Path, deadline: Instant) -> io::Result<Self> {
        Ok(Self::new(connect_to_socket(path, deadline)?, deadline))
    }

    fn new(socket: OwnedFd, deadline: Instant) -> Self {
        Self { socket: socket.into(), deadline, left: LARGEST_ANSWER, beginning: Vec::new() }
    }

    /// Begins another exchange, which has to end by `deadline`.
    pub(super) fn until(&mut self, deadline: Instant) {
        (self.deadline, self.left) = (deadline, LARGEST_ANSWER);
    }

    /// The first bytes that ever came.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    fn wait_for(&self, interest: Interest<'_>) -> io::Result<()> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            let [ready] = poll([interest], Some(left));
            if ready.is_ready() {
                return Ok(());
            }
        }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(self.left);
        if wanted == 0 && !buffer.is_empty() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        loop {
            // A server that sends all the time is cut off, too.
            self.wait_for(input(self.socket.as_fd()))?;
            match self.socket.read(&mut buffer[..wanted]) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
                Ok(read) => {
                    self.left -= read;
                    let missing = (BEGINNING - self.beginning.len()).min(read);
                    self.beginning.extend_from_slice(&buffer[..missing]);
                    return Ok(read);
                }
            }
        }
    }
}

impl Write for Line {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        loop {
            match send_now(self.socket.as_fd(), data) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait_for(room(self.socket.as_fd()))?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                sent => return sent,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
