//! A page of a table.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::record::varint;
use crate::store::local::connection::PAGE_SIZE;

/// The first page begins with the header of the file. The header of the page comes here.
const FIRST_HEADER: usize = 100;
const INTERIOR: u8 = 0x05;
const LEAF: u8 = 0x0d;

/// Pages count from 1.
pub(crate) type PageNumber = u32;

/// One page in memory, of any content.
pub(crate) struct Page {
    bytes: [u8; PAGE_SIZE],
    /// Where the page's own header is.
    header: usize,
}

/// Where to look for a row next, or where it is.
pub(crate) enum Found<'a> {
    Child(PageNumber),
    Row(Cell<'a>),
    /// It is not in the table.
    Nothing,
}

/// Where the largest row of a table is.
pub(crate) enum Last {
    Child(PageNumber),
    /// Its number; 0 if there is none.
    Row(i64),
}

/// A row, with the part of it that is on its page.
pub(crate) struct Cell<'a> {
    /// Bytes of the whole row.
    pub(crate) size: usize,
    pub(crate) local: &'a [u8],
    /// The first overflow page, or 0.
    pub(crate) overflow: PageNumber,
}

impl Default for Page {
    fn default() -> Self {
        Self { bytes: [0; PAGE_SIZE], header: 0 }
    }
}

impl Page {
    /// Reads page `number` of `file`.
    pub(crate) fn read(&mut self, file: &File, number: PageNumber) -> Option<()> {
        let index = number.checked_sub(1)?;
        self.header = if index == 0 { FIRST_HEADER } else { 0 };
        file.read_exact_at(&mut self.bytes, u64::from(index) * PAGE_SIZE as u64).ok()
    }

    pub(crate) fn bytes(&self) -> &[u8; PAGE_SIZE] {
        &self.bytes
    }

    /// The number of the page that follows this one and the bytes on it, if it is an overflow page.
    pub(crate) fn overflow(&self) -> Option<(PageNumber, &[u8])> {
        Some((number_at(&self.bytes, 0)?, self.bytes.get(4..)?))
    }

    /// The row `id`, or the page on which it is if it is anywhere.
    pub(crate) fn seek(&self, id: i64) -> Option<Found<'_>> {
        let is_leaf = self.is_leaf()?;
        let id_at = |index| {
            let mut rest = self.bytes.get(self.cell_at(index, is_leaf)?..)?;
            if is_leaf {
                varint(&mut rest)?;
            } else {
                rest = rest.get(4..)?;
            }
            Some(varint(&mut rest)? as i64)
        };
        let (count, mut first) = (self.count()?, 0);
        let mut end = count;
        while first < end {
            let middle = first.midpoint(end);
            if id_at(middle)? < id { first = middle + 1 } else { end = middle }
        }
        if is_leaf {
            let is_found = first < count && id_at(first)? == id;
            return if is_found { self.leaf_cell(first).map(Found::Row) } else { Some(Found::Nothing) };
        }
        let child_at = if first < count { self.cell_at(first, false)? } else { self.header + 8 };
        number_at(&self.bytes, child_at).map(Found::Child)
    }

    /// The largest row, or the page on which it is.
    pub(crate) fn last(&self) -> Option<Last> {
        if !self.is_leaf()? {
            return number_at(&self.bytes, self.header + 8).map(Last::Child);
        }
        let Some(last) = self.count()?.checked_sub(1) else { return Some(Last::Row(0)) };
        let mut rest = self.bytes.get(self.cell_at(last, true)?..)?;
        varint(&mut rest)?;
        Some(Last::Row(varint(&mut rest)? as i64))
    }

    /// How many cells there are, if this is a leaf.
    pub(crate) fn leaf_cells(&self) -> Option<usize> {
        if self.is_leaf()? { self.count() } else { None }
    }

    /// A cell, if this is a leaf.
    pub(crate) fn leaf_cell(&self, index: usize) -> Option<Cell<'_>> {
        let mut rest = self.bytes.get(self.cell_at(index, true)?..)?;
        let size = usize::try_from(varint(&mut rest)?).ok()?;
        let _id = varint(&mut rest)?;
        let (local, after) = rest.split_at_checked(local_size(size))?;
        let overflow = if local.len() < size { number_at(after, 0)? } else { 0 };
        Some(Cell { size, local, overflow })
    }

    fn is_leaf(&self) -> Option<bool> {
        match *self.bytes.get(self.header)? {
            LEAF => Some(true),
            INTERIOR => Some(false),
            _ => None,
        }
    }

    fn count(&self) -> Option<usize> {
        short_at(&self.bytes, self.header + 3)
    }

    fn cell_at(&self, index: usize, is_leaf: bool) -> Option<usize> {
        let pointers = self.header + if is_leaf { 8 } else { 12 };
        short_at(&self.bytes, pointers + 2 * index)
    }
}

/// How many of the `size` bytes of a row are on its page.
fn local_size(size: usize) -> usize {
    const ALL: usize = PAGE_SIZE - 35;
    const LEAST: usize = (PAGE_SIZE - 12) * 32 / 255 - 23;
    if size <= ALL {
        return size;
    }
    let filling = LEAST + (size - LEAST) % (PAGE_SIZE - 4);
    if filling <= ALL { filling } else { LEAST }
}

/// The 32-bit number at `at`.
pub(crate) fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

fn short_at(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes).into())
}
