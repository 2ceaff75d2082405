//! Looking an entry up without SQLite, straight from the pages of its file.
//!
//! Setting SQLite up, having it parse the schema and compile a statement takes longer than the lookup itself. This
//! module knows just enough of the [file format](https://www.sqlite.org/fileformat2.html) to find one row of one table
//! in a file as this program writes it, and gives up on everything else, which SQLite then reads.
//!
//! An entry that it returns is never wrong. The file is consistent, because SQLite's own shared lock is held and no
//! journal waits to be rolled back. The entry is returned only if its checksum is right, which covers the key and every
//! column that decides.

mod file;
mod page;
mod record;

use self::file::LockedFile;
use self::page::{Cell, Found, Last, Page, PageNumber};
use self::record::Record;
use super::columns::{Checksum, Columns, Head};
use super::connected;
#[cfg(feature = "shared")]
use super::fleet;
use super::ids::{id_of, result_of};
use super::place::Place;
use crate::model::key::Key;
use crate::model::time::Timestamp;
#[cfg(feature = "shared")]
use crate::store::fleet::{Contact, ServerId};
use crate::store::{BeforeFetch, Condition, Entry, Mark};

/// The most levels of a table that are followed: more than a file of any size has.
const LEVELS: usize = 20;
/// The longest row that is read here, in bytes: the longest transcript fits, and twice the longest command line.
const ROW_MAX: usize = 16 * 1024 * 1024;

/// The entry of `key`, if its transcript is in its row and can be read without waiting. `None` means that SQLite has to
/// read it; `Some(None)` that there is no entry. If that is wrong, because the file is damaged, the command is run once
/// more.
///
/// The file is closed again before this returns. Closing it drops every POSIX lock that this process has on it,
/// SQLite's included: so nothing is done while a connection of this process to the file is open.
pub(crate) fn entry(place: &Place, key: &Key) -> Option<Option<Entry>> {
    connected::unless(place.file()?, || find(place, key))
}

/// The same for a shared call, with the last contact with `server`.
#[cfg(feature = "shared")]
pub(crate) fn shared_entry(place: &Place, key: &Key, server: ServerId) -> Option<(Option<Entry>, Option<Contact>)> {
    connected::unless(place.file()?, || find_shared(place, key, server))
}

/// What a fetch of `key` has to know before it begins; `None` means that SQLite has to read it.
///
/// Closes the file, as [`entry`] does.
pub(crate) fn before_fetch(place: &Place, key: &Key) -> Option<BeforeFetch> {
    connected::unless(place.file()?, || find_before_fetch(place, key))
}

/// The condition of `entry`; `None` means that SQLite has to read it.
///
/// Closes the file, as [`entry`] does.
pub(crate) fn condition(place: &Place, entry: &Entry) -> Option<Option<Condition>> {
    connected::unless(place.file()?, || find_condition(place, entry))
}

#[inline(never)]
fn find_condition(place: &Place, entry: &Entry) -> Option<Option<Condition>> {
    let mut page = Page::default();
    let file = LockedFile::open(place, &mut page)?;
    let root = root(&page, b"condition")?;
    let Some(cell) = seek(&file, &mut page, root, id_of(&entry.summary.key))? else { return Some(None) };
    let mut record = Record::new(cell.local)?;
    record.null()?;
    if result_of(record.integer()?) != entry.result {
        return Some(None);
    }
    // SQLite reads a long condition, which continues on other pages.
    Condition::decode(record.blob()?, entry.result).map(Some)
}

/// Not inlined: then its page is on the stack only while it is needed.
#[inline(never)]
fn find(place: &Place, key: &Key) -> Option<Option<Entry>> {
    let mut page = Page::default();
    let file = LockedFile::open(place, &mut page)?;
    let root = root(&page, b"entry")?;
    entry_at(&file, &mut page, root, key)
}

#[cfg(feature = "shared")]
#[inline(never)]
fn find_shared(place: &Place, key: &Key, server: ServerId) -> Option<(Option<Entry>, Option<Contact>)> {
    let mut page = Page::default();
    let file = LockedFile::open(place, &mut page)?;
    let entries = root(&page, b"entry")?;
    let contact = match root(&page, b"contact") {
        Some(contacts) => contact(&file, &mut page, contacts, server)?,
        None => None,
    };
    Some((entry_at(&file, &mut page, entries, key)?, contact))
}

/// The last contact with `server`, or `None` inside if there was none.
#[cfg(feature = "shared")]
fn contact(file: &LockedFile, page: &mut Page, root: PageNumber, server: ServerId) -> Option<Option<Contact>> {
    let Some(cell) = seek(file, page, root, server.0)? else { return Some(None) };
    let mut record = Record::new(cell.local)?;
    record.null()?;
    Some(Some(fleet::contact_of(record.integer()?, record.integer()?)))
}

#[inline(never)]
fn find_before_fetch(place: &Place, key: &Key) -> Option<BeforeFetch> {
    let mut page = Page::default();
    let file = LockedFile::open(place, &mut page)?;
    let [entries, failures, barriers] = [root(&page, b"entry")?, root(&page, b"failure")?, root(&page, b"barrier")?];
    Some(BeforeFetch {
        entry: entry_at(&file, &mut page, entries, key)?,
        retry_at: retry_at(&file, &mut page, failures, key)?,
        mark: Mark(last(&file, &mut page, barriers)?),
    })
}

/// The entry of `key`, or `None` inside if there is none.
fn entry_at(file: &LockedFile, page: &mut Page, root: PageNumber, key: &Key) -> Option<Option<Entry>> {
    let Some(cell) = seek(file, page, root, id_of(key))? else { return Some(None) };
    let row = Row::begin(&cell, key)?;
    row.finish(key, file, page).map(Some)
}

/// The time before which a background fetch of `key` is not to be tried again.
fn retry_at(file: &LockedFile, page: &mut Page, root: PageNumber, key: &Key) -> Option<Option<Timestamp>> {
    let Some(cell) = seek(file, page, root, id_of(key))? else { return Some(None) };
    let mut record = Record::new(cell.local)?;
    record.null()?;
    if record.blob()? != key.0 {
        return None;
    }
    let [_count, _at, _status, retry_at] = [record.integer()?, record.integer()?, record.integer()?, record.integer()?];
    Some(Some(Timestamp::from_millis(retry_at)))
}

/// The row `id` of the table at `root`, or `None` inside if there is none.
fn seek<'a>(file: &LockedFile, page: &'a mut Page, root: PageNumber, id: i64) -> Option<Option<Cell<'a>>> {
    file.read(root, page)?;
    for _ in 0..LEVELS {
        match page.seek(id)? {
            Found::Child(child) => file.read(child, page)?,
            Found::Nothing => return Some(None),
            Found::Row(_) => break,
        }
    }
    match page.seek(id)? {
        Found::Row(cell) => Some(Some(cell)),
        Found::Child(_) | Found::Nothing => None,
    }
}

/// The largest row number of the table at `root`.
fn last(file: &LockedFile, page: &mut Page, root: PageNumber) -> Option<i64> {
    file.read(root, page)?;
    for _ in 0..LEVELS {
        match page.last()? {
            Last::Child(child) => file.read(child, page)?,
            Last::Row(id) => return Some(id),
        }
    }
    None
}

/// The first page of the table `name`, if the schema fits on the page `schema`.
fn root(schema: &Page, name: &[u8]) -> Option<PageNumber> {
    (0..schema.leaf_cells()?).find_map(|index| {
        let mut record = Record::new(schema.leaf_cell(index)?.local)?;
        let is_wanted = record.text()? == b"table" && record.text()? == name && record.text()? == name;
        if is_wanted { record.integer()?.try_into().ok() } else { None }
    })
}

/// A row whose transcript is still to be read, in whole or in part.
struct Row {
    head: Head,
    checksum: Checksum,
    body: Vec<u8>,
    /// Bytes of the row that are on overflow pages.
    left: usize,
    /// Bytes of those that come before the transcript.
    skip: usize,
    overflow: PageNumber,
}

impl Row {
    fn begin(cell: &Cell<'_>, key: &Key) -> Option<Self> {
        let mut record = Record::new(cell.local)?;
        record.null()?;
        let (head, checksum) = Head::read(&mut record)?;
        let (_parts, _recipe, body_at) = (record.span()?, record.span()?, record.span()?);
        // SQLite reads an entry whose transcript is in chunks.
        let is_whole = record.is_at_end() && body_at.end == cell.size && cell.size <= ROW_MAX;
        if !is_whole || head.chunked || head.summary.key != *key {
            return None;
        }
        let mut body = Vec::with_capacity(body_at.len());
        body.extend_from_slice(cell.local.get(body_at.start..).unwrap_or_default());
        Some(Self {
            head,
            checksum,
            body,
            left: cell.size.checked_sub(cell.local.len())?,
            skip: body_at.start.saturating_sub(cell.local.len()),
            overflow: cell.overflow,
        })
    }

    fn finish(mut self, key: &Key, file: &LockedFile, page: &mut Page) -> Option<Entry> {
        while self.left > 0 {
            file.read(self.overflow, page)?;
            let (next, data) = page.overflow()?;
            let data = data.get(..self.left.min(data.len()))?;
            let (skipped, of_body) = data.split_at(self.skip.min(data.len()));
            self.body.extend_from_slice(of_body);
            self.left -= data.len();
            self.skip -= skipped.len();
            self.overflow = next;
        }
        if self.overflow == 0 { self.head.entry(key, self.checksum, self.body) } else { None }
    }
}
