//! The file: locked with SQLite's shared lock, its header checked, read a page at a time.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;

use super::page::{Page, PageNumber, number_at};
use crate::store::local::connection::PAGE_SIZE;
use crate::store::local::place::{APPLICATION_ID, FileId, Place};
use crate::store::local::schema::KNOWN;
use crate::sys::file::{NO_LINK, NO_WAIT};
use crate::sys::lock::{Lock, lock_for_process};

/// A reader locks this byte before it shares the file; a writer locks it while it waits for the readers.
const PENDING_BYTE: i64 = 0x4000_0000;
/// Readers lock these bytes for reading, a writer for writing.
const SHARED_FIRST: i64 = PENDING_BYTE + 2;
const SHARED_SIZE: i64 = 510;

/// An open file that nobody changes until this is dropped.
pub(crate) struct LockedFile {
    file: File,
    pages: PageNumber,
}

impl LockedFile {
    /// Opens and locks the file if that takes no waiting, and reads its first page.
    ///
    /// A symbolic link is not followed: the journal is beside the file that it leads to.
    pub(crate) fn open(place: &Place, first: &mut Page) -> Option<Self> {
        let file = OpenOptions::new().read(true).custom_flags(NO_LINK | NO_WAIT).open(place.path()).ok()?;
        // Another file may have taken its name since the place was checked.
        if place.file() != Some(FileId::of(&file.metadata().ok()?)) {
            return None;
        }
        share(&file)?;
        // A journal is there if a transaction was broken off, or if one has begun that cannot change the file while
        // this reads. SQLite can tell which.
        if place.has_journal() {
            return None;
        }
        first.read(&file, 1)?;
        let pages = page_count(first.bytes())?;
        Some(Self { file, pages })
    }

    /// Reads page `number` into `page`. The first one cannot be read again.
    pub(crate) fn read(&self, number: PageNumber, page: &mut Page) -> Option<()> {
        if number < 2 || number > self.pages { None } else { page.read(&self.file, number) }
    }
}

/// Takes the shared lock as SQLite does.
fn share(file: &File) -> Option<()> {
    lock(file, Lock::Shared, PENDING_BYTE, 1)?;
    let shared = lock(file, Lock::Shared, SHARED_FIRST, SHARED_SIZE);
    lock(file, Lock::Free, PENDING_BYTE, 1)?;
    shared
}

fn lock(file: &File, lock: Lock, start: i64, length: i64) -> Option<()> {
    lock_for_process(file, lock, start, length).ok()?.then_some(())
}

/// The number of pages of the file, if it has the format of files that this program makes.
fn page_count(header: &[u8; PAGE_SIZE]) -> Option<PageNumber> {
    // A rollback journal, for writing and for reading; no reserved bytes; the fractions, which are always these.
    let is_format = header.starts_with(b"SQLite format 3\0")
        && header[16..18] == (PAGE_SIZE as u16).to_be_bytes()
        && header[18..24] == *b"\x01\x01\x00\x40\x20\x20";
    // Schema format 4 and UTF-8.
    let is_ours = number_at(header, 44)? == 4
        && number_at(header, 56)? == 1
        && i64::from(number_at(header, 60)?) == KNOWN
        && number_at(header, 68)? == APPLICATION_ID;
    // The count of pages is valid if it was written with the last change.
    let is_counted = number_at(header, 24)? == number_at(header, 92)?;
    if is_format && is_ours && is_counted { number_at(header, 28) } else { None }
}
