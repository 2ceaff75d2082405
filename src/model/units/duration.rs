//! Parsing a duration.

use std::ffi::OsStr;
use std::time::Duration;

use super::{Units, unit};

/// Not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not in the form that is expected.
    #[error("expected a duration such as 600 (seconds), 500ms, 90s, 10m, '1h 30m' or 7d")]
    Malformed,
    /// Below zero.
    #[error("a duration cannot be negative; expected one such as 600 (seconds), 500ms, 90s, 10m, '1h 30m' or 7d")]
    Negative,
    /// It does not fit.
    #[error("too long; expected a duration of less than 2^64 seconds, such as 600, 10m, '1h 30m' or 7d")]
    TooLong,
    /// Zero, where that makes no sense.
    #[error("a time limit cannot be zero; expected a duration such as 600 (seconds), 500ms, 90s, 10m, '1h 30m' or 7d")]
    Zero,
}

pub(super) const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Units in nanoseconds, the smallest first. The first name of a unit is the one that is printed.
pub(super) const TIME_UNITS: &Units<u128> = &[
    (&["ns"], 1),
    (&["us", "µs"], 1_000),
    (&["ms"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], NANOS_PER_SECOND),
    (&["m", "min", "mins", "minute", "minutes"], 60 * NANOS_PER_SECOND),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600 * NANOS_PER_SECOND),
    (&["d", "day", "days"], 86_400 * NANOS_PER_SECOND),
    (&["w", "week", "weeks"], 7 * 86_400 * NANOS_PER_SECOND),
    (&["y", "yr", "yrs", "year", "years"], 365 * 86_400 * NANOS_PER_SECOND),
];

/// A duration: `600` or `.5` (seconds), or numbers with units, `500ms`, `90s`, `10 minutes`, `1h 30m`, `7d`, `1y` (365
/// days). Blanks around numbers and units are ignored.
pub fn duration(text: &OsStr) -> Result<Duration, DurationError> {
    let text = text.to_str().ok_or(DurationError::Malformed)?.trim_ascii();
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    if text.is_empty() {
        return Err(DurationError::Malformed);
    }
    let mut rest = text;
    let mut nanos: u128 = 0;
    let mut smallest = u128::MAX;
    while !rest.is_empty() {
        let (number, name, after) = split_term(rest);
        let factor = match unit(TIME_UNITS, name) {
            Some(factor) => factor,
            None if name.is_empty() && number == text => NANOS_PER_SECOND,
            None => return Err(DurationError::Malformed),
        };
        // From the largest unit to the smallest, each once: anything else is a mistake.
        if factor >= smallest {
            return Err(DurationError::Malformed);
        }
        smallest = factor;
        nanos = nanos.checked_add(scaled(number, factor)?).ok_or(DurationError::TooLong)?;
        rest = after;
    }
    let seconds = u64::try_from(nanos / NANOS_PER_SECOND).map_err(|_| DurationError::TooLong)?;
    Ok(Duration::new(seconds, (nanos % NANOS_PER_SECOND) as u32))
}

/// A time limit: a [`duration`], but not zero.
pub fn limit(text: &OsStr) -> Result<Duration, DurationError> {
    match duration(text)? {
        Duration::ZERO => Err(DurationError::Zero),
        limit => Ok(limit),
    }
}

/// `1 h  30m` -> (`1`, `h`, `30m`).
fn split_term(text: &str) -> (&str, &str, &str) {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number_end);
    let rest = rest.trim_ascii_start();
    let name_end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(name_end);
    (number, name, rest.trim_ascii_start())
}

/// A decimal number of units, in nanoseconds; a fraction of a nanosecond is cut off.
fn scaled(number: &str, nanos_per_unit: u128) -> Result<u128, DurationError> {
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return Err(DurationError::Malformed),
        Some((whole, fraction)) => (whole, fraction),
        None => (number, ""),
    };
    if number.is_empty() || fraction.contains('.') {
        return Err(DurationError::Malformed);
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| DurationError::TooLong)? };
    let mut nanos = u128::from(whole) * nanos_per_unit;
    let mut place = nanos_per_unit;
    for digit in fraction.bytes() {
        nanos += u128::from(digit - b'0') * place / 10;
        place /= 10;
    }
    Ok(nanos)
}
