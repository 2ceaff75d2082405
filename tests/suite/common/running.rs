//! A process under way, its output collected as it comes.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ExitStatus, Output};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use nix::sys::signal::Signal;

use super::process::kill;
use super::{Outcome, Process, wait_until};

/// A process that was started and not yet waited for.
pub struct Running {
    child: Child,
    stdout: Collector,
    stderr: Collector,
}

impl Running {
    /// Takes over `child`, whose standard input gets `input` and is then closed.
    pub fn new(mut child: Child, input: Option<Vec<u8>>) -> Self {
        if let (Some(input), Some(stdin)) = (input, child.stdin.take()) {
            feed(stdin, input);
        }
        Self { stdout: Collector::of(child.stdout.take()), stderr: Collector::of(child.stderr.take()), child }
    }

    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    pub fn process(&self) -> Option<Process> {
        Process::find(self.pid())
    }

    pub fn signal(&self, signal: Signal) -> &Self {
        kill(self.pid(), signal);
        self
    }

    /// What it has written to standard output so far.
    pub fn stdout_so_far(&self) -> Vec<u8> {
        self.stdout.so_far()
    }

    /// Waits until its standard output so far is exactly this.
    #[track_caller]
    pub fn until_stdout(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        wait_until(&format!("{:?} on stdout", String::from_utf8_lossy(expected)), || self.stdout_so_far() == expected);
        self
    }

    /// Waits until it has ended by itself and everything that it wrote has been read.
    #[track_caller]
    pub fn wait(mut self) -> Outcome {
        let status = self.until_ended();
        wait_until("its output is closed", || self.stdout.is_finished() && self.stderr.is_finished());
        Outcome::of(Output { stdout: self.stdout.so_far(), stderr: self.stderr.so_far(), status })
    }

    /// Waits until it has ended, and not for its output to be closed.
    #[track_caller]
    pub fn until_ended(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the process has ended", || {
            status = self.ended();
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// Its status if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is our child")
    }
}

/// Writes `input` in a thread of its own, so that neither side waits for the other.
fn feed(mut stdin: ChildStdin, input: Vec<u8>) {
    thread::spawn(move || {
        // A process need not read what it is given.
        let _ = stdin.write_all(&input);
    });
}

/// Reads a pipe to its end in a thread of its own.
struct Collector {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Collector {
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let thread = pipe.map(|pipe| {
            let bytes = Arc::clone(&bytes);
            thread::spawn(move || collect(pipe, &bytes))
        });
        Self { bytes, thread }
    }

    fn so_far(&self) -> Vec<u8> {
        self.bytes.lock().expect("no reader panics").clone()
    }

    fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

fn collect(mut pipe: impl Read, bytes: &Mutex<Vec<u8>>) {
    let mut piece = vec![0; 65536];
    loop {
        match pipe.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => bytes.lock().expect("no reader panics").extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => panic!("reading a pipe: {error}"),
        }
    }
}
