//! Parsing a size.

use std::ffi::OsStr;

use super::{Units, unit};

/// Not a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// Not in the form that is expected.
    #[error("expected a number of bytes such as 65536, 64KiB or 10M (1024-based), or 10MB (1000-based)")]
    Malformed,
    /// Below zero.
    #[error("a size cannot be negative; expected a number of bytes such as 65536, 64KiB, 10M or 10MB")]
    Negative,
    /// It does not fit.
    #[error("too large; expected less than 2^64 bytes, such as 65536, 64KiB, 10M or 10MB")]
    TooLarge,
}

/// As in GNU tools: a letter alone and the `iB` forms are powers of 1024, the `B` forms powers of 1000.
pub(super) const SIZE_UNITS: &Units<u64> = &[
    (&["", "B"], 1),
    (&["K", "k", "KiB"], 1 << 10),
    (&["M", "MiB"], 1 << 20),
    (&["G", "GiB"], 1 << 30),
    (&["T", "TiB"], 1 << 40),
    (&["kB", "KB"], 1_000),
    (&["MB"], 1_000_000),
    (&["GB"], 1_000_000_000),
    (&["TB"], 1_000_000_000_000),
];

/// A size in bytes: `65536`, `64KiB`, `10 M`.
pub fn size(text: &OsStr) -> Result<u64, SizeError> {
    let text = text.to_str().ok_or(SizeError::Malformed)?.trim_ascii();
    if text.starts_with('-') {
        return Err(SizeError::Negative);
    }
    let number_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, name) = text.split_at(number_end);
    let factor = unit(SIZE_UNITS, name.trim_ascii_start()).ok_or(SizeError::Malformed)?;
    if number.is_empty() {
        return Err(SizeError::Malformed);
    }
    number.parse().ok().and_then(|number: u64| number.checked_mul(factor)).ok_or(SizeError::TooLarge)
}
