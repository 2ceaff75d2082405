//! Flights of the processes of one machine, as locked files in a directory.
//!
//! A flight is a file named after its key. Its lock (flock(2)) belongs to the open file description: a forked fetcher
//! inherits it, and the kernel drops it when its last holder ends, however that happens.
//!
//! The file also hands the outcome to those who wait. When the fetch is over, the leader writes the outcome into the file,
//! unlinks it and unlocks it. A waiter, which has the file open, then gets the lock:
//!
//! | the file has | and its name | and no name |
//! |---|---|---|
//! | an outcome | the leader died before it could unlink: serve the outcome | serve the outcome |
//! | no outcome | the leader died: lead, with the same file | the leader was interrupted: start again |
//!
//! A file has at most one outcome, and a new flight has a new file, so an outcome is never taken for that of another
//! flight. If the disk has no room for an outcome, the size of the file says that there was one: those who wait then run
//! the command all at once, and not one after another.
//!
//! A leader that is stopped (Ctrl-Z) holds the lock and makes no progress. The first waiter that has found it stopped for
//! a second unlinks the file: all waiters start again, and one of them leads a new flight. If the stopped leader
//! continues, its result is for its own caller. A command that is stopped alone is no different from a slow one.
//!
//! The file begins with the outcome and the leader (`record.rs`). The rest of it holds a transcript that is too long for
//! memory while the command runs, and the transcript that the outcome has the seal of.

mod lead;
mod observed;
mod record;
#[cfg(test)]
mod tests;
mod wait;

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

pub use self::lead::{Flight, Landed};
pub use self::observed::{Observed, in_progress};
pub use self::record::{TRANSCRIPT_AT, TranscriptReader};
pub use self::wait::Waiting;
use super::Attempt;
use crate::model::key::Key;
use crate::sys::{directory, file};

/// Of a flight's file: it may hold a transcript.
const MODE: u32 = 0o600;

/// Tries to lead the flight of `key` in `directory`, without waiting.
///
/// # Errors
///
/// The file cannot be made or locked. It is not made if `directory` is missing.
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
                // The umask took away our own bits. If they stay away, others cannot wait, but this process can lead.
                let _ = file.set_permissions(Permissions::from_mode(MODE));
            }
            // A leader that died may have left the file. What is in it is not for a caller that did not wait for it.
            return Ok(Attempt::Leads(Flight::begin(file, path)?));
        }
        if let Some(outcome) = record::read_outcome(&file)? {
            return Ok(Attempt::Landed(Landed { outcome, file }));
        }
    }
}

/// Whether the flight of `key` has a file: somebody leads it, or was killed.
pub fn is_there(directory: &Path, key: &Key) -> bool {
    !matches!(directory.join(key.to_string()).symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Unlinks all flights: those who wait for one get its outcome, and later callers begin another one.
pub fn dismiss(directory: &Path) {
    if !is_directory(directory) {
        return;
    }
    let names = directory::names(directory).unwrap_or_default();
    for name in names.iter().filter(|name| name.len() == 64) {
        let _ = std::fs::remove_file(directory.join(name));
    }
}

/// Removes files of flights whose leaders were killed and that nobody took over, at most 256 of them.
///
/// Who has such a file open already finds it without a name and without an outcome, and starts again.
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
            // A file that stays does no harm.
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Whether `directory` is one, and not a link to one in which the files may be anybody's.
fn is_directory(directory: &Path) -> bool {
    directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}
