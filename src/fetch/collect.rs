//! A fetch within a host program, which may have threads, signal handlers and children of its own.
//!
//! It changes no signal mask, no handler and no environment of the process, and leaves no descriptor open. The standard
//! library starts the command, and this module reaps it. The two pipes say nothing of the order of their writes: where
//! both have output, standard output is read first.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::capture::{Capture, Lost, Spool, keep_end};
use super::command::{Running, status_of_failure};
use super::environment;
use super::supervise::complete::{AFTER_END, SILENCE};
use super::supervise::limit::GRACE;
use super::supervise::order::Fetched;
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::model::key::Key;
use crate::model::time::{Moment, Timestamp};
use crate::model::transcript::Stream;
use crate::sys::poll::{input, poll};
use crate::sys::process;
use crate::sys::signal::SIGKILL;

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// How much of the end of standard error is kept to say why a fetch has failed.
const TAIL: usize = 1024;

/// How often it is checked whether the command has ended, where the system does not announce that.
const CHECK: Duration = Duration::from_millis(20);

/// What to fetch.
pub(crate) struct Collected<'a> {
    pub(crate) invocation: &'a Invocation,
    /// The command finds this key in its environment.
    pub(crate) key: Key,
    /// The command finds there that nobody waits for it.
    pub(crate) in_background: bool,
    /// When its time is up.
    pub(crate) deadline: Option<Instant>,
    /// How much of its output may be stored, and where that goes if it is too large for memory.
    pub(crate) max_size: u64,
    pub(crate) spool: &'a dyn Spool,
    /// Called once it is certain that nothing of the fetch is kept, with when it began and why.
    pub(crate) send_off: &'a dyn Fn(Moment, &Lost),
}

/// Runs the command, and gives what it writes to `take` at once.
pub(crate) fn collect<'a>(order: &Collected<'a>, take: &mut dyn FnMut(Stream, &[u8])) -> Fetched<'a> {
    let started = Instant::now();
    let mut fetched = Fetched::new(Moment::now(), Capture::new(order.spool, order.max_size), None);
    match spawn(order) {
        Ok(child) => {
            let mut collector = Collector {
                child,
                order,
                fetched: &mut fetched,
                is_sent_off: false,
                limit: order.deadline,
                timed_out: false,
                ended_at: None,
                last: Instant::now(),
            };
            collector.run(take);
            fetched.took = collector.last.saturating_duration_since(started);
        }
        Err(error) => {
            fetched.status = status_of_failure(&error);
            fetched.start_error = Some(error);
        }
    }
    fetched.ended_at = Timestamp::now();
    fetched
}

fn spawn(order: &Collected<'_>) -> io::Result<Child> {
    let argv = order.invocation.exec_argv();
    let first = argv.first().ok_or(io::ErrorKind::InvalidInput)?;
    let program = Path::new(first);
    let mut command = match &order.invocation.cwd {
        // From which directory std resolves a relative path depends on the system.
        Some(directory) if program.components().count() > 1 || program.starts_with(".") => {
            Command::new(directory.join(program))
        }
        _ => Command::new(program),
    };
    command.arg0(first).args(&argv[1..]).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(match &order.invocation.stdin {
        Some(input) => Stdio::from(input.open()?),
        None => Stdio::null(),
    });
    command.env(environment::RUNNING_KEYS, environment::running_with(order.invocation, &order.key));
    if order.in_background {
        command.envs(environment::background());
    }
    if let Some(directory) = &order.invocation.cwd {
        command.current_dir(directory);
    }
    command.spawn()
}

struct Collector<'c, 'o, 'a> {
    child: Child,
    order: &'c Collected<'a>,
    fetched: &'o mut Fetched<'a>,
    is_sent_off: bool,
    /// When the command gets TERM, or KILL after that.
    limit: Option<Instant>,
    timed_out: bool,
    ended_at: Option<Instant>,
    /// When the command ended, or when output came last.
    last: Instant,
}

impl Collector<'_, '_, '_> {
    /// Returns when the command has been reaped and its output is complete.
    fn run(&mut self, take: &mut dyn FnMut(Stream, &[u8])) {
        let mut stdout = self.child.stdout.take();
        let mut stderr = self.child.stderr.take();
        let end = process::end_of(self.child.id()).ok();
        let mut piece = vec![0; PIECE];
        loop {
            let is_running = self.ended_at.is_none();
            let watched = [
                input(stdout.as_ref().map(AsFd::as_fd)),
                input(stderr.as_ref().map(AsFd::as_fd)),
                input(end.as_ref().filter(|_| is_running).map(AsFd::as_fd)),
            ];
            let check = (is_running && end.is_none()).then_some(CHECK);
            let patience = self.patience().into_iter().chain(check).min();
            let [from_stdout, from_stderr, _] = poll(watched, patience);
            if from_stdout.is_ready() {
                self.read(&mut stdout, Stream::Stdout, &mut piece, take);
            }
            if from_stderr.is_ready() {
                self.read(&mut stderr, Stream::Stderr, &mut piece, take);
            }
            if is_running {
                self.reap();
            }
            self.enforce_limit();
            let is_at_end = stdout.is_none() && stderr.is_none();
            let is_over = self.completion_deadline().is_some_and(|deadline| deadline <= Instant::now());
            if self.ended_at.is_some() && (is_at_end || is_over) {
                return;
            }
        }
    }

    fn read<R: Read>(
        &mut self,
        pipe: &mut Option<R>,
        stream: Stream,
        piece: &mut [u8],
        take: &mut dyn FnMut(Stream, &[u8]),
    ) {
        let Some(open) = pipe else { return };
        let size = match open.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            Ok(0) | Err(_) => {
                *pipe = None;
                return;
            }
            Ok(size) => size,
        };
        let data = &piece[..size];
        self.last = Instant::now();
        take(stream, data);
        if stream == Stream::Stderr {
            keep_end(&mut self.fetched.stderr_tail, data, TAIL);
        }
        self.fetched.capture.push(stream, data);
        if let Some(lost) = self.fetched.capture.lost()
            && !self.is_sent_off
        {
            self.is_sent_off = true;
            (self.order.send_off)(self.fetched.began, lost);
        }
    }

    fn reap(&mut self) {
        let status = match self.child.try_wait() {
            Ok(None) => return,
            Ok(Some(_)) if self.timed_out => ExitStatus::TimedOut,
            Ok(Some(status)) => status.into(),
            // Something else in this program has reaped it.
            Err(_) => ExitStatus::Failed,
        };
        self.fetched.status = status;
        self.fetched.interrupted = self.timed_out;
        self.last = Instant::now();
        self.ended_at = Some(self.last);
    }

    fn enforce_limit(&mut self) {
        let now = Instant::now();
        if self.ended_at.is_some() || self.limit.is_none_or(|limit| limit > now) {
            return;
        }
        // It has not been reaped, so the number is still its own.
        let command = Running::child(self.child.id() as i32);
        if self.timed_out {
            command.signal_all(SIGKILL);
            self.limit = None;
        } else {
            self.timed_out = true;
            command.terminate();
            self.limit = now.checked_add(GRACE);
        }
    }

    /// When the output counts as complete although another process may still write to it.
    fn completion_deadline(&self) -> Option<Instant> {
        let ended_at = self.ended_at?;
        if self.timed_out {
            return Some(ended_at + SILENCE);
        }
        let at_last = ended_at + AFTER_END;
        Some((self.last + SILENCE).min(at_last).min(self.limit.unwrap_or(at_last)))
    }

    /// How long until the next deadline.
    fn patience(&self) -> Option<Duration> {
        let deadline = match self.ended_at {
            Some(_) => self.completion_deadline(),
            None => self.limit,
        };
        deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}
