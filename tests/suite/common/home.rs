//! A home directory of a test's own.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use tempfile::TempDir;

use super::machine::PATH;
use super::{Call, Outcome, Process, Running, has, wait_until};

/// A home directory with a cache of its own. When it is dropped, no process that was started in it may be left.
pub struct Home {
    root: TempDir,
    id: String,
}

impl Home {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let root = tempfile::Builder::new().prefix("cacheback-test-").tempdir().expect("a temporary directory");
        let id = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let home = Self { root, id };
        for name in ["home", "bin", "runs", "gates", "tmp", "work"] {
            fs::create_dir(home.root.path().join(name)).expect("a new directory");
        }
        symlink(Self::program(), home.bin("cacheback")).expect("a new link");
        home
    }

    /// A new home; nothing where `program` is not installed, so that the caller skips its test.
    pub fn with(program: &str) -> Option<Self> {
        has(program).then(Self::new)
    }

    /// The program under test.
    pub fn program() -> &'static Path {
        assert_cmd::cargo::cargo_bin!("cacheback")
    }

    /// What processes of this home have in their environment, as `CACHEBACK_TEST_ID`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Everything that belongs to this test.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// `$HOME`.
    pub fn path(&self) -> PathBuf {
        self.root().join("home")
    }

    /// A path in the directory that calls run in.
    pub fn work(&self, name: &str) -> PathBuf {
        self.root().join("work").join(name)
    }

    /// A path in the directory that comes first in `$PATH`.
    pub fn bin(&self, name: &str) -> PathBuf {
        self.root().join("bin").join(name)
    }

    /// The directory of the default database.
    pub fn cache(&self) -> PathBuf {
        self.path().join(".cache/cacheback")
    }

    /// The default database.
    pub fn db(&self) -> PathBuf {
        self.cache().join("cache.db")
    }

    /// The directory of the lock files.
    pub fn flights(&self) -> PathBuf {
        self.cache().join("cache.db-flights")
    }

    /// Any program, with only the environment that this home gives it.
    pub fn call(&self, program: impl AsRef<OsStr>, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Call {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root().join("work")).env_clear();
        command.env("PATH", format!("{}:{PATH}", self.root().join("bin").display()));
        command.env("HOME", self.path()).env("TMPDIR", self.root().join("tmp"));
        command.env("LC_ALL", "C").env("CACHEBACK_TEST_ID", self.id());
        Call::new(command)
    }

    /// `cacheback ARGS`, not yet started.
    pub fn cacheback(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Call {
        self.call(Self::program(), args)
    }

    /// `cacheback run ARGS`, not yet started.
    pub fn running(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Call {
        args.into_iter().fold(self.cacheback(["run"]), Call::arg)
    }

    /// `cacheback run ARGS` to its end.
    #[track_caller]
    pub fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        self.running(args).go()
    }

    /// `cacheback run ARGS`, started.
    #[track_caller]
    pub fn start(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Running {
        self.running(args).spawn()
    }

    /// `cacheback invalidate ARGS` to its end.
    #[track_caller]
    pub fn invalidate(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        args.into_iter().fold(self.cacheback(["invalidate"]), Call::arg).go()
    }

    /// `cacheback delete ARGS` to its end.
    #[track_caller]
    pub fn delete(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        args.into_iter().fold(self.cacheback(["delete"]), Call::arg).go()
    }

    /// The default configuration file.
    pub fn config(&self) -> PathBuf {
        self.path().join(".config/cacheback/config.toml")
    }

    /// Writes the default configuration file.
    pub fn configure(&self, text: &str) {
        fs::create_dir_all(self.config().parent().expect("it is in a directory")).expect("a new directory");
        fs::write(self.config(), text).expect("a writable directory");
        fs::set_permissions(self.config(), Permissions::from_mode(0o600)).expect("it is ours");
    }

    /// `cacheback get ARGS` to its end.
    #[track_caller]
    pub fn get(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        args.into_iter().fold(self.cacheback(["get"]), Call::arg).go()
    }

    /// A shell script, not yet started; it finds `cacheback` in its `$PATH`.
    pub fn shell(&self, script: &str) -> Call {
        self.call("/bin/sh", ["-c", script])
    }

    /// Makes a command of this name that counts its runs and then does `body`, a shell script.
    pub fn script(&self, name: &str, body: &str) {
        let runs = self.runs_file(name);
        let prelude = format!("#!/bin/sh\necho >> '{}'\n", runs.display());
        self.executable(&self.bin(name), &format!("{prelude}{body}\n"));
    }

    /// Makes a command of this name that prints how many times it has run.
    pub fn counter(&self, name: &str) {
        self.script(name, &format!("wc -l < '{}'", self.runs_file(name).display()));
    }

    /// Makes a command of this name that counts its runs, waits at a gate, and then does `body`.
    pub fn gated(&self, name: &str, body: &str) -> Gate {
        let gate = self.gate(name);
        self.script(name, &format!("{}\n{body}", gate.pass()));
        gate
    }

    /// A gate for scripts to wait at.
    pub fn gate(&self, name: &str) -> Gate {
        let path = self.root().join("gates").join(name);
        nix::unistd::mkfifo(&path, Mode::S_IRWXU | Mode::S_IRWXG | Mode::S_IRWXO).expect("a new FIFO");
        fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("it is ours");
        // Open for reading, too: no script waits in `open`, and none sees the end before the gate is dropped.
        let pipe = OpenOptions::new().read(true).write(true).open(&path).expect("a FIFO of ours");
        Gate { pipe, path }
    }

    /// Writes an executable file, by another process: a child that is forked at that time would inherit the open file from
    /// this one, and executing it would fail with ETXTBSY.
    pub fn executable(&self, path: &Path, text: &str) {
        let mut install = assert_cmd::Command::new("install");
        install.args(["-m", "755", "/dev/stdin"]).arg(path).write_stdin(text).assert().success();
    }

    /// How many times the command `name` was run.
    pub fn runs(&self, name: &str) -> usize {
        fs::read(self.runs_file(name)).map_or(0, |marks| marks.len())
    }

    /// Waits until the command `name` was started this many times.
    #[track_caller]
    pub fn until_runs(&self, name: &str, expected: usize) {
        wait_until(&format!("{name} was started {expected} times"), || self.runs(name) >= expected);
        assert_eq!(self.runs(name), expected, "{name} was started too often");
    }

    fn runs_file(&self, name: &str) -> PathBuf {
        self.root().join("runs").join(name)
    }

    /// All live processes that were started in this home.
    pub fn processes(&self) -> Vec<Process> {
        Process::with_environment(&format!("CACHEBACK_TEST_ID={}", self.id()))
    }

    /// Waits until a command waits at its gate as `head` ([`Gate::pass_as_head`]).
    #[track_caller]
    pub fn until_head_waits(&self) {
        let is_head = |process: &Process| process.command_line.starts_with("head ");
        wait_until("head waits at a gate", || self.processes().iter().any(is_head));
    }

    /// Waits until no process started in this home is left.
    #[track_caller]
    pub fn until_quiet(&self) {
        wait_until("no process is left", || self.processes().is_empty());
    }

    /// Waits until no process started in this home is left but `caller`.
    #[track_caller]
    pub fn until_left(&self, caller: &Running) {
        wait_until("the others have ended", || self.processes().iter().all(|process| process.pid == caller.pid()));
    }

    /// Waits until `caller` sleeps on another caller's flight.
    #[track_caller]
    pub fn until_joined(&self, caller: &Running) {
        wait_until("the caller waits for the flight", || {
            caller.process().is_some_and(|process| process.sleeps_on(&self.flights()))
        });
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let end = Instant::now() + Duration::from_secs(if thread::panicking() { 0 } else { 10 });
        let mut left = self.processes();
        while !left.is_empty() && Instant::now() < end {
            thread::sleep(Duration::from_millis(10));
            left = self.processes();
        }
        for process in &left {
            process.kill(Signal::SIGKILL);
        }
        assert!(left.is_empty() || thread::panicking(), "processes were left behind: {left:#?}");
    }
}

/// Holds scripts up until the test lets them go, one at a time or all; when it is dropped, all may pass.
pub struct Gate {
    pipe: File,
    path: PathBuf,
}

impl Gate {
    /// The line of shell that waits at this gate.
    pub fn pass(&self) -> String {
        format!("read -r go < '{}'", self.path.display())
    }

    /// The line of shell that waits at this gate as `head`: bash, where it is `sh`, ignores SIGQUIT.
    pub fn pass_as_head(&self) -> String {
        format!("exec head -n 1 '{}'", self.path.display())
    }

    /// Lets one script pass, now or when it comes.
    pub fn let_one_go(&self) {
        (&self.pipe).write_all(b"\n").expect("the FIFO has room");
    }

    /// Lets all scripts pass from now on.
    pub fn open(&self) {
        (&self.pipe).write_all(&[b'\n'; 4096]).expect("the FIFO has room");
    }
}

impl Drop for Gate {
    /// A script that comes later must not wait in `open` for somebody to write: it finds a file of lines.
    fn drop(&mut self) {
        let lines = self.path.with_extension("lines");
        if fs::write(&lines, [b'\n'; 4096]).is_ok() {
            let _ = fs::rename(lines, &self.path);
        }
    }
}
