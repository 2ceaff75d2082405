//! Tagged, length-prefixed byte strings: the encoding of key parts and of everything stored that is not a column.
//!
//! A field is one tag byte, its length as a little-endian `u32`, and its bytes. Two different sequences of fields never
//! encode to the same bytes, so a hash of the encoding can be a [`Key`](crate::Key).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Bytes of a field's header: its tag and its length.
pub const HEADER: usize = 5;

/// The header of a field of `length` bytes.
///
/// # Panics
///
/// If `length` is 4 GiB or more; the kernel's limit on argv and environment is far below that.
pub fn header(tag: u8, length: usize) -> [u8; HEADER] {
    let [a, b, c, d] = u32::try_from(length).expect("a field is shorter than 4 GiB").to_le_bytes();
    [tag, a, b, c, d]
}

/// Appends one field to `out`.
pub fn put(out: &mut Vec<u8>, tag: u8, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    out.extend_from_slice(&header(tag, bytes.len()));
    out.extend_from_slice(bytes);
}

/// Appends a field for each of `texts`, which may be an `Option`.
pub fn put_each(out: &mut Vec<u8>, tag: u8, texts: impl IntoIterator<Item: AsRef<OsStr>>) {
    for text in texts {
        put(out, tag, text.as_ref().as_bytes());
    }
}

/// Appends an empty field if `flag` is set.
pub fn put_flag(out: &mut Vec<u8>, tag: u8, flag: bool) {
    if flag {
        put(out, tag, b"");
    }
}

/// Reads fields one after another; stops at bytes that are no field.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Over the encoded `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything was read. After the last field, `false` means that the bytes were cut or damaged.
    pub fn is_exhausted(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let ([tag, length @ ..], rest) = self.rest.split_first_chunk::<HEADER>()?;
        let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.rest = rest;
        Some((*tag, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_put_is_read(fields in vec((any::<u8>(), vec(any::<u8>(), 0..40)), 0..20)) {
            let mut out = Vec::new();
            for (tag, bytes) in &fields {
                put(&mut out, *tag, bytes);
            }
            let mut read = Fields::new(&out);
            let got: Vec<_> = read.by_ref().map(|(tag, bytes)| (tag, bytes.to_vec())).collect();
            prop_assert_eq!(got, fields);
            prop_assert!(read.is_exhausted());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = Fields::new(&bytes).count();
        }
    }
}
