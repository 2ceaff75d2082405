//! Standard input, read from this process.

use std::io::{self, Read};

use crate::sys::descriptor::{self, standard};
use crate::sys::poll::{input, poll};

/// Standard input, waited for.
///
/// Whoever has opened it may have made it non-blocking (`O_NONBLOCK`, which belongs to the open file and not to the
/// process): what has not come yet is an error of read(2) then, and not the end.
#[derive(Clone, Copy, Debug)]
pub struct StandardInput;

impl Read for StandardInput {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        loop {
            match descriptor::read(standard(0), piece) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => poll([input(standard(0))], None),
                read => return read,
            };
        }
    }
}
