//! A result for `set`: its first line names it, and its last bytes are a checksum of the others.
//!
//! It comes from a file, or from a feeder: a process at the other end of a pipe, which may be killed like any other.
//! What it had fed by then is the result, because the reader of a pipe cannot tell a killed writer from one that has
//! finished. The first line is in the pipe before the feeder starts, so that even such a result has its name; and the
//! feeder counts what it has written, so that the least length of the result is known.

use std::fs::File;
use std::io::{self, Write, pipe};
use std::ops::RangeInclusive;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use nix::sys::memfd::{MFdFlags, memfd_create};
use xxhash_rust::xxh3::xxh3_64;

use super::super::random::Random;

/// The first word on the command line of this program when it is a feeder.
pub const FEEDER: &str = "--feed";

/// Bytes that a feeder writes at a time, and its pause in between.
const PIECE: usize = 40_000;
const PAUSE: Duration = Duration::from_micros(50);

/// Empty, within a row, over many pages, in chunks, larger than what is kept in memory.
pub const SIZES: [u64; 6] = [0, 200, 5_000, 200_000, 600_000, 1_500_000];
const SIZE_MAX: u64 = 4_000_000;

/// One result, for the command `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    pub name: u64,
    pub number: u64,
    pub size: u64,
    pub exit: u8,
}

/// What a caller has printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got {
    /// Every byte of this one.
    Whole(Given),
    /// This many bytes of it, with the whole first line.
    Part(Given, u64),
    /// Less than a first line.
    Begun,
    /// Bytes of no such result.
    Wrong,
}

impl Given {
    fn head(&self) -> String {
        format!("set {} {} {} {}\n", self.name, self.number, self.size, self.exit)
    }

    fn of_head(line: &str) -> Option<Self> {
        let mut words = line.split(' ').skip(1).map(|word| word.parse::<u64>().ok());
        let mut number = || words.next()?;
        let (name, serial, size, exit) = (number()?, number()?, number()?, number()?);
        (size <= SIZE_MAX).then_some(Self { name, number: serial, size, exit: u8::try_from(exit).ok()? })
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.head().len() as u64 + self.size + size_of::<u64>() as u64
    }

    /// All of it; its last bytes are a checksum of the others.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head().into_bytes();
        let mut random = Random::branch(!self.name, self.number);
        let end = bytes.len() + self.size as usize;
        while bytes.len() < end {
            bytes.extend_from_slice(&random.next().to_le_bytes());
        }
        bytes.truncate(end);
        let sum = xxh3_64(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes
    }
}

/// Which result for the command `name` the output is; `None` if it does not begin like one.
pub fn examine(name: u64, stdout: &[u8], stderr: &[u8]) -> Option<Got> {
    if stdout.is_empty() || !stdout.iter().zip(b"set ").all(|(byte, expected)| byte == expected) {
        return None;
    }
    if !stderr.is_empty() {
        return Some(Got::Wrong);
    }
    let Some(end) = stdout.iter().position(|byte| *byte == b'\n') else {
        let expected = format!("set {name} ");
        let begins = stdout.iter().zip(expected.as_bytes()).all(|(byte, expected)| byte == expected);
        return Some(if begins { Got::Begun } else { Got::Wrong });
    };
    let given = str::from_utf8(&stdout[..end]).ok().and_then(Given::of_head).filter(|given| given.name == name);
    let Some((given, bytes)) = given.map(|given| (given, given.bytes())) else { return Some(Got::Wrong) };
    Some(match bytes.strip_prefix(stdout) {
        Some([]) => Got::Whole(given),
        Some(_) => Got::Part(given, stdout.len() as u64),
        None => Got::Wrong,
    })
}

/// A feeder that runs or has ended.
pub struct Feeder {
    pub given: Given,
    child: Child,
    progress: File,
    was_killed: bool,
}

impl Feeder {
    /// Starts a feeder; returns it and the read end of its pipe.
    pub fn start(given: Given) -> (Self, Stdio) {
        let (source, mut target) = pipe().expect("a pipe");
        target.write_all(given.head().as_bytes()).expect("an empty pipe");
        let progress = File::from(memfd_create(c"progress", MFdFlags::MFD_CLOEXEC).expect("a file in memory"));
        let counter = progress.try_clone().expect("a descriptor");
        let program = std::env::current_exe().expect("this program has a path");
        let numbers = [given.name, given.number, given.size, given.exit.into()].map(|number| number.to_string());
        let child = Command::new(program)
            .arg(FEEDER)
            .args(numbers)
            .stdin(OwnedFd::from(counter))
            .stdout(target)
            .stderr(Stdio::null())
            .spawn()
            .expect("a feeder starts");
        (Self { given, child, progress, was_killed: false }, source.into())
    }

    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    pub fn is_under_way(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub fn note_kill(&mut self) {
        self.was_killed = true;
    }

    /// How many bytes it may have fed, if it was killed; it has ended.
    pub fn fed(&self) -> Option<RangeInclusive<u64>> {
        let mut count = [0; 8];
        // Without a count the feeder was killed before its first piece.
        let _ = self.progress.read_exact_at(&mut count, 0);
        let least = (self.given.head().len() as u64).max(u64::from_le_bytes(count));
        self.was_killed.then(|| least..=least + PIECE as u64)
    }
}

/// The main function of a feeder; `words` are `NAME NUMBER SIZE EXIT`.
pub fn feed(words: &[String]) -> ExitCode {
    let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let [name, number, size, exit] = numbers[..] else { return ExitCode::from(2) };
    let given = Given { name, number, size, exit: exit as u8 };
    match write(&given) {
        Ok(()) => ExitCode::SUCCESS,
        // The `set` that read it was killed.
        Err(_) => ExitCode::from(99),
    }
}

fn write(given: &Given) -> io::Result<()> {
    let progress = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    // Without Rust's buffers, so that every written byte is in the pipe.
    let mut target = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let bytes = given.bytes();
    let mut written = given.head().len();
    for piece in bytes[written..].chunks(PIECE) {
        target.write_all(piece)?;
        written += piece.len();
        progress.write_all_at(&(written as u64).to_le_bytes(), 0)?;
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
