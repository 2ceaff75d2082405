//! The state of one file.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use xxhash_rust::xxh3::Xxh3Default;

use crate::codec::record::{Reader, Record};
use crate::sys::{directory, file};

/// XXH3-128.
type Digest = [u8; 16];

/// A file, or its absence, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation(Option<Present>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Present {
    stat: Stat,
    /// Of the content, or of the names in a directory; `None` if there is none to be read.
    digest: Option<Digest>,
    /// It had not been modified for a while, so the same `stat` means the same content.
    settled: bool,
}

/// What shows a change without reading the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    size: u64,
    /// Nanoseconds since 1970.
    modified: i128,
    /// The same of the inode; `None` in what an earlier version of the program stored.
    changed: Option<i128>,
    device: u64,
    inode: u64,
    kind: u32,
}

/// File systems date files by the kernel's tick, 10 ms at most. Network file systems use the clock of another machine.
const TICK: Duration = Duration::from_millis(20);

/// How much longer than its size a file may turn out to be, in bytes. One that is longer grows as it is read, or has no
/// end.
const GROWTH: u64 = 16 << 20;

/// `size`, `modified`, `device`, `inode`, `kind`, `settled`, whether there is a digest, the digest, and `changed`.
const ENCODED: usize = 8 + 16 + 8 + 8 + 4 + 1 + 1 + 16 + 16;

impl Observation {
    /// Reads the file at `path`, following symbolic links.
    pub fn of(path: &Path) -> Self {
        let Some(stat) = Stat::of(path) else { return Self(None) };
        let settled = stat.is_older_than(SystemTime::now());
        Self(Some(Present { stat, digest: stat.digest(path), settled }))
    }

    /// How many bytes are read from the file at `path`.
    pub(super) fn size(path: &Path) -> u64 {
        fs::metadata(path).map_or(0, |metadata| if metadata.is_file() { metadata.len() } else { 0 })
    }

    /// Whether its times alone show whether it is unchanged.
    #[cfg(test)]
    pub(super) fn is_settled(&self) -> bool {
        self.0.as_ref().is_some_and(|present| present.settled)
    }

    /// The same without its content, which is not read.
    pub(super) fn of_stat(path: &Path) -> Self {
        let settled = |stat: &Stat| stat.is_older_than(SystemTime::now());
        Self(Stat::of(path).map(|stat| Present { stat, digest: None, settled: settled(&stat) }))
    }

    /// Whether the file at `path` is certainly the same, without a look at its content.
    pub(super) fn is_untouched(&self, path: &Path) -> bool {
        match (&self.0, Stat::of(path)) {
            (Some(known), Some(stat)) => known.settled && known.stat == stat,
            (None, now) => now.is_none(),
            (Some(_), None) => false,
        }
    }

    /// Whether there was no file.
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the file at `path` is the same, or another with the same content.
    pub fn holds(&self, path: &Path) -> bool {
        match (&self.0, Stat::of(path)) {
            (None, None) => true,
            (Some(known), Some(stat)) if known.settled && known.stat == stat => true,
            (Some(known), Some(stat)) if known.digest.is_some() => {
                known.stat.kind == stat.kind && known.stat.size_if_file() == stat.size_if_file() && {
                    known.digest == stat.digest(path)
                }
            }
            (Some(known), Some(stat)) => known.stat.is_same_where_known(&stat),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Nothing if there is no file, its kind if it cannot be read, or else that and the digest of its content.
    pub(super) fn content(&self) -> Vec<u8> {
        let Some(Present { stat, digest, .. }) = &self.0 else { return Vec::new() };
        [&stat.kind.to_le_bytes()[..], digest.as_ref().map(|digest| &digest[..]).unwrap_or_default()].concat()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let Some(Present { stat, digest, settled }) = &self.0 else { return Vec::new() };
        let record = Record::<ENCODED>::default()
            .put(stat.size.to_le_bytes())
            .put(stat.modified.to_le_bytes())
            .put(stat.device.to_le_bytes())
            .put(stat.inode.to_le_bytes())
            .put(stat.kind.to_le_bytes())
            .put([u8::from(*settled), u8::from(digest.is_some())])
            .put(digest.unwrap_or_default());
        stat.changed.map_or(record, |changed| record.put(changed.to_le_bytes())).filled().to_vec()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self(None));
        }
        let mut record = Reader::new(bytes);
        let mut stat = Stat {
            size: record.u64()?,
            modified: record.i128()?,
            changed: None,
            device: record.u64()?,
            inode: record.u64()?,
            kind: record.u32()?,
        };
        let [settled, has_digest] = record.take()?;
        let digest = record.take()?;
        if !record.is_exhausted() {
            stat.changed = Some(record.i128()?);
        }
        let present = Present { stat, digest: (has_digest == 1).then_some(digest), settled: settled == 1 };
        record.is_exhausted().then_some(Self(Some(present)))
    }
}

impl Stat {
    fn of(path: &Path) -> Option<Self> {
        let metadata: Metadata = fs::metadata(path).ok()?;
        Some(Self {
            size: metadata.size(),
            modified: nanos(metadata.mtime(), metadata.mtime_nsec()),
            changed: Some(nanos(metadata.ctime(), metadata.ctime_nsec())),
            device: metadata.dev(),
            inode: metadata.ino(),
            kind: metadata.mode() & file::KIND,
        })
    }

    fn is_older_than(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let last = self.changed.map_or(self.modified, |changed| changed.max(self.modified));
        i128::try_from(now.saturating_sub(TICK).as_nanos()).is_ok_and(|now| last < now)
    }

    /// Whether `now` is the same, as far as both are known.
    fn is_same_where_known(&self, now: &Self) -> bool {
        *self == Self { changed: self.changed.and(now.changed), ..*now }
    }

    /// The size of a directory means nothing.
    fn size_if_file(&self) -> Option<u64> {
        (self.kind == file::REGULAR).then_some(self.size)
    }

    fn digest(&self, path: &Path) -> Option<Digest> {
        match self.kind {
            file::REGULAR => content(path, self.size.saturating_add(GROWTH)).ok(),
            file::DIRECTORY => names(path).ok(),
            // A pipe or a device is not to be read.
            _ => None,
        }
    }
}

fn nanos(seconds: i64, nanos: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}

/// The digest of a file's content. Fails if there are more than `most` bytes.
fn content(path: &Path, most: u64) -> io::Result<Digest> {
    // It may have become a pipe in the meantime.
    let file: File = OpenOptions::new().read(true).custom_flags(file::NO_WAIT | file::NO_TERMINAL).open(path)?;
    let mut hasher = Xxh3Default::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut file = file.take(most.saturating_add(1));
    loop {
        match file.read(&mut buffer) {
            Ok(0) if file.limit() == 0 => return Err(io::ErrorKind::FileTooLarge.into()),
            Ok(0) => return Ok(hasher.digest128().to_le_bytes()),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn names(path: &Path) -> io::Result<Digest> {
    let mut names = directory::names(path)?;
    names.sort();
    let mut hasher = Xxh3Default::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update(b"\0");
    }
    Ok(hasher.digest128().to_le_bytes())
}
