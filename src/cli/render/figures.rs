//! Durations, sizes, instants and digests as a person reads them.

use std::time::Duration;

use jiff::tz::TimeZone;

pub use crate::model::units::readable_size as size;
use crate::model::units::{readable, rounded, written};
use crate::model::{digest::Digest, time::Timestamp};

/// A length of time in its largest unit, rounded down: `45s`, `5m`, `2h`, `3d`.
pub fn span(duration: Duration) -> String {
    written(Duration::from_secs(duration.as_secs()), 1)
}

/// The same for what is still to come, rounded to the nearest number: 30 days less a moment are `30d`.
pub fn span_ahead(duration: Duration) -> String {
    span(rounded(duration, 1))
}

/// The same for the seconds that are left. Below zero it is the time since then, rounded down, with a sign from 1 s on.
pub fn span_left(seconds: f64) -> String {
    let length = Duration::try_from_secs_f64(seconds.abs()).unwrap_or(Duration::MAX);
    match seconds {
        0.0.. => span_ahead(length),
        ..=-1.0 => format!("-{}", span(length)),
        _ => span(length),
    }
}

/// How long something took: `3ms`, `1.2s`, `2m 5s`, `1h 3m`.
pub fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{}ms", duration.as_millis()),
        1..60 => format!("{:.1}s", (duration.as_millis() / 100) as f64 / 10.0),
        _ => readable(duration),
    }
}

/// Seconds for a program, to the microsecond, without the noise that floating point adds.
pub fn seconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1e6
}

/// A number with its noun: `1 entry`, `2 entries`.
pub fn entries(count: u64) -> String {
    format!("{count} {}", if count == 1 { "entry" } else { "entries" })
}

/// An instant in RFC 3339, in UTC and with milliseconds; `None` beyond the years that have four digits.
pub fn instant(at: Timestamp) -> Option<String> {
    jiff::Timestamp::from_millisecond(at.as_millis()).ok().map(|at| at.to_string())
}

/// An instant for people: the local time, and the zone that it is in.
pub fn local(at: Timestamp) -> Option<String> {
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string())
}

/// A digest with a prefix, so that nobody takes it for the value.
pub fn sha256(digest: &Digest) -> String {
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// How many background fetches of a database go on, and how many may.
pub fn at_a_time(running: u32, limit: u32) -> String {
    format!("{running} of {limit} background fetches are running")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_their_largest_unit() {
        for (seconds, expected) in [(0, "0s"), (59, "59s"), (60, "1m"), (7_199, "1h"), (200_000, "2d")] {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
        for (left, expected) in
            [(90.0, "2m"), (599.2, "10m"), (0.4, "0s"), (-0.9, "0s"), (-1.0, "-1s"), (-7_199.0, "-1h")]
        {
            assert_eq!(span_left(left), expected);
        }
        assert!(span_left(1e300).ends_with('d'));
        for (seconds, expected) in [
            (0.4, "0s"),
            (59.4, "59s"),
            (59.6, "1m"),
            (89.0, "1m"),
            (3_590.0, "1h"),
            (86_399.0, "1d"),
            (30.0 * 86_400.0 - 0.1, "30d"),
            (29.4 * 86_400.0, "29d"),
        ] {
            assert_eq!(span_ahead(Duration::from_secs_f64(seconds)), expected);
        }
        for (millis, expected) in [
            (3, "3ms"),
            (1_290, "1.2s"),
            (59_999, "59.9s"),
            (125_000, "2m 5s"),
            (3_780_000, "1h 3m"),
            (90_000_000, "1d 1h"),
        ] {
            assert_eq!(elapsed(Duration::from_millis(millis)), expected);
        }
    }
}
