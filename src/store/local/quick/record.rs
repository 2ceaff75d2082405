//! A row's columns.

use std::ops::Range;

use crate::store::local::columns::Columns;

/// Reads the columns of a row one after another.
pub(crate) struct Record<'a> {
    /// The types of the columns that are still to be read.
    types: &'a [u8],
    /// The part of the row that is on its page.
    local: &'a [u8],
    /// Where in the row the next column begins.
    at: usize,
}

impl<'a> Record<'a> {
    pub(crate) fn new(local: &'a [u8]) -> Option<Self> {
        let mut types = local;
        let size = usize::try_from(varint(&mut types)?).ok()?;
        let types = local.get(local.len() - types.len()..size)?;
        Some(Self { types, local, at: size })
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.types.is_empty()
    }

    pub(crate) fn null(&mut self) -> Option<()> {
        if varint(&mut self.types)? == 0 { Some(()) } else { None }
    }

    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let at = self.sized(13)?;
        self.local.get(at)
    }

    /// Where in the row the next column is, a blob, which need not be on this page.
    pub(crate) fn span(&mut self) -> Option<Range<usize>> {
        self.sized(12)
    }

    fn sized(&mut self, smallest: u64) -> Option<Range<usize>> {
        let double = varint(&mut self.types)?.checked_sub(smallest)?;
        if double % 2 == 0 { self.advance(usize::try_from(double / 2).ok()?) } else { None }
    }

    fn advance(&mut self, size: usize) -> Option<Range<usize>> {
        let start = self.at;
        self.at = start.checked_add(size)?;
        Some(start..self.at)
    }
}

impl Columns for Record<'_> {
    fn integer(&mut self) -> Option<i64> {
        let size = match varint(&mut self.types)? {
            constant @ 8..=9 => return Some(constant as i64 - 8),
            size @ 1..=4 => size as usize,
            5 => 6,
            6 => 8,
            _ => return None,
        };
        let bytes = self.local.get(self.advance(size)?)?;
        let sign = if *bytes.first()? < 0x80 { 0 } else { -1 };
        Some(bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
    }

    fn blob(&mut self) -> Option<&[u8]> {
        let at = self.span()?;
        self.local.get(at)
    }
}

/// Takes a number of one to nine bytes from the front of `bytes`.
pub(crate) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for count in 1.. {
        let byte;
        (byte, *bytes) = bytes.split_first().map(|(byte, rest)| (*byte, rest))?;
        if count == 9 {
            return Some(number << 8 | u64::from(byte));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_one_to_nine_bytes() {
        for (bytes, number) in [
            (&[0x00][..], 0),
            (&[0x7f], 127),
            (&[0x81, 0x00], 128),
            (&[0xff, 0x7f], 16383),
            (&[0x80, 0x80, 0x01], 1),
            (&[0xff; 9], u64::MAX),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x05], 5),
        ] {
            let padded = [bytes, &[0xee]].concat();
            let mut rest = &padded[..];
            assert_eq!(varint(&mut rest), Some(number));
            assert_eq!(rest, [0xee]);
            assert_eq!(varint(&mut &bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn integers_have_their_sign() {
        let row = [9, 1, 1, 2, 3, 4, 5, 6, 9, 0xff, 0x7f, 0x80, 0, 0xff, 0xff, 0xfe, 0x7f, 0, 0, 1];
        let row = [&row[..], &[0xff, 0, 0, 0, 0, 0], &[0x80, 0, 0, 0, 0, 0, 0, 0]].concat();
        let mut record = Record::new(&row).unwrap();
        let numbers: Vec<i64> = (0..8).map_while(|_| record.integer()).collect();
        assert_eq!(numbers, [-1, 127, -0x8000, -2, 0x7f00_0001, -0x100_0000_0000, i64::MIN, 1]);
        assert!(record.is_at_end());
        assert_eq!(record.at, row.len());
    }
}
