//! Printing durations and sizes.

use std::time::Duration;

use super::duration::TIME_UNITS;
use super::size::SIZE_UNITS;

/// How many of the units are printed: those up to days. A week prints as `7d`.
const PRINTED: usize = 7;

/// The index of seconds among the units.
const SECONDS: usize = 3;

/// A duration for people, in its largest unit or two: `350ms`, `12s`, `3m 20s`, `1d 4h`.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(cacheback::program::model::units::readable(Duration::from_millis(3_999)), "3s");
/// assert_eq!(cacheback::program::model::units::readable(Duration::from_secs(2 * 3600)), "2h");
/// ```
pub fn readable(duration: Duration) -> String {
    let unit = if duration.as_secs() == 0 { Duration::from_millis(1) } else { Duration::from_secs(1) };
    let rest = duration.as_nanos() % unit.as_nanos();
    written(duration - Duration::from_nanos(rest as u64), 2)
}

/// The same for the rest of a duration, rounded instead of cut off: a millisecond less than 30 days prints as `30d`.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(cacheback::program::model::units::readable_left(Duration::from_millis(3_599_999)), "1h");
/// ```
pub fn readable_left(duration: Duration) -> String {
    readable(if duration.as_secs() == 0 { duration } else { rounded(duration, 2) })
}

/// The index of the largest printed unit that is not longer than `nanos`.
fn largest_unit(nanos: u128) -> Option<usize> {
    TIME_UNITS[..PRINTED].iter().rposition(|(_, size)| nanos >= *size)
}

/// A duration in its largest unit and those below it, `most` units in all; what is smaller is cut off.
pub fn written(duration: Duration, most: usize) -> String {
    let mut rest = duration.as_nanos();
    let Some(largest) = largest_unit(rest) else { return "0s".to_owned() };
    let mut terms = Vec::new();
    for (names, size) in TIME_UNITS[..=largest].iter().rev().take(most) {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            terms.push(format!("{count}{}", names[0]));
        }
    }
    terms.join(" ")
}

/// Adds half of the smallest unit that [`written`] prints of `duration`, a second or longer. [`written`] cuts the sum
/// off, and so prints the rounded duration.
pub fn rounded(duration: Duration, most: usize) -> Duration {
    let largest = largest_unit(duration.as_nanos()).unwrap_or(SECONDS);
    let (_, smallest) = TIME_UNITS[(largest + 1).saturating_sub(most).max(SECONDS)];
    duration.saturating_add(Duration::from_nanos((smallest / 2) as u64))
}

/// A size to its last byte, in the largest unit that it is a multiple of: `64KiB`.
pub fn written_size(bytes: u64) -> String {
    let mut units = SIZE_UNITS[1..4].iter().rev();
    let even = units.find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor));
    even.map_or(bytes.to_string(), |(names, factor)| format!("{}{}", bytes / factor, names[names.len() - 1]))
}

/// A size for people, rounded: `12 B`, `1.5 KiB`, `20 MiB`.
pub fn readable_size(bytes: u64) -> String {
    let mut units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].into_iter();
    let (mut amount, mut unit) = (bytes as f64, "B");
    // From 1023.5 on, it would print as 1024, which is 1 of the next unit.
    while amount >= 1023.5
        && let Some(next) = units.next()
    {
        (amount, unit) = (amount / 1024.0, next);
    }
    if unit == "B" || amount >= 9.95 { format!("{amount:.0} {unit}") } else { format!("{amount:.1} {unit}") }
}
