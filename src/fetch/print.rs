//! Printing what is stored to the caller's standard output and error.

use std::io::{self, Read};

use super::sys;
use crate::transcript::{Splitter, Stream};

/// How printing ended.
#[derive(Debug)]
pub enum Printed {
    /// Everything has been written.
    All,
    /// Something could not be written.
    Failed(io::Error),
}

impl From<io::Result<()>> for Printed {
    fn from(result: io::Result<()>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::All)
    }
}

/// Writes all of `data` to the caller's own descriptor of `stream`, waiting where there is no room.
///
/// # Errors
///
/// The system's, `BrokenPipe` only where the caller ignores `SIGPIPE`; otherwise that ends the process, as it would
/// have ended the command.
pub fn write(stream: Stream, mut data: &[u8]) -> io::Result<()> {
    let fd = sys::standard(stream as i32);
    while !data.is_empty() {
        match nix::unistd::write(fd, data) {
            Ok(size) => data = &data[size..],
            Err(nix::Error::EINTR) => {}
            Err(nix::Error::EAGAIN) => sys::poll(&mut [sys::interest(Some(stream as i32), libc::POLLOUT)], -1),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Runs `work`, whose output goes to a program of ours that need not read all of it: a lost reader is an error of its
/// writes and does not end this process.
pub fn to_filter<T>(work: impl FnOnce() -> T) -> T {
    sys::without_sigpipe(work)
}

/// Prints `text` to standard output.
pub fn print(text: &[u8]) -> Printed {
    write(Stream::Stdout, text).into()
}

/// Prints a transcript, each stream to its own descriptor.
pub fn print_transcript(transcript: &mut dyn Read) -> Printed {
    let mut splitter = Splitter::default();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match transcript.read(&mut piece) {
            Ok(0) => return Printed::All,
            Ok(size) => {
                if let Err(error) = splitter.feed(&piece[..size], write) {
                    return Printed::Failed(error);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Printed::Failed(error),
        }
    }
}
