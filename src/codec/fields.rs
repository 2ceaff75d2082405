//! Tagged, length-prefixed byte strings: the encoding of key parts and of everything stored that is not a column.
//!
//! A field is one tag byte, its length as a little-endian `u32`, and its bytes. Two different sequences of fields
//! never encode to the same bytes, which is what makes the encoding fit to be hashed into a [`Key`](crate::Key).

/// Appends one field to `out`.
///
/// # Panics
///
/// If `bytes` is longer than 4 GiB; the kernel's limit on argv and environment is far below that.
pub fn put(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("a field is shorter than 4 GiB");
    out.push(tag);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Reads fields one after another; ends early, without panicking, on bytes that are not an encoding.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Over the encoded `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything was read; `false` after iteration means that the bytes were cut or damaged.
    pub fn is_exhausted(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.rest.split_first()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.rest = rest;
        Some((tag, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_put_is_read(fields in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..20)) {
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
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::new(&bytes).count();
        }
    }
}
