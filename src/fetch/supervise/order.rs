//! The order of a fetch, and its result.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use super::Supervisor;
use crate::fetch::capture::{Capture, Lost, Spool};
use crate::fetch::command::StartError;
use crate::fetch::link::{Ended, Link, Message};
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::model::time::{Moment, Timestamp};
use crate::model::transcript::Stream;
use crate::policy::FetchPolicy;
use crate::sys::{errno, process};

/// Who sees the output while it is fetched.
#[derive(Debug)]
pub enum Audience {
    /// The caller, a process of its own at the other end of the link.
    Caller(Link),
    /// The caller, which is this process: no other could be forked.
    Here,
    /// Nobody: the fetch is detached.
    Nobody,
}

/// What to fetch.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// What to run.
    pub invocation: &'a Invocation,
    /// How much of its output is kept, and how long it may run without a caller.
    pub policy: &'a FetchPolicy,
    /// When its time is up.
    pub deadline: Option<Instant>,
    /// Where a capture goes that is too large for memory.
    pub spool: &'a dyn Spool,
    /// The flight's file, whose lock waiters wait for.
    pub flight: Option<&'a File>,
    /// How long it took the last time, if that is known.
    pub last_took: Option<Duration>,
    /// The caller sees a progress bar, if it is known how long the fetch took the last time.
    pub shows_progress: bool,
    /// What can be done while the command starts; must not wait for anything.
    pub meanwhile: &'a dyn Fn(),
    /// What is done at that time, once, if the command still runs; must not wait for anything.
    pub later: Option<(Instant, &'a dyn Fn())>,
    /// Called once it is certain that nothing of the fetch is kept, with when it began and why: others stop waiting.
    pub send_off: &'a dyn Fn(Moment, &Lost),
    /// Standard output goes to a filter, which need not read all of it.
    pub is_filtered: bool,
    /// The output is captured and not passed on, for the caller to decide at the end.
    pub holds_output: bool,
}

/// The result of a fetch.
#[derive(Debug)]
pub struct Fetched<'a> {
    /// How the command ended.
    pub status: ExitStatus,
    /// Somebody ended it: a signal reached us, the time was up, the caller was killed. Its output may be partial.
    pub interrupted: bool,
    /// The caller was killed, and the lock of the flight has been released.
    pub abandoned: bool,
    /// When it began.
    pub began: Moment,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What it wrote.
    pub capture: Capture<'a>,
    /// The end of what it wrote to standard error.
    pub stderr_tail: Vec<u8>,
    /// Why it could not be started.
    pub start_error: Option<io::Error>,
    /// Why its output could not be passed on in full.
    pub delivery_error: Option<(Stream, io::Error)>,
    /// The caller, if it is still waiting.
    pub link: Option<Link>,
    /// What serves the caller's reader, if that has not taken everything yet.
    pub(super) unserved: Option<Supervisor<'a>>,
}

impl<'a> Fetched<'a> {
    /// The result of a fetch that begins now, before anything is known about it.
    pub(in crate::fetch) fn new(began: Moment, capture: Capture<'a>, link: Option<Link>) -> Self {
        Self {
            status: ExitStatus::Failed,
            interrupted: false,
            abandoned: false,
            began,
            ended_at: Timestamp::now(),
            took: Duration::ZERO,
            capture,
            stderr_tail: Vec::new(),
            start_error: None,
            delivery_error: None,
            link,
            unserved: None,
        }
    }

    /// The end of the fetch, for the caller.
    pub fn ended(&self, stored: bool) -> Ended {
        Ended {
            status: self.status,
            stored,
            not_stored: None,
            start_error: self.start_error.as_ref().map(StartError::of),
            lingers: false,
            held: None,
            print_error: self.delivery_error.as_ref().map(|(_, error)| error.raw_os_error().unwrap_or(errno::EIO)),
        }
    }

    /// Serves the caller's reader what is left, however long that takes. Do first what others wait for.
    ///
    /// A signal meanwhile may change how the fetch ends for the caller.
    pub fn serve_reader(&mut self) {
        if let Some(supervisor) = self.unserved.take() {
            supervisor.serve_reader(self);
        }
    }

    /// Whether the caller's reader has taken everything that it will take.
    pub fn is_served(&self) -> bool {
        self.unserved.is_none()
    }

    /// Sends the end to the caller, and ends this process, which has nothing left to do. The kernel takes back all that
    /// it has at once, and wakes the caller once.
    pub fn end_process(&self, ended: Ended) -> ! {
        if let Some(link) = &self.link {
            link.send(Message::Ended(ended));
        }
        process::exit_now(0)
    }

    /// Sends the end to the caller, if it still waits.
    pub fn send_end(&mut self, ended: Ended) {
        if let Some(link) = self.link.take() {
            link.send(Message::Ended(ended));
        }
    }
}
