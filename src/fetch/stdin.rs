//! Standard input, read from this process.

use std::io::{self, Read};

use crate::sys;

/// Standard input, waited for.
///
/// Whoever has opened it may have made it non-blocking (`O_NONBLOCK`, which belongs to the open file and not to the
/// process): what has not come yet is an error of read(2) then, and not the end.
#[derive(Clone, Copy, Debug)]
pub struct StandardInput;

impl Read for StandardInput {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        loop {
            match nix::unistd::read(sys::standard(0), piece) {
                Err(nix::Error::EAGAIN) => sys::poll(&mut [sys::interest(Some(0), libc::POLLIN)], -1),
                Err(nix::Error::EINTR) => {}
                read => return Ok(read?),
            }
        }
    }
}
