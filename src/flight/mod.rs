//! One flight per key, across processes.
//!
//! A flight is a locked file named after its key. The lock (flock(2)) belongs to the open file description, so a
//! forked fetcher inherits it, and the kernel drops it with its last holder however that one ended.
//!
//! The file is also how the leader's outcome reaches those who waited: when the fetch is over, the leader writes the
//! outcome into it, unlinks it and lets go. A waiter then gets the lock on the nameless file that it still has open:
//!
//! | the file has | a name | no name any more |
//! |---|---|---|
//! | an outcome | the leader died just before it could unlink: the outcome counts | serve the outcome |
//! | none | the leader died: the waiter leads now, with the same file | the leader was interrupted: start again |
//!
//! A file has one outcome at most, and a new flight begins with a new file, so an outcome is never mistaken for that
//! of another flight. That there was one for which the disk had no room shows in the file's size: those who waited then
//! run the command for themselves, all at once instead of one after another.
//!
//! A leader that is stopped (Ctrl-Z) holds the lock and gets nowhere. The first of those who wait and find it so for a
//! second takes the name off its file: they all start again, and one of them leads a flight that the others join. What
//! the stopped one fetches if it goes on is for its own caller. A command that is stopped alone is a slow one.
//!
//! Behind the outcome stands who leads, for
//! those who wait or ask. While the command runs, the rest of the file is a place for a transcript that outgrew memory.
//! A transcript that belongs to the outcome has its seal there.

mod leader;
mod observed;
mod outcome;
#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use self::leader::Leader;
pub use self::observed::{Observed, in_progress};
pub use self::outcome::{Outcome, Output, TranscriptReader};

use crate::model::key::Key;
use crate::model::time::Moment;
pub(crate) use crate::sys::signal::without_signals;
use crate::sys::{directory, file, proc};

/// Where the transcript begins: behind the outcome and the leader.
pub const TRANSCRIPT_AT: u64 = 64;

/// Of a flight's file: it may hold a transcript.
const MODE: u32 = 0o600;

/// How often who waits looks at the leader.
const LOOK: Duration = Duration::from_secs(1);

/// A leader that is stopped for longer is not waited for.
const LONGEST_STOP: Duration = Duration::from_secs(1);

/// How often, and with which pauses, a name is tried to be taken off while others do the same.
const ATTEMPTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// The one fetch in progress for a key. Dropping it lets the next caller lead.
#[derive(Debug)]
pub struct Flight {
    file: File,
    path: PathBuf,
}

/// A flight that has ended, with its file.
#[derive(Debug)]
pub struct Landed {
    /// How it ended.
    pub outcome: Outcome,
    file: File,
}

/// Somebody else's flight.
#[derive(Debug)]
pub struct Waiting {
    file: File,
    path: PathBuf,
}

/// What an attempt to lead gives.
#[derive(Debug)]
pub enum Attempt {
    /// This process leads.
    Leads(Flight),
    /// Another one does.
    Busy(Waiting),
    /// Another one did until a moment ago.
    Landed(Landed),
}

/// What waiting gives.
#[derive(Debug)]
pub enum Waited {
    /// The leader died, and this process leads now.
    Leads(Flight),
    /// The flight has ended.
    Landed(Landed),
    /// It ended without an outcome, or its leader is stopped and it has no name any more: try again.
    Again,
    /// It takes longer than the caller wants to wait.
    TimedOut,
    /// It would be for ever: the caller is part of what the leader runs.
    InItself,
}

/// Tries to lead the flight of `key`, without waiting. `directory` is there already.
///
/// # Errors
///
/// The file cannot be made or locked.
pub fn attempt(directory: &Path, key: &Key) -> io::Result<Attempt> {
    let path = directory.join(key.to_string());
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(MODE)
            .custom_flags(file::NO_LINK)
            .open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Attempt::Busy(Waiting { file, path })),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let metadata = file.metadata()?;
        if metadata.nlink() > 0 {
            if metadata.mode() & MODE != MODE {
                // The umask has taken away bits of our own. Without them others cannot wait, but this process can lead.
                let _ = file.set_permissions(Permissions::from_mode(MODE));
            }
            // Left behind by a leader that died; whatever it holds is not for a caller who has not waited for it.
            return Ok(Attempt::Leads(Flight::begin(file, path)?));
        }
        if let Some(outcome) = Outcome::read(&file)? {
            return Ok(Attempt::Landed(Landed { outcome, file }));
        }
    }
}

/// Whether `key` has a flight's file: somebody leads, or was killed. A look, without an attempt to lead.
pub fn is_there(directory: &Path, key: &Key) -> bool {
    !matches!(directory.join(key.to_string()).symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Takes the names off all flights in the air: whoever has joined one is served by it, and nobody joins it any more.
pub fn dismiss(directory: &Path) {
    if !is_directory(directory) {
        return;
    }
    let names = directory::names(directory).unwrap_or_default();
    for name in names.iter().filter(|name| name.len() == 64) {
        let _ = std::fs::remove_file(directory.join(name));
    }
}

/// Removes the files of flights whose leaders were killed and that nobody took over, a bounded number of them.
///
/// Whoever has such a file open already finds it without a name and without an outcome, and starts again.
pub fn sweep(directory: &Path) {
    const AT_MOST: usize = 256;
    if !is_directory(directory) {
        return;
    }
    let Ok(names) = directory::names(directory) else { return };
    for name in names.iter().filter(|name| name.len() == 64).take(AT_MOST) {
        let file = directory.join(name);
        if let Ok(open) = File::open(&file)
            && open.try_lock().is_ok()
            && open.metadata().is_ok_and(|metadata| metadata.nlink() > 0)
        {
            // A file that stays is in nobody's way.
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Whether it is a directory and no link to one, whose files may be anybody's: nothing is removed there.
fn is_directory(directory: &Path) -> bool {
    directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}

impl Waiting {
    /// Waits until the flight ends, for `limit` at most, or until its leader has been stopped for a while. After
    /// `patience` calls `notice`, and again after as long as it says each time, or when the leader stops or goes on.
    ///
    /// # Errors
    ///
    /// The lock cannot be had, for another reason than that it is held.
    pub fn wait(
        self,
        limit: Option<Duration>,
        patience: Duration,
        notice: impl Fn(Option<Leader>) -> Duration,
    ) -> io::Result<Waited> {
        let limit = limit.and_then(|limit| Instant::now().checked_add(limit));
        let until = |deadline: Option<Instant>| {
            deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
        };
        let lock = self.file.try_clone()?;
        let (caller, is_over) = (std::thread::current(), Arc::new(AtomicBool::new(false)));
        // flock has no timeout. If the caller gives up first, the thread goes on, and keeps the lock from nobody. A
        // channel would take more memory of each thread than musl has ready for the first one.
        let thread = without_signals({
            let is_over = is_over.clone();
            || {
                std::thread::spawn(move || {
                    let result = lock.lock();
                    if is_over.swap(true, Ordering::AcqRel) {
                        let _ = lock.unlock();
                    }
                    caller.unpark();
                    result
                })
            }
        })?;
        let give_up = |waited| {
            is_over.store(true, Ordering::Release);
            Ok(waited)
        };
        let after = |pause: Duration| Instant::now().checked_add(pause);
        let mut watch = Watch { next: after(patience), leader: None, stopped_at: None };
        let (mut next_notice, mut is_noticed) = (watch.next, false);
        loop {
            let next = [watch.next, next_notice].into_iter().flatten().min();
            std::thread::park_timeout(until(limit).min(until(next)));
            if is_over.load(Ordering::Acquire) {
                break;
            }
            if until(limit).is_zero() {
                return give_up(Waited::TimedOut);
            }
            // Nobody gets other ancestors who matter.
            if !std::mem::replace(&mut is_noticed, true) && proc::an_ancestor_has_open(&self.file) {
                return give_up(Waited::InItself);
            }
            if until(watch.next).is_zero() {
                let was_stopped = watch.stopped_at.is_some();
                watch.look(&self, after(LOOK));
                if watch.is_held_up() && self.take_name_off()? {
                    return give_up(Waited::Again);
                }
                if watch.stopped_at.is_some() != was_stopped {
                    next_notice = after(Duration::ZERO);
                }
            }
            if until(next_notice).is_zero() {
                next_notice = after(notice(watch.leader));
            }
        }
        thread.join().map_err(|_| io::Error::other("the waiting thread ended"))??;
        let named = self.file.metadata()?.nlink() > 0;
        match Outcome::read(&self.file)? {
            Some(outcome) => {
                if named {
                    std::fs::remove_file(&self.path)?;
                }
                Ok(Waited::Landed(Landed { outcome, file: self.file }))
            }
            None if named => Ok(Waited::Leads(Flight::begin(self.file, self.path)?)),
            None => Ok(Waited::Again),
        }
    }
}

/// What a waiter has seen of its leader.
struct Watch {
    /// When it looks again.
    next: Option<Instant>,
    leader: Option<Leader>,
    /// When the leader was found stopped for the first time; it may have gone on for a moment since.
    stopped_at: Option<Instant>,
}

impl Watch {
    fn look(&mut self, waiting: &Waiting, next: Option<Instant>) {
        self.next = next;
        self.leader = waiting.leader().map(|leader| leader.looked_at(&waiting.file));
        let is_stopped = |leader: &Leader| leader.is_stopped;
        self.stopped_at = self.leader.filter(is_stopped).map(|_| self.stopped_at.unwrap_or_else(Instant::now));
    }

    fn is_held_up(&self) -> bool {
        self.stopped_at.is_some_and(|since| since.elapsed() >= LONGEST_STOP)
    }
}

impl Waiting {
    /// Who leads; who has not signed yet, because it has more to do before it runs the command, is looked for.
    fn leader(&self) -> Option<Leader> {
        Leader::read(&self.file).or_else(|| {
            let key = Key::from_hex(self.path.file_name()?.to_str()?)?;
            let Observed { pid, since, .. } = observed::in_progress(self.path.parent()?).remove(&key)?;
            let began = Moment::from_nanos(Moment::now().as_nanos().saturating_sub(nanos(since)));
            Some(Leader { pid, began, is_stopped: false })
        })
    }

    /// Whether the leader has begun a while ago and is stopped now; for who will not wait.
    pub fn is_held_up(&self) -> bool {
        let has_begun = |leader: &Leader| leader.elapsed() >= LONGEST_STOP;
        Leader::read(&self.file).filter(has_begun).is_some_and(|leader| leader.looked_at(&self.file).is_stopped)
    }

    /// Has the next who tries begin another flight; whether this one has lost its name, now or before.
    ///
    /// # Errors
    ///
    /// The file or its directory cannot be looked at, or the name cannot be removed.
    pub fn take_name_off(&self) -> io::Result<bool> {
        let Some(directory) = self.path.parent() else { return Ok(false) };
        let directory = File::open(directory)?;
        for _ in 0..ATTEMPTS {
            let metadata = self.file.metadata()?;
            if metadata.nlink() == 0 {
                return Ok(true);
            }
            // One at a time, or a second one would take the name off the flight that the first one has begun.
            if let Err(TryLockError::WouldBlock) = directory.try_lock() {
                std::thread::sleep(PAUSE);
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

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Landed {
    /// Lets the next waiter see the outcome as well; the file stays readable.
    ///
    /// # Errors
    ///
    /// The lock cannot be let go.
    pub fn pass_on(&self) -> io::Result<()> {
        self.file.unlock()
    }

    /// The transcript, where the outcome says that the file has it; `None` if the file has none, or not what the leader
    /// wrote.
    pub fn transcript(&self) -> Option<impl Read> {
        let Output::InFile(seal) = self.outcome.output else { return None };
        seal.verify(|| TranscriptReader::new(&self.file, 0, seal.size))
    }
}

impl Flight {
    fn begin(file: File, path: PathBuf) -> io::Result<Self> {
        if file.metadata()?.len() > 0 {
            file.set_len(0)?;
        }
        Ok(Self { file, path })
    }

    /// Lets those who wait know that this process fetches.
    pub fn sign(&self) {
        // Without it they do not know whom they wait for.
        let _ = Leader::this().write(&self.file);
    }

    /// Whether others have begun another one for the same key, or may: its result is for its own caller.
    pub fn is_dismissed(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }

    /// The locked file: what is known of a transcript may be written to it, from [`TRANSCRIPT_AT`] on.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// A new file without a name beside the flight's.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn scratch(&self) -> io::Result<File> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        if let Ok(file) = file::nameless(directory) {
            return Ok(file);
        }
        // File systems without such files are rare. Killed before it is removed, it is taken for a flight's, and swept.
        let path = directory.join(format!("{:064x}", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(MODE).custom_flags(file::NO_LINK).create_new(true);
        let file = options.open(&path)?;
        std::fs::remove_file(path)?;
        Ok(file)
    }

    /// Lets this process's hold on the lock go; a forked process that shares it keeps it.
    pub fn hand_over(self) {
        drop(self.file);
    }

    /// Ends the flight. With an outcome, those who wait get it; without one, the first of them leads.
    ///
    /// # Errors
    ///
    /// The outcome cannot be written: the flight ends as if without one.
    pub fn end(self, outcome: Option<Outcome>) -> io::Result<()> {
        self.land(outcome)
    }

    /// The same, and keeps the file, of which others have their copies, open. Nobody has to wait for that.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn land(&self, outcome: Option<Outcome>) -> io::Result<()> {
        let written = outcome.map_or(Ok(()), |outcome| outcome.write(&self.file));
        // Without a name of its own, the name is another flight's by now.
        let removed = self.file.metadata().and_then(|metadata| match metadata.nlink() {
            0 => Ok(()),
            _ => std::fs::remove_file(&self.path),
        });
        self.file.unlock()?;
        removed.and(written)
    }
}
