//! One run of one command: timed from before its start until `wait` returns.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::{Failure, ensure};
use crate::process::{self, Command, Exit, Streams};
use crate::watchdog;

/// How much is read from a pipe at a time: as much as a pipe holds.
const PIPE: usize = 64 * 1024;

/// Where standard output goes.
pub enum Sink<'a> {
    /// To `/dev/null`.
    Null,
    /// Through a pipe that is read after the end, for outputs that fit a pipe.
    Kept,
    /// Through a pipe that is read during the run; the closure gets each piece.
    Drained(&'a mut dyn FnMut(&[u8])),
    /// To a file.
    File(&'a File),
}

/// The time and the results of one run.
#[derive(Debug)]
pub struct Run {
    pub elapsed: Duration,
    pub exit: Exit,
    /// Standard output, if it was kept.
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Run {
    /// Fails unless the command ended with status 0, printed `stdout` (if that was kept) and no errors.
    pub fn expect(&self, stdout: &[u8]) -> Result<(), Failure> {
        let stderr = String::from_utf8_lossy(&self.stderr);
        ensure(self.exit.status == 0, || format!("exit status {} {stderr}", self.exit.status))?;
        ensure(stderr.is_empty(), || format!("wrote to standard error: {}", stderr.trim_end()))?;
        ensure(self.stdout == stdout, || {
            let (got, wanted) = (String::from_utf8_lossy(&self.stdout), String::from_utf8_lossy(stdout));
            format!("printed {got:?} instead of {wanted:?}")
        })
    }
}

/// Runs `command` without standard input.
pub fn run(command: &Command, sink: Sink<'_>) -> Result<Run, Failure> {
    run_with_input(command, &File::open("/dev/null")?, sink)
}

/// Runs `command` with `stdin`.
pub fn run_with_input(command: &Command, stdin: &File, sink: Sink<'_>) -> Result<Run, Failure> {
    let (mut errors, stderr) = io::pipe()?;
    let (mut output, writer) = io::pipe()?;
    let null = File::options().write(true).open("/dev/null")?;
    let stdout = match &sink {
        Sink::Null => null.as_fd(),
        Sink::Kept | Sink::Drained(_) => writer.as_fd(),
        Sink::File(file) => file.as_fd(),
    };
    let streams = Streams { stdin: stdin.as_fd(), stdout, stderr: stderr.as_fd() };
    let begin = Instant::now();
    let pid = command.start(streams)?;
    let mut kept = Vec::new();
    let (elapsed, exit) = match sink {
        Sink::Drained(receive) => {
            drop(writer);
            drain(&mut output, receive)?;
            let exit = process::wait(pid)?;
            (begin.elapsed(), exit)
        }
        Sink::Null | Sink::Kept | Sink::File(_) => {
            let exit = process::wait(pid)?;
            let elapsed = begin.elapsed();
            drop(writer);
            output.read_to_end(&mut kept)?;
            (elapsed, exit)
        }
    };
    drop(stderr);
    let mut complaints = Vec::new();
    errors.read_to_end(&mut complaints)?;
    watchdog::progress();
    Ok(Run { elapsed, exit, stdout: kept, stderr: complaints })
}

fn drain(pipe: &mut PipeReader, receive: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; PIPE];
    loop {
        match pipe.read(&mut buffer)? {
            0 => return Ok(()),
            length => receive(&buffer[..length]),
        }
    }
}

/// Starts `command` with all its streams on `/dev/null` and `stderr`; the caller waits for it.
pub fn start_silent(command: &Command, stderr: BorrowedFd<'_>) -> Result<nix::unistd::Pid, Failure> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    Ok(command.start(Streams { stdin: null.as_fd(), stdout: null.as_fd(), stderr })?)
}

/// How often the command with this counter has run.
pub fn count(counter: &Path) -> u64 {
    std::fs::metadata(counter).map_or(0, |metadata| metadata.len())
}
