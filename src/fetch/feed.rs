//! Giving a command input that is kept nowhere.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::fcntl::OFlag;

use crate::sys;
use crate::sys::Fork;

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// A pipe that gives what `head` gives, and then what standard input still has: a process of its own passes that on, for
/// as long as there is a reader.
///
/// # Errors
///
/// The pipe or the process cannot be had.
pub fn piped(mut head: impl Read) -> io::Result<OwnedFd> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    match sys::fork()? {
        Fork::Parent(_) => Ok(read),
        Fork::Child => {
            drop(read);
            sys::let_go_of_outputs();
            let mut pipe = File::from(write);
            let _ = io::copy(&mut head, &mut pipe).and_then(|_| pass_on(&mut pipe));
            sys::exit_now(0)
        }
    }
}

/// From standard input to `pipe`, until there is no more or nobody reads.
fn pass_on(pipe: &mut File) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let mut polled = [sys::interest(Some(0), libc::POLLIN), sys::interest(Some(pipe.as_raw_fd()), 0)];
        sys::poll(&mut polled, -1);
        if polled[1].revents != 0 {
            return Ok(());
        }
        match nix::unistd::read(sys::standard(0), &mut piece) {
            Ok(0) => return Ok(()),
            Ok(size) => pipe.write_all(&piece[..size])?,
            Err(nix::Error::EINTR | nix::Error::EAGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
