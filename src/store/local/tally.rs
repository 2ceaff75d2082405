//! The tally: what happened, noted in a file beside the database, so that a hit is counted without the database's
//! write lock.
//!
//! A note is one append of 32 bytes. Pruning and reading the counts fold the notes into the database. Notes may be
//! lost, but none is counted twice. Those of a process that notes while the file is being folded are lost, and those of
//! a fold that is killed, at most [`NOTES_MAX`].

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ids;
use crate::codec::record::{Reader, Record};
use crate::model::time::Timestamp;
use crate::store::{Event, EventKind};
use crate::sys::file::{NO_LINK, NO_WAIT};

/// Bytes of a note.
const NOTE: usize = 32;

/// It is time to fold each time this many notes have been added to the file.
const FOLD_EVERY: u64 = 32 * 1024;

/// A file with this many notes is emptied.
pub const NOTES_MAX: u64 = 512 * 1024;

/// One event as the file has it; `id` is the row of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) kind: EventKind,
    pub(crate) id: i64,
    pub(crate) at: Timestamp,
    pub(crate) saved: Duration,
}

/// What to do with the file after a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// Nothing: there is room for more.
    Kept,
    /// It is time to fold it.
    WantsFolding,
}

/// The file of the tally of the database at `path`.
pub fn beside(path: &Path) -> PathBuf {
    let mut tally = path.as_os_str().to_owned();
    tally.push("-tally");
    tally.into()
}

/// Adds `event` to the file at `path`. A missing file is made if `may_be_made` returns that no other user decides where
/// it is.
///
/// # Errors
///
/// The file cannot be opened or written, or has another name as well. The event is not counted then.
pub(crate) fn add(event: &Event, path: &Path, may_be_made: impl FnOnce() -> bool) -> io::Result<Noted> {
    let flags = NO_LINK | NO_WAIT;
    let mut options = OpenOptions::new();
    options.append(true).mode(0o600).custom_flags(flags);
    let mut file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && may_be_made() => options.create(true).open(path)?,
        file => file?,
    };
    let before = file.metadata()?;
    // Another directory may have taken the place of ours, with a link to another file in it.
    if before.nlink() > 1 || !before.is_file() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    file.write_all(&Note::of(event).encode())?;
    let notes = before.len() / NOTE as u64 + 1;
    if notes == 1 {
        // The umask may have taken away rights of our own.
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    if notes > NOTES_MAX {
        file.set_len(0)?;
    }
    Ok(if notes > 0 && notes.is_multiple_of(FOLD_EVERY) { Noted::WantsFolding } else { Noted::Kept })
}

impl Note {
    fn of(event: &Event) -> Self {
        Self { kind: event.kind, id: ids::id_of(&event.key), at: event.at, saved: event.saved }
    }

    fn encode(&self) -> [u8; NOTE] {
        let saved = u64::try_from(self.saved.as_micros()).unwrap_or(u64::MAX);
        Record::default()
            .put(self.id.to_le_bytes())
            .put(self.at.as_millis().to_le_bytes())
            .put(saved.to_le_bytes())
            .put([self.kind as u8])
            .sealed()
            .bytes()
    }

    fn decode(note: &[u8; NOTE]) -> Option<Self> {
        let mut note = Reader::new(note);
        let (id, at, saved, kind) = (note.i64()?, note.i64()?, note.u64()?, note.u8()?);
        if !note.is_sealed() {
            return None;
        }
        Some(Self {
            kind: EventKind::from_number(kind.into())?,
            id,
            at: Timestamp::from_millis(at),
            saved: Duration::from_micros(saved),
        })
    }
}

/// Removes the notes at `path` and calls `each` with them; leaves out those that are damaged.
///
/// Only one process at a time may do so. If it is killed, the notes are lost, or are still there.
///
/// # Errors
///
/// The file cannot be read or removed: it stays for the next time.
pub(crate) fn take(path: &Path, mut each: impl FnMut(Note)) -> io::Result<()> {
    let flags = NO_LINK | NO_WAIT;
    let file: File = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    // From now on notes go to another file. A process that has opened this one may still add to it until it is read.
    fs::remove_file(path)?;
    let mut reader = BufReader::new(file).take(NOTES_MAX * NOTE as u64);
    let mut note = [0; NOTE];
    while reader.read_exact(&mut note).is_ok() {
        if let Some(note) = Note::decode(&note) {
            each(note);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::Key;

    const KEY: Key = Key([7; 32]);

    fn taken(path: &Path) -> Vec<Note> {
        let mut notes = Vec::new();
        take(path, |note| notes.push(note)).unwrap();
        notes
    }

    #[test]
    fn what_is_noted_is_taken_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tally");
        assert_eq!(taken(&path), []);
        let events = EventKind::ALL.map(|kind| Event::now(kind, &KEY, Duration::from_micros(1_234)));
        events.iter().for_each(|event| assert_eq!(add(event, &path, || true).unwrap(), Noted::Kept));
        assert_eq!(taken(&path), events.each_ref().map(Note::of));
        assert_eq!(taken(&path), []);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_note_is_left_out() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tally");
        let event = Event::now(EventKind::Hit, &KEY, Duration::ZERO);
        add(&event, &path, || true).unwrap();
        add(&event, &path, || true).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[3] ^= 1;
        bytes.extend([0; 7]);
        fs::write(&path, bytes).unwrap();
        assert_eq!(taken(&path), [Note::of(&event)]);
    }

    #[test]
    fn a_file_that_nobody_folds_does_not_grow_for_ever() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tally");
        fs::write(&path, vec![0; (FOLD_EVERY as usize - 1) * NOTE]).unwrap();
        let event = Event::now(EventKind::Hit, &KEY, Duration::ZERO);
        assert_eq!(add(&event, &path, || true).unwrap(), Noted::WantsFolding);
        assert_eq!(add(&event, &path, || true).unwrap(), Noted::Kept);
        fs::write(&path, vec![0; NOTES_MAX as usize * NOTE]).unwrap();
        add(&event, &path, || true).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    }
}
