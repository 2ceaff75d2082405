//! The command that is memoised: its output names the run that printed it, and all of it can be checked.
//!
//! Every run takes the next number of its name from a file, and writes down when it began and ended, and on which host.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use cacheback::program::model::time::Moment;
use xxhash_rust::xxh3::xxh3_64;

use super::random::Random;

/// The first word on the command line of this program when it is that command.
pub const COMMAND: &str = "--be-the-command";

/// What a run of the command has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The name of the command; different orders in one home have different names.
    pub name: u64,
    /// Bytes of random-looking output.
    pub size: u64,
    pub exit: u8,
    /// How long it takes, in microseconds.
    pub takes: u64,
    pub reads_stdin: bool,
}

impl Order {
    /// The command line for this order; the runs are recorded in the directory `journal`.
    pub fn words(&self, journal: &Path) -> Vec<String> {
        let program = std::env::current_exe().expect("this program has a path");
        let numbers = [self.name, self.size, self.exit.into(), self.takes, self.reads_stdin.into()];
        [program.display().to_string(), COMMAND.to_owned(), journal.display().to_string()]
            .into_iter()
            .chain(numbers.map(|number| number.to_string()))
            .collect()
    }
}

/// One run of a command, as its output names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub name: u64,
    pub number: u64,
    pub size: u64,
    pub exit: u8,
    /// A digest of its input.
    pub input: u64,
}

impl Run {
    fn head(&self, stream: &str) -> String {
        format!("{stream} {} {} {} {} {}\n", self.name, self.number, self.size, self.exit, self.input)
    }

    fn of_head(line: &str) -> Option<Self> {
        let mut words = line.split(' ').skip(1).map(|word| word.parse::<u64>().ok());
        let mut number = || words.next()?;
        let (name, serial, size, exit, input) = (number()?, number()?, number()?, number()?, number()?);
        Some(Self { name, number: serial, size, exit: u8::try_from(exit).ok()?, input })
    }

    fn stdout(&self) -> Vec<u8> {
        let mut bytes = self.head("out").into_bytes();
        let mut random = Random::branch(self.name, self.number);
        let end = bytes.len() + self.size as usize;
        bytes.reserve(self.size as usize + 8);
        while bytes.len() < end {
            bytes.extend_from_slice(&random.next().to_le_bytes());
        }
        bytes.truncate(end);
        bytes
    }

    fn stderr(&self) -> Vec<u8> {
        [self.head("err"), self.head("end")].concat().into_bytes()
    }
}

/// What a caller has printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Nothing,
    /// Every byte of this run's output.
    Whole(Run),
    /// Only the beginning of a run's output, on either stream.
    Part,
    /// Bytes that no run has printed.
    Wrong,
}

/// How much of the output of the command `name` is in `stdout` and `stderr`.
pub fn examine(name: u64, stdout: &[u8], stderr: &[u8]) -> Seen {
    if stdout.is_empty() && stderr.is_empty() {
        return Seen::Nothing;
    }
    let head = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        Run::of_head(str::from_utf8(&bytes[..end]).ok()?)
    };
    let Some(run) = head(stdout).or_else(|| head(stderr)) else {
        let begins = |bytes: &[u8], stream: &str| {
            let expected = format!("{stream} {name} ");
            bytes.iter().zip(expected.as_bytes()).all(|(byte, expected)| byte == expected)
        };
        return if begins(stdout, "out") && begins(stderr, "err") { Seen::Part } else { Seen::Wrong };
    };
    let (expected_stdout, expected_stderr) = (run.stdout(), run.stderr());
    if run.name != name || !expected_stdout.starts_with(stdout) || !expected_stderr.starts_with(stderr) {
        return Seen::Wrong;
    }
    let is_whole = stdout.len() == expected_stdout.len() && stderr.len() == expected_stderr.len();
    if is_whole { Seen::Whole(run) } else { Seen::Part }
}

/// When the runs of a command began, and ended if they did; the number of the first run is 1.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub began: Vec<u64>,
    pub ended: Vec<Option<u64>>,
    /// The hosts that they ran on, by [`number_of_host`], and whether that host knew that its server was away.
    pub hosts: Vec<(u64, bool)>,
}

/// What a run began or ended with, in the log of its command.
struct Record {
    kind: u8,
    number: u64,
    at: u64,
    host: u64,
}

impl Record {
    const SIZE: usize = 25;

    fn encode(&self) -> [u8; Self::SIZE] {
        let mut record = [self.kind; Self::SIZE];
        for (at, word) in [self.number, self.at, self.host].into_iter().enumerate() {
            record[1 + 8 * at..][..8].copy_from_slice(&word.to_le_bytes());
        }
        record
    }

    fn decode(record: &[u8]) -> Self {
        let word = |at: usize| u64::from_le_bytes(record[1 + 8 * at..][..8].try_into().expect("eight bytes"));
        Self { kind: record[0], number: word(0), at: word(1), host: word(2) }
    }
}

/// What the log of a command calls the home with this [`id`](super::common::Home::id).
pub fn number_of_host(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

impl History {
    pub fn of(journal: &Path, name: u64) -> Self {
        let mut history = Self::default();
        let bytes = fs::read(journal.join(format!("{name}.log"))).unwrap_or_default();
        for Record { kind, number, at, host } in bytes.chunks_exact(Record::SIZE).map(Record::decode) {
            let index = number as usize - 1;
            if history.began.len() <= index {
                history.began.resize(index + 1, u64::MAX);
                history.ended.resize(index + 1, None);
                history.hosts.resize(index + 1, (0, false));
            }
            match kind {
                ENDED => history.ended[index] = Some(at),
                _ => (history.began[index], history.hosts[index]) = (at, (host, kind == BEGAN_ALONE)),
            }
        }
        history
    }

    pub fn runs(&self) -> usize {
        self.began.len()
    }
}

/// Kinds of records. A run began alone where its host knew that the server is away which it shares results by.
const BEGAN: u8 = b'B';
const BEGAN_ALONE: u8 = b'A';
const ENDED: u8 = b'E';

/// The main function of the command.
pub fn command(words: &[String]) -> ExitCode {
    match run(words) {
        Ok(code) => ExitCode::from(code),
        // Its caller was killed, and no process reads the output any more.
        Err(_) => ExitCode::from(99),
    }
}

fn run(words: &[String]) -> io::Result<u8> {
    let number = |index: usize| words.get(index).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    let journal = Path::new(&words[0]);
    let (name, size, exit, takes, reads_stdin) = (number(1), number(2), number(3) as u8, number(4), number(5) == 1);
    let serial = next_number(journal, name)?;
    let mut log = OpenOptions::new().append(true).create(true).open(journal.join(format!("{name}.log")))?;
    note(&mut log, if is_alone() { BEGAN_ALONE } else { BEGAN }, serial)?;
    let mut input = Vec::new();
    if reads_stdin {
        io::stdin().lock().read_to_end(&mut input)?;
    }
    let run = Run { name, number: serial, size, exit, input: if reads_stdin { xxh3_64(&input) } else { 0 } };
    let (stdout, stderr) = (run.stdout(), run.stderr());
    let (first, last) = stdout.split_at(stdout.len() / 2);
    let (err, end) = stderr.split_at(stderr.len() / 2);
    let (mut out, mut errors) = (File::from(own(1)?), File::from(own(2)?));
    errors.write_all(err)?;
    out.write_all(first)?;
    std::thread::sleep(Duration::from_micros(takes));
    out.write_all(last)?;
    errors.write_all(end)?;
    note(&mut log, ENDED, serial)?;
    Ok(exit)
}

/// A stream without Rust's buffers, so that every written byte is in the pipe.
fn own(fd: i32) -> io::Result<std::os::fd::OwnedFd> {
    use std::os::fd::AsFd;
    if fd == 1 { io::stdout().as_fd().try_clone_to_owned() } else { io::stderr().as_fd().try_clone_to_owned() }
}

fn next_number(journal: &Path, name: u64) -> io::Result<u64> {
    let mut file = OpenOptions::new().append(true).create(true).open(journal.join(format!("{name}.count")))?;
    file.lock()?;
    file.write_all(b".")?;
    Ok(file.metadata()?.len())
}

/// Makes one write, so that records of runs side by side do not mix.
fn note(log: &mut File, kind: u8, number: u64) -> io::Result<()> {
    let host = number_of_host(&std::env::var("CACHEBACK_TEST_ID").unwrap_or_default());
    log.write_all(&Record { kind, number, at: Moment::now().as_nanos(), host }.encode())
}

#[cfg(feature = "shared")]
fn is_alone() -> bool {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let database = Path::new(&home).join(".cache/cacheback/cache.db");
    cacheback::program::store::shared::Breaker::beside(&database).record().failures > 0
}

#[cfg(not(feature = "shared"))]
fn is_alone() -> bool {
    false
}
