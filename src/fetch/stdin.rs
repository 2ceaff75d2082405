//! Standard input: read in this process, or passed on to a command without being kept.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;

use crate::sys::background;
use crate::sys::descriptor::{read, standard};
use crate::sys::poll::{end, input, poll};
use crate::sys::process::{self, Fork};

/// Standard input. Reads wait until there is something.
///
/// Another process that has it open may have made it non-blocking (`O_NONBLOCK` belongs to the open file).
#[derive(Clone, Copy, Debug)]
pub struct StandardInput;

impl Read for StandardInput {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        loop {
            match read(standard(0), piece) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => poll([input(standard(0))], None),
                read => return read,
            };
        }
    }
}

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// A pipe that gives what `head` gives, and then what is left of standard input. A process of its own writes to it, for
/// as long as there is a reader.
///
/// # Errors
///
/// The pipe or the process cannot be made.
pub fn piped(mut head: impl Read) -> io::Result<PipeReader> {
    let (reader, mut writer) = io::pipe()?;
    match process::fork()? {
        Fork::Parent(_) => Ok(reader),
        Fork::Child => {
            drop(reader);
            background::close_outputs();
            let _ = io::copy(&mut head, &mut writer).and_then(|_| pass_on(&mut writer));
            process::exit_now(0)
        }
    }
}

/// From standard input to `pipe`, until there is no more or nobody reads.
fn pass_on(pipe: &mut PipeWriter) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let [_, reader] = poll([input(standard(0)), end(pipe.as_fd())], None);
        if reader.is_ready() {
            return Ok(());
        }
        match read(standard(0), &mut piece) {
            Ok(0) => return Ok(()),
            Ok(size) => pipe.write_all(&piece[..size])?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
