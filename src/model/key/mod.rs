//! The key: SHA-256 over the tagged, length-prefixed parts of an invocation.

mod options;
mod parts;
mod preimage;
mod program;
#[cfg(test)]
mod tests;

use std::fmt;

pub use self::options::{KeyOptions, Variables, is_glob};
pub use self::parts::KeyParts;
pub use super::digest::{Digest, digest};

/// The name of a result: the SHA-256 of everything that the result depends on. It prints as 64 hexadecimal digits.
///
/// ```
/// use cacheback::Key;
///
/// let digits = "3f".repeat(32);
/// assert_eq!(Key::from_hex(&digits).map(|key| key.to_string()), Some(digits));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Digest);

impl Key {
    /// The first 64 bits. The keys of one cache differ in them, unless somebody searched for two keys that do not.
    pub fn first_bits(&self) -> u64 {
        let (head, _) = self.0.split_first_chunk::<8>().expect("a digest has 32 bytes");
        u64::from_be_bytes(*head)
    }

    /// The first eight hexadecimal digits: what messages and lists show.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }

    /// The key with these 64 hexadecimal digits.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let bytes = pairs.iter().map(|[high, low]| Some((digit(*high)? << 4 | digit(*low)?) as u8));
        Self::from_slice(&bytes.collect::<Option<Vec<u8>>>()?)
    }

    /// The key that was stored as these 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Key({self})")
    }
}
