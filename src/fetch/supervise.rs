//! One fetch from start to end: the loop that streams, captures, signals and keeps time.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use super::capture::{Capture, Lost};
use super::command::{Running, status_of_failure};
use super::forward::{Forwarding, Recipient};
use super::link::{Link, Message, Relayed};
use super::order::{Audience, Fetched, Order};
use super::outlet::{Delivery, ReaderGone};
use super::progress::Progress;
use super::source::Source;
use super::sys::{self, Received, Signals};
use crate::exit::ExitStatus;
use crate::time::{Moment, Timestamp};
use crate::transcript::{Frames, Stream};

/// From TERM to KILL.
const GRACE: Duration = Duration::from_secs(5);

/// How often a group that is being ended is looked at, in milliseconds.
const GROUP_CHECK: i32 = 20;

/// How long to wait for the announcement of a write that is there to be read, in milliseconds: it follows within
/// microseconds unless the writer has just lost its processor.
const ANNOUNCEMENT_LAG: i32 = 20;

/// How much of a failed command's standard error is remembered.
const STDERR_TAIL: usize = 4096;

/// Ending a command that has run for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    None,
    TermAt(Instant),
    KillAt(Instant),
}

impl Limit {
    /// TERM this long `after` an instant, or never.
    fn after(start: Instant, limit: Option<Duration>) -> Self {
        limit.and_then(|limit| start.checked_add(limit)).map_or(Self::None, Self::TermAt)
    }

    fn deadline(self) -> Option<Instant> {
        match self {
            Self::TermAt(at) | Self::KillAt(at) => Some(at),
            Self::None => None,
        }
    }
}

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
    capture: Capture<'a>,
    stderr_tail: Vec<u8>,
    forwarding: Forwarding,
    limit: Limit,
    timed_out: bool,
    interrupted: bool,
    abandoned: bool,
    ended: Option<ExitStatus>,
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
    let limit = if attached { order.policy.timeout } else { Some(order.policy.refresh_timeout) };
    let set_up = || {
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
                progress: Progress::new(order.expected, started),
                capture: fetched.capture,
                stderr_tail: Vec::new(),
                forwarding: Forwarding::default(),
                limit: Limit::after(started, limit),
                timed_out: false,
                interrupted: false,
                abandoned: false,
                ended: None,
            };
            (order.meanwhile)();
            let status = supervisor.run();
            fetched.status = if supervisor.timed_out { ExitStatus::TimedOut } else { status };
            fetched.interrupted = supervisor.interrupted || supervisor.timed_out;
            fetched.abandoned = supervisor.abandoned;
            fetched.capture = supervisor.capture;
            fetched.stderr_tail = supervisor.stderr_tail;
            fetched.delivery_error = supervisor.delivery.and_then(Delivery::into_failure);
            fetched.link = supervisor.link;
        }
        Err(error) => {
            fetched.status = status_of_failure(&error);
            fetched.start_error = Some(error);
        }
    }
    fetched.ended_at = Timestamp::now();
    fetched.took = started.elapsed();
    fetched
}

impl Supervisor<'_> {
    fn run(&mut self) -> ExitStatus {
        loop {
            self.wait();
            self.take_signals();
            self.take_relayed();
            while let Some(signal) = self.forwarding.due(Instant::now()) {
                self.command.signal(signal);
            }
            self.enforce_limit();
            self.draw_progress();
            if let Some(delivery) = &mut self.delivery
                && delivery.flush().is_err()
            {
                self.lose_reader();
            }
            if self.ended.is_none() {
                self.read();
            }
            // Reading may have come upon the end.
            if let Some(status) = self.ended {
                self.read_rest();
                self.erase_progress();
                if !self.is_blocked() {
                    self.end_group();
                    return status;
                }
            }
        }
    }

    /// When the time was up for a whole group, those who outlive its leader are given the rest of their grace.
    fn end_group(&self) {
        let Limit::KillAt(deadline) = self.limit else { return };
        while self.timed_out && self.command.has_group() {
            if Instant::now() >= deadline {
                self.command.signal_all(libc::SIGKILL);
                return;
            }
            sys::poll(&mut [], GROUP_CHECK);
        }
    }

    fn is_blocked(&self) -> bool {
        self.delivery.as_ref().is_some_and(Delivery::is_blocked)
    }

    /// Sleeps until there is something to do.
    fn wait(&mut self) {
        let reads = !self.is_blocked() && self.ended.is_none();
        let sources = self.tap.as_ref().filter(|_| reads).map_or([None; 2], |tap| tap.sources().map(Some));
        let mut polled = [
            sys::interest(Some(self.signals.as_raw_fd()), libc::POLLIN),
            sys::interest(sources[0], libc::POLLIN),
            sys::interest(sources[1], libc::POLLIN),
            sys::interest(self.link.as_ref().map(Link::as_raw_fd), libc::POLLIN),
            sys::interest(self.delivery.as_ref().and_then(Delivery::blocked_on), libc::POLLOUT),
            sys::interest(self.delivery.as_ref().and_then(Delivery::watched), 0),
        ];
        sys::poll(&mut polled, self.patience());
        let [signal, stdout, stderr, _, _, reader] = polled.map(|fd| fd.revents);
        if reader & libc::POLLERR != 0 {
            self.lose_reader();
        } else if signal == 0 && (stdout != 0 || stderr != 0) {
            self.expect_announcement([stdout != 0, stderr != 0]);
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
        let deadline = [self.limit.deadline(), self.forwarding.deadline(), progress].into_iter().flatten().min();
        deadline.map_or(-1, |deadline| {
            let left = deadline.saturating_duration_since(Instant::now()).as_millis() + 1;
            i32::try_from(left).unwrap_or(i32::MAX)
        })
    }

    /// Acts on the signals that have arrived; whether there were any.
    fn take_signals(&mut self) -> bool {
        let mut received = std::mem::take(&mut self.received);
        self.signals.read(&mut received);
        let any = !received.is_empty();
        received.drain(..).for_each(|signal| self.take(signal));
        self.received = received;
        any
    }

    fn take(&mut self, received: Received) {
        let Received { signal, sender, fd } = received;
        match signal {
            libc::SIGCHLD => self.ended = self.ended.or_else(|| self.command.ended()),
            signal if sys::FORWARDED.contains(&signal) => {
                self.interrupted = true;
                match self.link {
                    Some(_) => self.forwarding.saw(Recipient::Fetcher, signal, sender, Instant::now()),
                    None => self.command.signal(signal),
                }
            }
            _ => {
                let Some(tap) = &mut self.tap else { return };
                if signal == libc::SIGIO {
                    tap.announce_all();
                } else {
                    tap.announce(fd);
                }
            }
        }
    }

    fn take_relayed(&mut self) {
        while let Some(link) = &self.link {
            match link.relayed() {
                Ok(Some(Relayed { signal, sender })) => {
                    self.interrupted = true;
                    self.forwarding.saw(Recipient::Caller, signal, sender, Instant::now());
                }
                Ok(None) => return,
                Err(_) => self.abandon(),
            }
        }
    }

    /// The caller was killed: nobody wants the command any more, and those who wait for the flight go on at once.
    fn abandon(&mut self) {
        self.erase_progress();
        self.link = None;
        self.delivery = None;
        self.interrupted = true;
        self.abandoned = true;
        self.capture.lose(Lost::Abandoned);
        let _ = self.order.flight.map(File::unlock);
        self.command.signal_all(libc::SIGTERM);
        self.limit = Limit::KillAt(Instant::now() + GRACE);
    }

    fn enforce_limit(&mut self) {
        let now = Instant::now();
        if self.ended.is_some() || self.limit.deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        self.limit = match self.limit {
            Limit::TermAt(_) => {
                self.timed_out = true;
                self.command.signal_all(libc::SIGTERM);
                // A stopped process would sit on it.
                self.command.signal_all(libc::SIGCONT);
                Limit::KillAt(now + GRACE)
            }
            _ => {
                self.command.signal_all(libc::SIGKILL);
                Limit::None
            }
        };
    }

    /// Empties the pipes, then passes on what was in them, until nothing is left that was announced.
    fn read(&mut self) {
        let mut is_empty = false;
        while !is_empty && !self.is_blocked() {
            is_empty = self.collect();
            let Some(batch) = self.tap.as_mut().map(Source::take_batch) else { return };
            for (stream, data) in Frames::new(batch.as_bytes()) {
                if self.keep(stream, data).is_err() {
                    self.lose_reader();
                }
            }
            if let Some(tap) = &mut self.tap {
                tap.reuse(batch);
                if self.capture.lost().is_some() {
                    tap.pour();
                }
            }
            self.stop_if_pointless();
        }
    }

    /// Reads a batch of what is announced; whether that was all of it.
    fn collect(&mut self) -> bool {
        while self.tap.as_mut().is_none_or(Source::collect) {
            if !self.take_signals() {
                return true;
            }
        }
        false
    }

    /// After the command has ended: what it left in the pipes, and no more.
    fn read_rest(&mut self) {
        if self.is_blocked() {
            return;
        }
        let Some(mut tap) = self.tap.take() else { return };
        let mut sent = Ok(());
        tap.drain(|stream, data| sent = std::mem::replace(&mut sent, Ok(())).and(self.keep(stream, data)));
        if sent.is_err() {
            self.lose_reader();
        }
    }

    /// Keeps and passes on one piece of output.
    fn keep(&mut self, stream: Stream, data: &[u8]) -> Result<(), ReaderGone> {
        if self.progress.as_ref().is_some_and(|progress| progress.yields_to(stream)) {
            self.erase_progress();
        }
        let sent = self.delivery.as_mut().map_or(Ok(()), |delivery| delivery.send(stream, data));
        self.capture.push(stream, data);
        // On a terminal there is no telling what was said of a failure.
        if stream == Stream::Stderr || self.order.invocation.terminal.is_some() {
            let tail = &data[data.len().saturating_sub(STDERR_TAIL)..];
            self.stderr_tail.extend_from_slice(tail);
            let excess = self.stderr_tail.len().saturating_sub(STDERR_TAIL);
            self.stderr_tail.drain(..excess);
        }
        sent
    }

    fn draw_progress(&mut self) {
        if !self.is_blocked()
            && let Some(progress) = &mut self.progress
            && let Some(delivery) = &mut self.delivery
            && let Some(drawn) = progress.due(Instant::now())
        {
            // A terminal that is gone shows no bar; losing it is noticed by what the command writes.
            let _ = delivery.send(Stream::Stderr, &drawn);
        }
    }

    fn erase_progress(&mut self) {
        if let Some(progress) = self.progress.take()
            && let Some(delivery) = &mut self.delivery
        {
            let _ = delivery.send(Stream::Stderr, progress.erasure());
        }
    }

    /// The reader of the output is gone (`| head -1`): the caller ends by SIGPIPE as the command would have, and the
    /// capture goes on without it.
    fn lose_reader(&mut self) {
        self.erase_progress();
        let Some(link) = self.link.take() else {
            if self.delivery.is_some() {
                sys::die_by(libc::SIGPIPE);
            }
            return;
        };
        link.tell(Message::Detached);
        drop(link);
        self.delivery = None;
        self.limit = Limit::after(Instant::now(), Some(self.order.policy.refresh_timeout));
        sys::leave_session();
        self.stop_if_pointless();
    }

    /// Output that nobody sees and nobody keeps is not read: its writer learns that from SIGPIPE.
    fn stop_if_pointless(&mut self) {
        let is_pointless = self.delivery.is_none() && !self.order.holds_output;
        if is_pointless && self.capture.lost().is_some() && self.tap.take().is_some() {
            self.limit = Limit::TermAt(Instant::now() + GRACE);
        }
    }
}
