//! Standard input, read in this process.

use std::io::{self, Read};

use crate::sys::descriptor::{self, standard};
use crate::sys::poll::{input, poll};

/// Standard input. Reads wait until there is something.
///
/// Another process that has it open may have made it non-blocking (`O_NONBLOCK` belongs to the open file).
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
