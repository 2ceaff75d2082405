//! Whether something has changed: by the times of files, which takes no lock.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::cache::Engine;

/// The files are looked at this often.
pub const TICK: Duration = Duration::from_secs(1);
/// The counts of hits are brought up to date no more often, as that writes to the database.
const COUNTED: Duration = Duration::from_secs(5);
/// Reading takes no more than this share of the time.
const SHARE: u32 = 10;

/// A file as it was: its inode, size and time of change.
type Stamp = Option<(u64, u64, SystemTime)>;

pub struct Watch {
    database: PathBuf,
    tally: PathBuf,
    /// The database when it was read last.
    read: Stamp,
    read_at: Instant,
    /// The tally when it was counted last.
    counted: Stamp,
    counted_at: Instant,
}

impl Watch {
    /// Of the database of this cache, which is read for the first time now.
    pub fn of(engine: &Engine) -> Self {
        let (database, tally) = (engine.path().to_owned(), engine.tally());
        let now = Instant::now();
        let (read, counted) = (stamp(&database), stamp(&tally));
        Self { database, tally, read, read_at: now, counted, counted_at: now }
    }

    /// Whether the database has changed since it was read last, which took so long. It counts as read then.
    pub fn wants_reading(&mut self, took: Duration) -> bool {
        let now = stamp(&self.database);
        let is_due = self.read != now && self.read_at.elapsed() >= TICK.max(took * SHARE);
        if is_due {
            self.read = now;
            self.read_at = Instant::now();
        }
        is_due
    }

    /// Whether there are hits that are not counted yet. They count as counted then.
    pub fn wants_counting(&mut self) -> bool {
        let now = stamp(&self.tally);
        let is_due = now.is_some() && self.counted != now && self.counted_at.elapsed() >= COUNTED;
        if is_due {
            self.counted = now;
            self.counted_at = Instant::now();
        }
        is_due
    }

    /// The database has to be read again, whether it has changed or not.
    pub fn forget(&mut self) {
        self.read = None;
    }
}

fn stamp(path: &Path) -> Stamp {
    let found = fs::metadata(path).ok()?;
    Some((found.ino(), found.len(), found.modified().ok()?))
}
