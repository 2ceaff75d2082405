//! Durations and sizes as people type them on a command line.
//!
//! Both parsers take the bytes as the shell handed them over, never panic, and say in their errors what would have
//! been accepted. The grammar is written out here, and not taken from a crate, because it has to refuse what does not
//! fit a [`Duration`] instead of wrapping or panicking, and because it runs in front of every hit.

use std::ffi::OsStr;
use std::time::Duration;

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
    #[error("no time at all; expected a duration such as 600 (seconds), 500ms, 90s, 10m, '1h 30m' or 7d")]
    Zero,
}

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

const NANOS_PER_SECOND: u128 = 1_000_000_000;

const TIME_UNITS: &[(&[&str], u128)] = &[
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

/// As GNU tools have it: a bare letter and the `iB` forms count in 1024s, the `B` forms in 1000s.
const SIZE_UNITS: &[(&[&str], u64)] = &[
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

fn unit<T: Copy>(table: &[(&[&str], T)], name: &str) -> Option<T> {
    table.iter().find(|(names, _)| names.contains(&name)).map(|(_, factor)| *factor)
}

/// A duration: `600` or `.5` (seconds), or numbers with units, `500ms`, `90s`, `10 minutes`, `1h 30m`, `7d`, `1y` (365
/// days). Blanks around numbers and units mean nothing.
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
        // From the largest unit to the smallest, each once: anything else is a slip.
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

/// A duration for people, in its largest unit or two: `350ms`, `12s`, `3m 20s`, `1d 4h`.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(cacheback::program::model::units::readable(Duration::from_millis(3_999)), "3s");
/// assert_eq!(cacheback::program::model::units::readable(Duration::from_secs(2 * 3600)), "2h");
/// ```
pub fn readable(duration: Duration) -> String {
    let is_short = duration.as_secs() == 0;
    let (seconds, millis) =
        (Duration::from_secs(duration.as_secs()), Duration::from_millis(duration.subsec_millis().into()));
    written(if is_short { millis } else { seconds }, 2)
}

/// The same for what is still to come, rounded and not cut off: `30d` are 30 days a moment later, too.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(cacheback::program::model::units::readable_left(Duration::from_millis(3_599_999)), "1h");
/// ```
pub fn readable_left(duration: Duration) -> String {
    readable(if duration.as_secs() == 0 { duration } else { rounded(duration, 2) })
}

/// In nanoseconds.
const WRITTEN_UNITS: [(&str, u128); 7] = [
    ("d", 86_400 * NANOS_PER_SECOND),
    ("h", 3_600 * NANOS_PER_SECOND),
    ("m", 60 * NANOS_PER_SECOND),
    ("s", NANOS_PER_SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A duration in its largest unit and those below it, `most` units in all; what is smaller is cut off.
pub fn written(duration: Duration, most: usize) -> String {
    let mut rest = duration.as_nanos();
    let first = WRITTEN_UNITS.iter().position(|(_, size)| rest >= *size).unwrap_or(0);
    let mut terms = Vec::new();
    for (unit, size) in WRITTEN_UNITS[first..].iter().take(most) {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            terms.push(format!("{count}{unit}"));
        }
    }
    if terms.is_empty() { "0s".to_owned() } else { terms.join(" ") }
}

/// `duration` and half of the smallest unit, a second or more, that [`written`] would write of it: cut off, that is the
/// rounded duration.
pub fn rounded(duration: Duration, most: usize) -> Duration {
    let nanos = duration.as_nanos();
    let first = WRITTEN_UNITS[..4].iter().position(|(_, size)| nanos >= *size).unwrap_or(3);
    let (_, smallest) = WRITTEN_UNITS[(first + most - 1).min(3)];
    duration.saturating_add(Duration::from_nanos((smallest / 2) as u64))
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

/// A decimal number of units, in nanoseconds; what is smaller than one is cut off.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    fn millis(text: &str) -> Result<u128, DurationError> {
        duration(OsStr::new(text)).map(|duration| duration.as_millis())
    }

    fn bytes(text: &str) -> Result<u64, SizeError> {
        size(OsStr::new(text))
    }

    #[test]
    fn durations_are_read_as_documented() {
        for (text, expected) in [
            ("600", 600_000),
            ("0", 0),
            ("0.5", 500),
            ("500ms", 500),
            ("90s", 90_000),
            ("10m", 600_000),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("7d", 604_800_000),
            ("2w", 1_209_600_000),
            ("2minutes", 120_000),
            (".5", 500),
            (" 1h", 3_600_000),
            ("600\n", 600_000),
            ("1h  30m", 5_400_000),
            ("1h\t30 m ", 5_400_000),
            ("10 minutes", 600_000),
            ("1 hour 30 minutes", 5_400_000),
            (".5h", 1_800_000),
            ("1y", 31_536_000_000),
            ("2 years", 63_072_000_000),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_words_are_not_durations() {
        for text in [
            "", " ", "m", "10x", "5 10m", "ten", "1h 30", "1h, 30m", "1.", ".", ". s", "1.2.3s", "1e3", "+5", "٣s",
            "1h -5m",
        ] {
            assert_eq!(millis(text), Err(DurationError::Malformed), "{text:?}");
        }
        for text in ["1h 1h", "1m 1h", "1s 1s", "1ms 1d"] {
            assert_eq!(millis(text), Err(DurationError::Malformed), "{text:?}");
        }
        assert_eq!(duration(OsStr::from_bytes(b"\xff")), Err(DurationError::Malformed));
        assert_eq!(millis("-5"), Err(DurationError::Negative));
        assert_eq!(limit(OsStr::new("0s")), Err(DurationError::Zero));
    }

    #[test]
    fn the_longest_duration_is_the_last_that_fits() {
        assert_eq!(duration(OsStr::new("18446744073709551615")), Ok(Duration::from_secs(u64::MAX)));
        for text in [
            "18446744073709551616",
            "18446744073709551615s 1000ms",
            "18446744073709551615s 500ms 500000us",
            "99999999999999999w",
        ] {
            assert_eq!(millis(text), Err(DurationError::TooLong), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_as_documented() {
        for (text, expected) in [
            ("0", 0),
            ("65536", 65536),
            ("10B", 10),
            ("64KiB", 65536),
            ("64K", 65536),
            ("64k", 65536),
            (" 64 KiB ", 65536),
            ("10M", 10 << 20),
            ("256MiB", 256 << 20),
            ("1G", 1 << 30),
            ("1kB", 1_000),
            ("10MB", 10_000_000),
            ("1GB", 1_000_000_000),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_words_are_not_sizes() {
        for text in ["", " ", "M", "10 M 5", "1.5M", "10X", "10m", "0x10", "+1", "٣"] {
            assert_eq!(bytes(text), Err(SizeError::Malformed), "{text:?}");
        }
        assert_eq!(bytes("-1"), Err(SizeError::Negative));
        assert_eq!(bytes("18446744073709551616"), Err(SizeError::TooLarge));
        assert_eq!(bytes("18446744073709551615K"), Err(SizeError::TooLarge));
    }

    #[test]
    fn durations_are_written_in_their_largest_units() {
        let written = |seconds| readable(Duration::from_secs(seconds));
        assert_eq!([0, 1, 60, 3_600, 86_400].map(written), ["0s", "1s", "1m", "1h", "1d"]);
        let left = |millis| readable_left(Duration::from_millis(millis));
        assert_eq!([900, 1_400, 59_600, 599_700, 3_599_600].map(left), ["900ms", "1s", "1m", "10m", "1h"]);
        assert_eq!([5_400_000, 86_399_000, 2_591_999_000].map(left), ["1h 30m", "1d", "30d"]);
        assert_eq!([61, 3_601, 86_399, 90_061].map(written), ["1m 1s", "1h", "23h 59m", "1d 1h"]);
        assert_eq!(readable(Duration::from_micros(1_999)), "1ms");
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read_and_is_cut_off_and_not_rounded(millis in 1..u64::MAX / 2) {
            let duration = Duration::from_millis(millis);
            let read = super::duration(OsStr::new(&readable(duration))).unwrap();
            prop_assert!(read <= duration && duration < read.saturating_mul(2));
        }

        #[test]
        fn no_bytes_cause_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = std::ffi::OsString::from_vec(bytes);
            let _ = (duration(&text), limit(&text), size(&text));
        }

        #[test]
        fn no_near_miss_causes_a_panic(text in "[0-9]{0,22}[.]?[0-9]{0,40}[a-zA-Zµ ]{0,4}[0-9]{0,22}[a-zµ]{0,3}") {
            let text = OsStr::new(&text);
            let _ = (duration(text), limit(text), size(text));
        }

        #[test]
        fn whole_seconds_are_what_they_say(seconds: u64) {
            prop_assert_eq!(duration(OsStr::new(&seconds.to_string())), Ok(Duration::from_secs(seconds)));
            prop_assert_eq!(duration(OsStr::new(&format!("{seconds}s"))), Ok(Duration::from_secs(seconds)));
        }

        #[test]
        fn terms_add_up(minutes in 0..u64::MAX / 120, millis in 0..u64::MAX / 2) {
            let sum = Duration::from_secs(minutes * 60) + Duration::from_millis(millis);
            prop_assert_eq!(duration(OsStr::new(&format!("{minutes}m {millis}ms"))), Ok(sum));
        }

        #[test]
        fn whole_bytes_are_what_they_say(bytes: u64) {
            prop_assert_eq!(size(OsStr::new(&bytes.to_string())), Ok(bytes));
        }
    }
}
