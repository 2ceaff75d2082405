//! One fetch from start to end: the loop that streams, captures, signals and keeps time.
//!
//! This file starts the command, waits for something to do, and says in which order it is done. The work itself is in
//! a file for each of the things that the loop is about.

mod complete;
mod limit;
mod output;
mod signals;

use std::io;
use std::time::{Duration, Instant};

use super::capture::Capture;
use super::command::{Running, status_of_failure};
use super::environment;
use super::forward::Forwarding;
use super::link::Link;
use super::order::{Audience, Fetched, Order};
use super::outlet::Delivery;
use super::progress::Progress;
use super::source::Source;
use super::sys::{self, Received, Signals};
use crate::exit::ExitStatus;
use crate::time::{Moment, Timestamp};
use crate::transcript::Stream;

use limit::Limit;

/// How long to wait for the announcement of a write that is there to be read, in milliseconds: it follows within
/// microseconds unless the writer has just lost its processor.
const ANNOUNCEMENT_LAG: i32 = 20;

struct Supervisor<'a> {
    order: &'a Order<'a>,
    signals: Signals,
    /// Memory for what is read from them.
    received: Vec<Received>,
    /// The command's output; closed once nobody has a use for it.
    tap: Option<Source>,
    command: Running,
    link: Option<Link>,
    /// Where the output goes; `None` when the fetch is detached.
    delivery: Option<Delivery>,
    /// How far it should be, until the command writes something itself.
    progress: Option<Progress>,
    /// Why standard output could not be written, where nobody else can be told.
    delivery_error: Option<(Stream, io::Error)>,
    capture: Capture<'a>,
    stderr_tail: Vec<u8>,
    forwarding: Forwarding,
    limit: Limit,
    timed_out: bool,
    interrupted: bool,
    abandoned: bool,
    ended: Option<ExitStatus>,
    ended_at: Option<Instant>,
    /// When output came last; looked at only after the command has ended.
    last_output: Option<Instant>,
    /// What the command itself left in the pipes has been read.
    is_drained: bool,
}

/// Runs the command and reads it to its end.
///
/// With a caller at the other end of a link, the output is streamed to the standard descriptors; when their reader
/// goes away, the caller is told so and the rest is captured in a session of our own.
pub fn supervise<'a>(order: &'a Order<'a>, audience: Audience) -> Fetched<'a> {
    let began = Moment::now();
    let started = Instant::now();
    let capture = Capture::new(order.spool, order.policy.max_size);
    let (attached, link) = match audience {
        Audience::Caller(link) => (true, Some(link)),
        Audience::Here => (true, None),
        Audience::Nobody => (false, None),
    };
    let set_up = || {
        if !attached {
            environment::enter_background();
            // Before the command has a chance to stop us.
            order.deadline.into_iter().for_each(sys::continue_from);
        }
        let signals = Signals::watch(&[libc::SIGCHLD, libc::SIGIO, sys::write_signal()])?;
        let tap = Source::open(order.invocation)?;
        let (stdout, stderr) = tap.ends_for_command()?;
        let command = Running::start(order.invocation, stdout, stderr, !attached)?;
        io::Result::Ok((signals, tap, command))
    };
    let mut fetched = Fetched {
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
    };
    match set_up() {
        Ok((signals, tap, command)) => {
            let mut supervisor = Supervisor {
                order,
                signals,
                received: Vec::new(),
                tap: Some(tap),
                command,
                link: fetched.link,
                delivery: (attached && !order.holds_output).then(|| Delivery::open(order.is_filtered)),
                progress: Progress::new(order.last_took.filter(|_| order.shows_progress), started),
                delivery_error: None,
                capture: fetched.capture,
                stderr_tail: Vec::new(),
                forwarding: Forwarding::default(),
                limit: order.deadline.map_or(Limit::None, Limit::TermAt),
                timed_out: false,
                interrupted: false,
                abandoned: false,
                ended: None,
                ended_at: None,
                last_output: None,
                is_drained: false,
            };
            (order.meanwhile)();
            let status = supervisor.run();
            fetched.took = supervisor.completed_at().saturating_duration_since(started);
            fetched.status = if supervisor.timed_out { ExitStatus::TimedOut } else { status };
            fetched.interrupted = supervisor.interrupted || supervisor.timed_out;
            fetched.abandoned = supervisor.abandoned;
            fetched.capture = supervisor.capture;
            fetched.stderr_tail = supervisor.stderr_tail;
            fetched.delivery_error = supervisor.delivery_error.or(supervisor.delivery.and_then(Delivery::into_failure));
            fetched.link = supervisor.link;
        }
        Err(error) => {
            fetched.status = status_of_failure(&error);
            fetched.start_error = Some(error);
        }
    }
    fetched.ended_at = Timestamp::now();
    fetched
}

impl Supervisor<'_> {
    fn run(&mut self) -> ExitStatus {
        loop {
            self.wait();
            self.take_signals();
            self.take_relayed();
            self.pass_signals_on();
            self.enforce_limit();
            self.draw_progress();
            if let Some(Err(loss)) = self.delivery.as_mut().map(Delivery::flush) {
                self.lose_reader(loss);
            }
            self.read();
            // Reading may have come upon the end.
            if let Some(status) = self.ended {
                let is_complete = self.completes();
                self.erase_progress();
                if (is_complete && !self.is_blocked()) || self.gives_its_reader_up(status) {
                    self.end_group();
                    return status;
                }
            }
        }
    }

    fn is_blocked(&self) -> bool {
        self.delivery.as_ref().is_some_and(Delivery::is_blocked)
    }

    /// Whether the reader is not waited for, now that the command has ended with `status`: a signal that ended the
    /// command ends this fetch as well, and a limit is a limit.
    fn gives_its_reader_up(&self, status: ExitStatus) -> bool {
        self.is_ended_by_signal(status)
            || (self.timed_out && self.limit.deadline().is_none_or(|deadline| deadline <= Instant::now()))
    }

    fn is_ended_by_signal(&self, status: ExitStatus) -> bool {
        self.interrupted && matches!(status, ExitStatus::Killed(_))
    }

    /// Sleeps until there is something to do.
    fn wait(&mut self) {
        let reads = !self.is_blocked();
        let sources = self.tap.as_ref().filter(|_| reads).map_or([None; 2], Source::sources);
        let mut polled = [
            sys::interest(Some(self.signals.as_raw_fd()), libc::POLLIN),
            sys::interest(sources[0], libc::POLLIN),
            sys::interest(sources[1], libc::POLLIN),
            sys::interest(self.link.as_ref().map(Link::as_raw_fd), libc::POLLIN),
            sys::interest(self.delivery.as_ref().and_then(Delivery::blocked_on), libc::POLLOUT),
        ];
        sys::poll(&mut polled, self.patience());
        let [signal, stdout, stderr, ..] = polled.map(|fd| fd.revents);
        let ready = [stdout, stderr].map(|source| source & libc::POLLIN != 0);
        if signal == 0 && ready != [false; 2] {
            self.expect_announcement(ready);
        }
    }

    /// Output is there, its announcement is not yet.
    fn expect_announcement(&mut self, ready: [bool; 2]) {
        let Some(tap) = &mut self.tap else { return };
        if tap.awaits_announcement() {
            let mut polled = [sys::interest(Some(self.signals.as_raw_fd()), libc::POLLIN)];
            sys::poll(&mut polled, ANNOUNCEMENT_LAG);
            if polled[0].revents != 0 {
                return;
            }
        }
        (0..2).filter(|index| ready[*index]).for_each(|index| tap.read_ahead(index));
    }

    /// Milliseconds until the next deadline.
    fn patience(&self) -> i32 {
        let progress = self.progress.as_ref().filter(|_| !self.is_blocked()).map(Progress::deadline);
        let limit = self.limit.deadline().filter(|_| self.ended.is_none() || self.timed_out);
        let completion = self.completion_deadline().filter(|_| !self.is_blocked());
        let deadline = [limit, self.forwarding.deadline(), progress, completion].into_iter().flatten().min();
        deadline.map_or(-1, |deadline| {
            let left = deadline.saturating_duration_since(Instant::now()).as_millis() + 1;
            i32::try_from(left).unwrap_or(i32::MAX)
        })
    }
}
