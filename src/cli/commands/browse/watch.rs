//! Notices changes of the database and the tally by the stamps of their files, which takes no lock.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::cache::Engine;

/// How often the files are looked at.
pub const TICK: Duration = Duration::from_secs(1);
/// The shortest time between two counts of the hits, because counting writes to the database.
const COUNTED: Duration = Duration::from_secs(5);
/// At most one part in this many of the time is spent reading.
const SHARE: u32 = 10;

/// A file as it was: its inode, size and time of change.
type Stamp = Option<(u64, u64, SystemTime)>;

pub struct Watch {
    database: PathBuf,
    tally: PathBuf,
    /// The stamp of the database when it was last read.
    read: Stamp,
    read_at: Instant,
    /// The stamp of the tally when the hits were last counted.
    counted: Stamp,
    counted_at: Instant,
}

impl Watch {
    /// Watches the files of `engine`; the caller reads the database now.
    pub fn of(engine: &Engine) -> Self {
        let (database, tally) = (engine.path().to_owned(), engine.tally());
        let now = Instant::now();
        let (read, counted) = (stamp(&database), stamp(&tally));
        Self { database, tally, read, read_at: now, counted, counted_at: now }
    }

    /// Whether the database has changed since the last reading, which took `took`. If so, the caller reads it now.
    pub fn wants_reading(&mut self, took: Duration) -> bool {
        let now = stamp(&self.database);
        let is_due = self.read != now && self.read_at.elapsed() >= TICK.max(took * SHARE);
        if is_due {
            self.read = now;
            self.read_at = Instant::now();
        }
        is_due
    }

    /// Whether there may be hits that are not counted yet. If so, the caller counts them now.
    pub fn wants_counting(&mut self) -> bool {
        let now = stamp(&self.tally);
        let is_due = now.is_some() && self.counted != now && self.counted_at.elapsed() >= COUNTED;
        if is_due {
            self.counted = now;
            self.counted_at = Instant::now();
        }
        is_due
    }

    /// Has the database read again, even if it has not changed.
    pub fn forget(&mut self) {
        self.read = None;
    }
}

fn stamp(path: &Path) -> Stamp {
    let found = fs::metadata(path).ok()?;
    Some((found.ino(), found.len(), found.modified().ok()?))
}
