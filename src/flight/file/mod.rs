//! Flights of the processes of one machine, as locked files in a directory.
//!
//! A flight is a file named after its key. Its lock (flock(2)) belongs to the open file description: a forked fetcher
//! inherits it, and the kernel drops it when its last holder ends, however that happens.
//!
//! The file also hands the outcome to waiters. When the fetch is over, the leader writes the outcome into the file,
//! unlinks it and unlocks it. A waiter, which has the file open, then gets the lock:
//!
//! | the file has | and its name | and no name |
//! |---|---|---|
//! | an outcome | the leader died before it could unlink: serve the outcome | serve the outcome |
//! | no outcome | the leader died: lead, with the same file | the leader was interrupted: start again |
//!
//! A file has at most one outcome, and a new flight has a new file, so an outcome is never taken for that of another
//! flight. If the disk has no room for an outcome, the size of the file says that there was one: waiters then run the
//! command all at once, and not one after another.
//!
//! A leader that is stopped (Ctrl-Z) holds the lock and makes no progress. The first waiter that has found it stopped
//! for a second unlinks the file: all waiters start again, and one of them leads a new flight. If the stopped leader
//! continues, its result is for its own caller. A command that is stopped alone is no different from a slow one.
//!
//! The file begins with the outcome and the leader (`record.rs`), and the data of shared calls (`fleet.rs`). The rest
//! of it holds a transcript that is too long for memory while the command runs, and the transcript that the outcome has
//! the seal of.

mod fleet;
mod lead;
mod leaders;
mod record;
#[cfg(test)]
mod tests;
mod wait;

use std::collections::HashMap;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub use self::fleet::FlightToken;
pub use self::lead::{Flight, Landed};
pub use self::record::{TRANSCRIPT_AT, TranscriptReader};
pub use self::wait::Waiting;
use super::{Attempt, Flights, Leader};
use crate::model::key::Key;
use crate::sys::{directory, file};

/// The permission bits of a flight's file: it may hold a transcript, which is for its owner alone.
const MODE: u32 = 0o600;

/// The flights whose files are in this directory, which has to be there for [`Flights::attempt`].
#[derive(Clone, Copy, Debug)]
pub struct Directory<'a>(pub &'a Path);

impl Flights for Directory<'_> {
    type Flight = Flight;
    type Waiting = Waiting;

    fn attempt(&self, key: &Key) -> io::Result<Attempt> {
        let path = self.0.join(key.to_string());
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
                    // The umask took away our own bits. Without them others cannot wait, but this process can lead.
                    let _ = file.set_permissions(Permissions::from_mode(MODE));
                }
                // What a dead leader has left in the file is not for a caller that did not wait for it.
                return Ok(Attempt::Leads(Flight::begin(file, path)?));
            }
            if let Some(outcome) = record::read_outcome(&file)? {
                return Ok(Attempt::Landed(Landed { outcome, file }));
            }
        }
    }

    fn is_there(&self, key: &Key) -> bool {
        let found = self.0.join(key.to_string()).symlink_metadata();
        !found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    fn in_progress(&self) -> HashMap<Key, Leader> {
        leaders::in_progress(self.0)
    }

    fn dismiss(&self) {
        for path in self.files() {
            let _ = std::fs::remove_file(path);
        }
    }

    /// A process that has such a file open finds it without a name and without an outcome, and starts again.
    fn sweep(&self) {
        const AT_MOST: usize = 256;
        for path in self.files().take(AT_MOST) {
            if let Ok(open) = File::open(&path)
                && open.try_lock().is_ok()
                && open.metadata().is_ok_and(|metadata| metadata.nlink() > 0)
            {
                // A file that stays does no harm.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

impl Directory<'_> {
    /// The files of flights. There are none in a link to a directory, where the files may be anybody's.
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let is_directory = self.0.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        let names = if is_directory { directory::names(self.0).unwrap_or_default() } else { Vec::new() };
        names.into_iter().filter(|name| name.len() == 64).map(|name| self.0.join(name))
    }
}
