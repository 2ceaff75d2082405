//! A call of the program with its output in memory, so that thousands can run without a thread for each.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::common::Home;

pub struct Caller {
    pub child: Child,
    pub words: Vec<String>,
    stdout: File,
    stderr: File,
}

/// How a call has ended.
#[derive(Debug)]
pub struct Ended {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: ExitStatus,
}

impl Caller {
    /// `cacheback WORDS` in `home`, with `input` on standard input.
    pub fn start(home: &Home, words: Vec<String>, input: &[u8]) -> Self {
        Self::start_program(Home::program(), home, words, input)
    }

    /// `PROGRAM WORDS`.
    pub fn start_program(program: &Path, home: &Home, words: Vec<String>, input: &[u8]) -> Self {
        let stdin = if input.is_empty() { Stdio::null() } else { Stdio::from(OwnedFd::from(file_of(input))) };
        Self::start_with(program, home, words, stdin)
    }

    /// `cacheback WORDS` with a standard input of any kind.
    pub fn start_fed(home: &Home, words: Vec<String>, stdin: Stdio) -> Self {
        Self::start_with(Home::program(), home, words, stdin)
    }

    fn start_with(program: &Path, home: &Home, words: Vec<String>, stdin: Stdio) -> Self {
        let (stdout, stderr) = (file_of(b""), file_of(b""));
        let copy = |file: &File| Stdio::from(OwnedFd::from(file.try_clone().expect("a descriptor")));
        let mut command = Command::new(program);
        command.args(&words).current_dir(home.root().join("work")).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", home.path()).env("TMPDIR", home.root().join("tmp"));
        command.env("CACHEBACK_TEST_ID", home.id());
        command.stdout(copy(&stdout)).stderr(copy(&stderr));
        let child = command.stdin(stdin).spawn().expect("the program starts");
        Self { child, words, stdout, stderr }
    }

    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    pub fn is_under_way(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end; returns what it has written and how it ended.
    pub fn end(&mut self) -> Ended {
        let status = self.child.wait().expect("it is our child");
        let read = |file: &mut File| {
            let mut bytes = Vec::new();
            file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a file in memory");
            bytes
        };
        Ended { stdout: read(&mut self.stdout), stderr: read(&mut self.stderr), status }
    }
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = File::from(memfd_create(c"proof", MFdFlags::MFD_CLOEXEC).expect("a file in memory"));
    file.write_all(bytes).and_then(|()| file.rewind()).expect("a file in memory");
    file
}
