//! Jitter: a result is fresh for somewhat less than its ttl, so that results that were fetched together do not become
//! stale together.

use std::ffi::OsStr;
use std::fmt;
use std::time::Duration;

use crate::model::units;

/// The limit of what is taken off a ttl. For each result, a fixed part of the limit is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Millionths of the ttl.
    Share(u32),
    /// This long, or the whole ttl if that is shorter.
    Span(Duration),
}

impl Jitter {
    /// A result is fresh for its whole ttl.
    pub const NONE: Self = Self::Share(0);
    /// The whole ttl, in millionths.
    pub const WHOLE: u32 = 1_000_000;

    /// What is taken off `ttl`: the limit times `chance` / 2^32. It is less than the ttl, unless the ttl is zero.
    pub fn off(self, ttl: Duration, chance: u32) -> Duration {
        let ttl = ttl.as_nanos();
        let limit = match self {
            Self::Share(share) => ttl * u128::from(share.min(Self::WHOLE)) / u128::from(Self::WHOLE),
            Self::Span(span) => span.as_nanos().min(ttl),
        };
        nanos((limit * u128::from(chance)) >> u32::BITS)
    }
}

/// The text is neither a share nor a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a share of the ttl from 0% to 100%, such as 10%, or a duration such as 30s")]
pub struct JitterError;

/// A share such as `10%` or `2.5%`, or a duration.
impl TryFrom<&OsStr> for Jitter {
    type Error = JitterError;

    fn try_from(text: &OsStr) -> Result<Self, JitterError> {
        match text.to_str().and_then(|text| text.trim_ascii().strip_suffix('%')) {
            Some(number) => share(number.trim_ascii_end()).map(Self::Share).ok_or(JitterError),
            None => units::duration(text).map(Self::Span).map_err(|_| JitterError),
        }
    }
}

/// A percentage, such as `2.5`, in millionths.
fn share(number: &str) -> Option<u32> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let places = fraction.bytes().chain(*b"0000").take(4);
    let fraction = places.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let share = whole.parse::<u32>().ok()?.checked_mul(10_000)?.checked_add(fraction)?;
    (share <= Jitter::WHOLE).then_some(share)
}

/// As it is written in the configuration.
impl fmt::Display for Jitter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => out.write_str("none"),
            Self::Span(span) => out.write_str(&units::written(span, usize::MAX)),
            Self::Share(share) if share % 10_000 == 0 => write!(out, "{}%", share / 10_000),
            Self::Share(share) => {
                let fraction = format!("{:04}", share % 10_000);
                write!(out, "{}.{}%", share / 10_000, fraction.trim_end_matches('0'))
            }
        }
    }
}

/// A pseudo-random number that every process computes alike for one result: from the first bits of its key, and from
/// the time of its fetch in milliseconds.
pub(super) fn chance(key: u64, fetched_at: i64) -> u32 {
    // The last steps of SplitMix64: each bit of the sum changes about half of the bits of the number.
    let sum = key ^ (fetched_at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> u32::BITS) as u32
}

/// A duration of less than 2^64 seconds.
fn nanos(nanos: u128) -> Duration {
    const PER_SECOND: u128 = 1_000_000_000;
    Duration::new((nanos / PER_SECOND) as u64, (nanos % PER_SECOND) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_share_or_a_span_of_the_ttl_is_taken_off() {
        let minute = Duration::from_secs(60);
        let half = 1 << 31;
        for (jitter, expected) in [
            (Jitter::NONE, 0),
            (Jitter::Share(100_000), 3),
            (Jitter::Share(Jitter::WHOLE), 30),
            (Jitter::Span(20 * Duration::from_secs(1)), 10),
            (Jitter::Span(60 * minute), 30),
        ] {
            assert_eq!(jitter.off(minute, half), Duration::from_secs(expected), "{jitter:?}");
            assert_eq!(jitter.off(minute, 0), Duration::ZERO);
        }
    }

    #[test]
    fn a_jitter_is_written_as_it_is_read() {
        let read = |text: &str| Jitter::try_from(OsStr::new(text)).ok();
        for (text, jitter) in [
            ("10%", Jitter::Share(100_000)),
            ("2.5%", Jitter::Share(25_000)),
            ("0.0001%", Jitter::Share(1)),
            ("100%", Jitter::Share(Jitter::WHOLE)),
            ("30s", Jitter::Span(Duration::from_secs(30))),
            ("1h 30m", Jitter::Span(Duration::from_secs(5400))),
        ] {
            assert_eq!((read(text), jitter.to_string().as_str()), (Some(jitter), text));
        }
        assert_eq!(read(" 5 % "), Some(Jitter::Share(50_000)));
        assert_eq!((read("0%"), read("0")), (Some(Jitter::NONE), Some(Jitter::Span(Duration::ZERO))));
        for mistake in ["", "%", "101%", "100.0001%", "-1%", "1e1%", ".5%", "5.%", "10 percent", "soon", "4294967296%"]
        {
            assert_eq!(read(mistake), None, "{mistake}");
        }
    }

    #[test]
    fn results_of_one_moment_are_spread_evenly_and_each_fetch_draws_anew() {
        let tenth = |chance: u32| (u64::from(chance) * 10) >> u32::BITS;
        let spread = |chances: &mut dyn Iterator<Item = u32>| {
            let mut tenths = [0; 10];
            chances.for_each(|chance| tenths[tenth(chance) as usize] += 1);
            tenths
        };
        let keys = spread(&mut (0..10_000).map(|key| chance(key, 1_764_000_000_000)));
        let times = spread(&mut (0..10_000).map(|after| chance(7, 1_764_000_000_000 + after)));
        for tenths in [keys, times] {
            assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
        }
    }

    proptest! {
        #[test]
        fn something_is_left_of_every_ttl(ttl: Duration, span: Duration, share: u32, drawn: u32) {
            for jitter in [Jitter::Span(span), Jitter::Share(share)] {
                let off = jitter.off(ttl, drawn);
                prop_assert!(off < ttl || ttl.is_zero());
            }
        }
    }
}
