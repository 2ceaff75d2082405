//! The encodings of what is stored or passed to another process.
//!
//! | module | for |
//! |---|---|
//! | [`fields`] | sequences of any length: parts of a key, recipes, conditions, selectors, frames of a transcript |
//! | [`record`] | records of a fixed size: notes, messages, the beginning of a flight's file |
//! | [`seal`] | a transcript that passes through a file |
//!
//! Fields that are stored on their own are [`sealed`]: their checksum follows them.

pub mod fields;
pub mod record;
pub mod seal;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// `bytes` and their checksum; `seed` ties them to what they belong to, and is 0 if they belong to nothing else.
pub fn sealed(mut bytes: Vec<u8>, seed: u64) -> Vec<u8> {
    let checksum = xxh3_64_with_seed(&bytes, seed);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// What was [`sealed`] with `seed`; `None` if it is damaged or belongs to something else.
pub fn unsealed(bytes: &[u8], seed: u64) -> Option<&[u8]> {
    let (bytes, checksum) = bytes.split_last_chunk()?;
    (xxh3_64_with_seed(bytes, seed) == u64::from_le_bytes(*checksum)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_with_its_seed_and_undamaged() {
        let bytes = sealed(b"hello".to_vec(), 7);
        assert_eq!(unsealed(&bytes, 7), Some(&b"hello"[..]));
        assert_eq!(unsealed(&bytes, 8), None);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(unsealed(&damaged, 7), None, "byte {at}");
            assert_eq!(unsealed(&bytes[..at], 7), None, "{at} bytes");
        }
    }
}
