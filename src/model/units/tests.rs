//! What is accepted, what is refused, and what is printed.

use std::ffi::OsStr;
use std::time::Duration;

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
fn the_longest_duration_is_read_and_a_longer_one_refused() {
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

#[test]
fn sizes_are_shown_in_the_unit_that_fits() {
    for (bytes, expected) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (10 * 1024, "10 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (u64::MAX, "16 EiB"),
    ] {
        assert_eq!(readable_size(bytes), expected);
    }
}

proptest! {
    #[test]
    fn a_written_duration_can_be_read_and_is_cut_off(millis in 1..u64::MAX / 2) {
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
    fn whole_seconds_are_read_exactly(seconds: u64) {
        prop_assert_eq!(duration(OsStr::new(&seconds.to_string())), Ok(Duration::from_secs(seconds)));
        prop_assert_eq!(duration(OsStr::new(&format!("{seconds}s"))), Ok(Duration::from_secs(seconds)));
    }

    #[test]
    fn terms_add_up(minutes in 0..u64::MAX / 120, millis in 0..u64::MAX / 2) {
        let sum = Duration::from_secs(minutes * 60) + Duration::from_millis(millis);
        prop_assert_eq!(duration(OsStr::new(&format!("{minutes}m {millis}ms"))), Ok(sum));
    }

    #[test]
    fn whole_bytes_are_read_exactly(bytes: u64) {
        prop_assert_eq!(size(OsStr::new(&bytes.to_string())), Ok(bytes));
    }
}
