//! Waiting for a flight that another process leads.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Directory, Flight, Landed, fleet, record};
use crate::flight::{Flights, Leader, RemoteLeader, Wait, Waited};
use crate::model::key::Key;
use crate::sys::proc;
use crate::sys::signal::without_signals;

/// How often a waiter looks at the leader.
const LOOK: Duration = Duration::from_secs(1);

/// A leader that is stopped for longer is not waited for.
const LONGEST_STOP: Duration = Duration::from_secs(1);

/// How often, and with which pauses, a waiter tries to unlink a file while others do the same.
const ATTEMPTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// A flight that another process leads.
#[derive(Debug)]
pub struct Waiting {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

impl Wait for Waiting {
    type Flight = Flight;

    fn wait(
        self,
        limit: Option<Duration>,
        patience: Duration,
        notice: impl Fn(Option<Leader>, Option<RemoteLeader>) -> Duration,
    ) -> io::Result<Waited> {
        let lock = self.file.try_clone()?;
        let (waiter, is_over) = (thread::current(), Arc::new(AtomicBool::new(false)));
        // flock(2) has no timeout. If the caller gives up first, the thread goes on, and unlocks what it has locked. A
        // channel would need more memory in each thread than musl reserves for the first one.
        let locking = without_signals({
            let is_over = is_over.clone();
            || {
                thread::spawn(move || {
                    let result = lock.lock();
                    if is_over.swap(true, Ordering::AcqRel) {
                        let _ = lock.unlock();
                    }
                    waiter.unpark();
                    result
                })
            }
        })?;
        if let Some(end) = self.watch(&is_over, limit, patience, notice)? {
            is_over.store(true, Ordering::Release);
            return Ok(end);
        }
        locking.join().map_err(|_| io::Error::other("the waiting thread ended"))??;
        self.into_locked()
    }

    fn is_leader_stopped(&self) -> bool {
        let has_begun = |leader: &Leader| leader.elapsed() >= LONGEST_STOP;
        record::read_leader(&self.file).filter(has_begun).is_some_and(|leader| self.look_at(leader).is_stopped)
    }

    fn dismiss(&self) -> io::Result<bool> {
        let Some(directory) = self.path.parent() else { return Ok(false) };
        let directory = File::open(directory)?;
        for _ in 0..ATTEMPTS {
            let metadata = self.file.metadata()?;
            if metadata.nlink() == 0 {
                return Ok(true);
            }
            // One at a time, or a second waiter would unlink the flight that the first one has begun.
            if let Err(TryLockError::WouldBlock) = directory.try_lock() {
                thread::sleep(PAUSE);
                continue;
            }
            let is_named = self.path.symlink_metadata().is_ok_and(|named| named.ino() == metadata.ino());
            if is_named {
                std::fs::remove_file(&self.path)?;
            }
            return Ok(true);
        }
        Ok(false)
    }
}

impl Waiting {
    /// Watches the leader until the thread that locks sets `is_over`. Returns why the wait ends, if it ends before.
    fn watch(
        &self,
        is_over: &AtomicBool,
        limit: Option<Duration>,
        patience: Duration,
        notice: impl Fn(Option<Leader>, Option<RemoteLeader>) -> Duration,
    ) -> io::Result<Option<Waited>> {
        let after = |pause: Duration| Instant::now().checked_add(pause);
        let until = |deadline: Option<Instant>| {
            deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
        };
        let limit = limit.and_then(after);
        let (mut next_look, mut next_notice) = (after(patience), after(patience));
        let mut leader: Option<Leader> = None;
        // A leader that was found stopped twice may have continued in between.
        let mut stopped_since: Option<Instant> = None;
        let mut has_checked_ancestors = false;
        loop {
            thread::park_timeout(until(limit).min(until(next_look)).min(until(next_notice)));
            if is_over.load(Ordering::Acquire) {
                return Ok(None);
            }
            if until(limit).is_zero() {
                return Ok(Some(Waited::TimedOut));
            }
            // Once is enough: a process gets no other ancestors that could lead.
            if !std::mem::replace(&mut has_checked_ancestors, true) && proc::an_ancestor_has_open(&self.file) {
                return Ok(Some(Waited::InItself));
            }
            if until(next_look).is_zero() {
                next_look = after(LOOK);
                leader = self.leader().map(|leader| self.look_at(leader));
                let was_stopped = stopped_since.is_some();
                let is_stopped = leader.is_some_and(|leader| leader.is_stopped);
                stopped_since = is_stopped.then(|| stopped_since.unwrap_or_else(Instant::now));
                if stopped_since.is_some_and(|since| since.elapsed() >= LONGEST_STOP) && self.dismiss()? {
                    return Ok(Some(Waited::Dismissed(fleet::read_token(&self.file))));
                }
                if is_stopped != was_stopped {
                    next_notice = after(Duration::ZERO);
                }
            }
            if until(next_notice).is_zero() {
                next_notice = after(notice(leader, fleet::read_remote(&self.file)));
            }
        }
    }

    /// What the locked file says: see the table in `file/mod.rs`.
    fn into_locked(self) -> io::Result<Waited> {
        let has_name = self.file.metadata()?.nlink() > 0;
        match record::read_outcome(&self.file)? {
            Some(outcome) => {
                if has_name {
                    std::fs::remove_file(&self.path)?;
                }
                Ok(Waited::Landed(Landed { outcome, file: self.file }))
            }
            None if has_name => Ok(Waited::Leads(Flight::begin(self.file, self.path)?)),
            None => Ok(Waited::Again),
        }
    }

    /// The leader. One that has not signed yet is still preparing the fetch, and is searched for among the processes.
    fn leader(&self) -> Option<Leader> {
        record::read_leader(&self.file).or_else(|| {
            let key = Key::from_hex(self.path.file_name()?.to_str()?)?;
            Directory(self.path.parent()?).in_progress().remove(&key)
        })
    }

    /// Checks whether `leader` is stopped, if it has the flight open: in another container, its number is another one.
    fn look_at(&self, leader: Leader) -> Leader {
        Leader { is_stopped: proc::is_stopped(leader.pid) && proc::has_open(leader.pid, &self.file), ..leader }
    }
}
