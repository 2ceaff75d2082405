//! What a process does while it waits for a run of another host: it shows that it waits, and ends by a signal like any
//! waiter.
//!
//! A thread without signals waits for the answer, while the first thread sleeps until there is something to do. The
//! thread ends before the process forks.

use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use crate::cache::turn::PATIENCE;
use crate::cache::{Host, Wait};
use crate::flight::{Flight, Lead as _, RemoteLeader};
use crate::sys::inbox::{Inbox, Received};
use crate::sys::pipe::pipe;
use crate::sys::poll::{end, input, poll};
use crate::sys::signal::{ends_by_default, let_signals_through, without_signals};

/// The leader of a flight that waits for another host.
pub(super) struct WaitingLeader<'a> {
    host: &'a Host,
    flight: &'a Flight,
    /// The signals of this process; `None` if they are left to the program.
    inbox: Option<Inbox>,
    remote: Option<RemoteLeader>,
    notice_at: Option<Instant>,
    is_shown: bool,
}

impl<'a> WaitingLeader<'a> {
    pub(super) fn new(host: &'a Host, flight: &'a Flight) -> Self {
        let inbox = host.dies_by.and_then(|_| Inbox::open().ok());
        let notice_at = Instant::now().checked_add(PATIENCE);
        Self { host, flight, inbox, remote: None, notice_at, is_shown: false }
    }

    /// Tells local waiters which process of another host this process waits for.
    pub(super) fn follow(&mut self, remote: Option<RemoteLeader>) {
        if self.remote != remote {
            self.flight.follow(remote.as_ref());
            self.remote = remote;
        }
    }

    /// Does `work` in a thread; meanwhile shows that this process waits, and takes its signals.
    pub(super) fn beside(&mut self, work: &mut (dyn FnMut() + Send)) {
        let Ok((over, working)) = pipe() else { return work() };
        thread::scope(|scope| {
            let work = move || {
                work();
                drop(working);
            };
            let thread = without_signals(|| thread::Builder::new().spawn_scoped(scope, work));
            if let Ok(Ok(_)) = thread {
                self.wait(&over, None);
            }
        });
    }

    /// The same for `pause`, without work.
    pub(super) fn pause(&mut self, pause: Duration) {
        let Ok((over, _open)) = pipe() else { return thread::sleep(pause) };
        self.wait(&over, Instant::now().checked_add(pause));
    }

    fn wait(&mut self, over: &impl AsFd, until: Option<Instant>) {
        let left = |until: Option<Instant>| until.map(|until| until.saturating_duration_since(Instant::now()));
        loop {
            let patience = [left(until), left(self.notice_at)].into_iter().flatten().min();
            let [is_over, signals] = poll([end(over.as_fd()), input(self.inbox.as_ref().map(Inbox::as_fd))], patience);
            if signals.is_ready() {
                self.take_signals();
            }
            if is_over.is_ready() || left(until).is_some_and(|left| left.is_zero()) {
                return;
            }
            if left(self.notice_at).is_some_and(|left| left.is_zero()) {
                let wait = self.remote.clone().map_or(Wait::Goes(None), Wait::GoesRemotely);
                self.is_shown = true;
                self.notice_at = Instant::now().checked_add((self.host.waiting)(wait));
            }
        }
    }

    /// Ends by a signal. Local waiters start again at once, and no file is left.
    fn take_signals(&mut self) {
        let mut received = Vec::new();
        self.inbox.iter().for_each(|inbox| inbox.read(&mut received));
        let signal = received.into_iter().find_map(|received| match received {
            Received::Signal { signal, .. } if ends_by_default(signal) => Some(signal),
            _ => None,
        });
        if let (Some(signal), Some(die_by)) = (signal, self.host.dies_by) {
            let _: io::Result<()> = self.flight.land(None);
            self.hide();
            die_by(signal);
        }
    }

    fn hide(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            (self.host.waiting)(Wait::Over);
        }
    }
}

impl Drop for WaitingLeader<'_> {
    fn drop(&mut self) {
        self.hide();
        self.follow(None);
        if self.inbox.take().is_some() {
            let_signals_through();
        }
    }
}
