//! Standard input for a command that is too large to be kept.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;

use crate::sys::background;
use crate::sys::descriptor::{read, standard};
use crate::sys::poll::{end, input, poll};
use crate::sys::process::{self, Fork};

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// A pipe that gives what `head` gives, and then what is left of standard input. A process of its own writes to it, for as
/// long as there is a reader.
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
