//! Records of a fixed size: little-endian numbers and bytes, one after another, with a checksum where they are stored.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

/// A record of `N` bytes that is being written. The bytes that are not filled are zero.
#[derive(Clone, Copy, Debug)]
pub struct Record<const N: usize> {
    bytes: [u8; N],
    filled: usize,
}

impl<const N: usize> Default for Record<N> {
    fn default() -> Self {
        Self { bytes: [0; N], filled: 0 }
    }
}

impl<const N: usize> Record<N> {
    /// Appends `bytes`.
    ///
    /// # Panics
    ///
    /// If there is no room for them.
    #[must_use]
    pub fn put(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.bytes[self.filled..][..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
        self
    }

    /// Appends the checksum of what was put: eight bytes, or as many of them as there is room for.
    #[must_use]
    pub fn sealed(self) -> Self {
        let checksum = xxh3_64(&self.bytes[..self.filled]).to_le_bytes();
        let room = checksum.len().min(N - self.filled);
        self.put(&checksum[..room])
    }

    /// The whole record.
    pub fn bytes(self) -> [u8; N] {
        self.bytes
    }

    /// The bytes that are filled.
    pub fn filled(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

/// Reads a record in the order in which it was written. `None` is the end of the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

macro_rules! numbers {
    ($($number:ident)*) => {
        $(
            /// The next number.
            pub fn $number(&mut self) -> Option<$number> {
                self.take().map($number::from_le_bytes)
            }
        )*
    };
}

impl<'a> Reader<'a> {
    /// Over `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `N` bytes.
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = *self.bytes.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(taken)
    }

    numbers!(u8 u16 u32 u64 u128 i32 i64 i128);

    /// The next number, which is a duration in milliseconds.
    pub fn millis(&mut self) -> Option<Duration> {
        self.u64().map(Duration::from_millis)
    }

    /// Whether what follows is the checksum of what was read, as [`Record::sealed`] appended it.
    pub fn is_sealed(&self) -> bool {
        let (read, rest) = self.bytes.split_at(self.at);
        let checksum = xxh3_64(read).to_le_bytes();
        !rest.is_empty() && rest.iter().zip(checksum).all(|(found, expected)| *found == expected)
    }

    /// Whether everything was read.
    pub fn is_exhausted(&self) -> bool {
        self.at == self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_of_a_record() {
        let record = Record::<8>::default().put([1, 2]).put(0x0403_u16.to_le_bytes());
        assert_eq!(record.bytes(), [1, 2, 3, 4, 0, 0, 0, 0]);
        let mut reader = Reader::new(record.filled());
        assert_eq!((reader.take(), reader.u16(), reader.is_exhausted()), (Some([1, 2]), Some(0x0403), true));
        assert_eq!(reader.u8(), None);
    }

    #[test]
    fn damage_is_noticed_whether_all_of_the_checksum_fits_or_not() {
        fn check<const N: usize>() {
            let bytes = Record::<N>::default().put([5; 8]).sealed().bytes();
            let is_sealed = |bytes: &[u8]| {
                let mut reader = Reader::new(bytes);
                reader.u64().is_some() && reader.is_sealed()
            };
            assert!(is_sealed(&bytes));
            for at in 0..N.min(16) {
                let mut damaged = bytes;
                damaged[at] ^= 1;
                assert!(!is_sealed(&damaged), "byte {at} of {N}");
            }
        }
        check::<15>();
        check::<16>();
        check::<20>();
    }
}
