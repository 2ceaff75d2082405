//! What a fetch is given, and what comes of it.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use super::capture::{Capture, Lost, Spool};
use super::command::StartError;
use super::link::{Ended, Link, Message};
use super::supervise::Supervisor;
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::model::time::{Moment, Timestamp};
use crate::model::transcript::Stream;
use crate::policy::FetchPolicy;
use crate::sys::errno;

/// Who sees the output while it is fetched.
#[derive(Debug)]
pub enum Audience {
    /// The caller, a process of its own at the other end of the link.
    Caller(Link),
    /// The caller, and it is this very process: another could not be had.
    Here,
    /// Nobody: the fetch is detached.
    Nobody,
}

/// What to fetch.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// What to run.
    pub invocation: &'a Invocation,
    /// How much of its output is kept, and for how long it may go on without a caller.
    pub policy: &'a FetchPolicy,
    /// When its time is up.
    pub deadline: Option<Instant>,
    /// Where a capture goes that outgrows memory.
    pub spool: &'a dyn Spool,
    /// The file whose lock those wait for who want the result.
    pub flight: Option<&'a File>,
    /// How long it took the last time, if that is known.
    pub last_took: Option<Duration>,
    /// The caller sees how it gets on, by how long it took the last time.
    pub shows_progress: bool,
    /// What can be done while the command starts; must not wait for anything.
    pub meanwhile: &'a dyn Fn(),
    /// Called once it is certain that nothing of a fetch that began then will be kept, and why: nobody else need wait for
    /// its end.
    pub send_off: &'a dyn Fn(Moment, &Lost),
    /// Standard output goes to a program of ours, which need not read all of it.
    pub is_filtered: bool,
    /// The output is captured and not passed on, for the caller to decide at the end.
    pub holds_output: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Fetched<'a> {
    /// How the command ended.
    pub status: ExitStatus,
    /// Somebody ended it: a signal reached us, the time was up, the caller was killed. Its output may be partial.
    pub interrupted: bool,
    /// The caller was killed: the flight has been let go already.
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
    /// The caller's reader has not taken everything yet: what serves it.
    pub(super) unserved: Option<Supervisor<'a>>,
}

impl Fetched<'_> {
    /// What the caller is told of it.
    pub fn ended(&self, stored: bool) -> Ended {
        Ended {
            status: self.status,
            stored,
            too_large: false,
            start_error: self.start_error.as_ref().map(StartError::of),
            lingers: false,
            held: None,
            print_error: self.delivery_error.as_ref().map(|(_, error)| error.raw_os_error().unwrap_or(errno::EIO)),
        }
    }

    /// Serves the caller's reader what it has not taken yet, for as long as it takes. Whatever others may wait for has to
    /// be done before.
    ///
    /// What ends it may change how the fetch ends for the caller.
    pub fn serve_reader(&mut self) {
        if let Some(supervisor) = self.unserved.take() {
            supervisor.serve_reader(self);
        }
    }

    /// Tells the caller, if it is still waiting.
    pub fn tell_caller(&mut self, ended: Ended) {
        if let Some(link) = self.link.take() {
            link.tell(Message::Ended(ended));
        }
    }
}
