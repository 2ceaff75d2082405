//! One fetch from start to end: the loop that streams, captures, signals and keeps time.
//!
//! This file starts the command, waits for something to do, and does it in order. The parts of the work are in the
//! other files of this folder.

pub(super) mod complete;
pub(super) mod limit;
pub(super) mod order;
mod output;
mod reader;
mod signals;

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::capture::Capture;
use super::command::{Running, status_of_failure};
use super::environment;
use super::forward::Forwarding;
use super::link::Link;
use super::outlet::Delivery;
use super::progress::Progress;
use super::source::Source;
use super::tap::Tap;
use super::terminal::Terminal;
use crate::model::exit::ExitStatus;
use crate::model::time::{Moment, Timestamp};
use crate::model::transcript::Stream;
use crate::sys::deadline::continue_from;
use crate::sys::inbox::{Inbox, Received};
use crate::sys::poll::{Ready, input, poll, room};

use limit::Limit;
use order::{Audience, Fetched, Order};

/// How long to wait for the announcement of a write that can be read already: it follows within
/// microseconds unless the writer has just lost its processor.
const ANNOUNCEMENT_LAG: Duration = Duration::from_millis(20);

/// A command that runs, or that has ended and whose reader has not taken all of its output.
pub(super) struct Supervisor<'a> {
    order: &'a Order<'a>,
    began: Moment,
    inbox: Inbox,
    /// Memory for what is read from it.
    received: Vec<Received>,
    /// The command's output; `None` once it is not needed any more.
    tap: Option<Box<dyn Source>>,
    command: Running,
    link: Option<Link>,
    /// Where the output goes; `None` when the fetch is detached.
    delivery: Option<Delivery>,
    /// The progress bar, until the command writes something itself.
    progress: Option<Progress>,
    /// Why standard output could not be written, where there is no link to say so.
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
    /// When this turn began: a signal that is read in the turn in which the end is noted came before that end.
    turned_at: Instant,
    /// When output came last; set after the command has ended only.
    last_output: Option<Instant>,
    /// What the command itself left in the pipes has been read.
    is_drained: bool,
    /// For how long after its end the output was not read because of a slow reader, and since when it is not read.
    held_for: Duration,
    held_since: Option<Instant>,
    /// There is more announced output than was read in one turn.
    is_behind: bool,
    /// Waiters know that its result is not kept.
    is_sent_off: bool,
    /// What has still to be done later.
    later: Option<(Instant, &'a dyn Fn())>,
}

impl std::fmt::Debug for Supervisor<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Supervisor").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// Runs the command and reads it to its end.
///
/// With a caller at the other end of a link, the output is streamed to the standard descriptors; when their reader
/// goes away, the caller gets a message and the rest is captured in a session of our own.
pub fn supervise<'a>(order: &'a Order<'a>, audience: Audience) -> Fetched<'a> {
    let began = Moment::now();
    let started = Instant::now();
    let (attached, link) = match audience {
        Audience::Caller(link) => (true, Some(link)),
        Audience::Here => (true, None),
        Audience::Nobody => (false, None),
    };
    let set_up = || {
        if !attached {
            environment::enter_background();
            // Before the command can stop this process.
            order.deadline.into_iter().for_each(continue_from);
        }
        let inbox = Inbox::open_for_all()?;
        let tap: Box<dyn Source> = match order.invocation.terminal {
            Some(size) => Box::new(Terminal::open(size)?),
            None => Box::new(Tap::open()?),
        };
        let (stdout, stderr) = tap.ends_for_command()?;
        let command = Running::start(order.invocation, stdout, stderr, !attached)?;
        io::Result::Ok((inbox, tap, command))
    };
    let mut fetched = Fetched::new(began, Capture::new(order.spool, order.policy.max_size), link);
    match set_up() {
        Ok((inbox, tap, command)) => {
            let mut supervisor = Supervisor {
                order,
                began,
                inbox,
                received: Vec::new(),
                tap: Some(tap),
                command,
                link: fetched.link.take(),
                delivery: (attached && !order.holds_output).then(|| Delivery::open(order.is_filtered)),
                progress: Progress::new(order.last_took.filter(|_| order.shows_progress), started),
                delivery_error: None,
                capture: std::mem::replace(&mut fetched.capture, Capture::new(order.spool, 0)),
                stderr_tail: Vec::new(),
                forwarding: Forwarding::default(),
                limit: order.deadline.map_or(Limit::None, Limit::TermAt),
                timed_out: false,
                interrupted: false,
                abandoned: false,
                ended: None,
                ended_at: None,
                turned_at: started,
                last_output: None,
                is_drained: false,
                held_for: Duration::ZERO,
                held_since: None,
                is_behind: false,
                is_sent_off: false,
                later: order.later,
            };
            (order.meanwhile)();
            supervisor.run();
            fetched.took = supervisor.completed_at().saturating_duration_since(started);
            fetched.abandoned = supervisor.abandoned;
            fetched.capture = std::mem::replace(&mut supervisor.capture, Capture::new(order.spool, 0));
            fetched.stderr_tail = std::mem::take(&mut supervisor.stderr_tail);
            supervisor.leave_in(&mut fetched);
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
    /// Returns when the command has ended and its output is complete.
    fn run(&mut self) {
        loop {
            self.turn();
            self.enforce_limit();
            self.draw_progress();
            self.read();
            // Reading may have noted the end of the command.
            if self.ended.is_some() {
                let is_complete = self.completes();
                self.erase_progress();
                if is_complete || self.gives_up_reader() {
                    self.end_group();
                    return;
                }
            }
        }
    }

    /// Waits for something to do, and does it, except for reading the command's output.
    fn turn(&mut self) {
        let has_room = self.wait();
        self.turned_at = Instant::now();
        self.take_signals();
        self.take_relayed();
        self.pass_signals_on();
        if let Some((_, work)) = self.later.take_if(|(at, _)| *at <= self.turned_at) {
            work();
        }
        if has_room && let Some(Err(loss)) = self.delivery.as_mut().map(Delivery::flush) {
            self.lose_reader(loss);
        }
    }

    /// Whether the reader has not taken everything.
    fn is_blocked(&self) -> bool {
        self.delivery.as_ref().is_some_and(Delivery::is_blocked)
    }

    /// Whether the command has to wait for the reader: there is no room to keep output for later.
    fn is_held_up(&self) -> bool {
        self.delivery
            .as_ref()
            .is_some_and(|delivery| delivery.is_full() || (delivery.is_blocked() && self.capture.lost().is_some()))
    }

    fn is_ended_by_signal(&self, status: ExitStatus) -> bool {
        self.interrupted && matches!(status, ExitStatus::Killed(_))
    }

    /// Sleeps until there is something to do; whether the reader has made room.
    fn wait(&mut self) -> bool {
        let reads = !self.is_held_up();
        let patience = self.patience();
        let [stdout, stderr] = self.tap.as_ref().filter(|_| reads).map_or([None; 2], |tap| tap.sources());
        let watched = [
            input(self.inbox.as_fd()),
            input(stdout),
            input(stderr),
            input(self.link.as_ref().map(Link::as_fd)),
            room(self.delivery.as_mut().and_then(Delivery::blocked_on)),
        ];
        let [inbox, stdout, stderr, _, reader] = poll(watched, patience);
        let ready = [stdout, stderr].map(Ready::has_input);
        // Output that was left from earlier announcements has been announced.
        if !inbox.is_ready() && !self.is_behind && ready != [false; 2] {
            self.expect_announcement(ready);
        }
        reader.is_ready()
    }

    /// There is output whose announcement has not come yet.
    fn expect_announcement(&mut self, ready: [bool; 2]) {
        let Some(tap) = &mut self.tap else { return };
        if tap.awaits_announcement() {
            let [inbox] = poll([input(self.inbox.as_fd())], Some(ANNOUNCEMENT_LAG));
            if inbox.is_ready() {
                return;
            }
        }
        (0..2).filter(|index| ready[*index]).for_each(|index| tap.read_ahead(index));
    }

    /// How long until the next deadline.
    fn patience(&self) -> Option<Duration> {
        if self.is_behind && !self.is_held_up() {
            return Some(Duration::ZERO);
        }
        let draws = self.delivery.is_some() && !self.is_blocked();
        let progress = self.progress.as_ref().filter(|_| draws).map(Progress::deadline);
        let limit = self.limit.deadline().filter(|_| self.ended.is_none() || self.timed_out);
        let completion = self.completion_deadline().filter(|_| !self.is_held_up());
        let deadline = [limit, self.forwarding.deadline(), progress, completion, self.later.map(|(at, _)| at)]
            .into_iter()
            .flatten()
            .min();
        deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}
