//! The exit statuses whose results are stored, as a set that is written on the command line.

use std::fmt;
use std::str::FromStr;

/// A set of exit statuses: `0`, `0,1`, `0,10-12,100+` or `any`.
///
/// ```
/// use cacheback::program::policy::CacheExit;
///
/// let codes: CacheExit = "0,3".parse().unwrap();
/// assert!(codes.contains(3) && !codes.contains(1));
/// assert_eq!(codes.to_string(), "0,3");
/// let ranges: CacheExit = "0, 10-12, 100+".parse().unwrap();
/// assert!(ranges.contains(11) && ranges.contains(255) && !ranges.contains(99));
/// assert!("any".parse::<CacheExit>().unwrap().contains(255));
/// assert!("256".parse::<CacheExit>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CacheExit([u64; 4]);

/// Not a list of exit statuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected exit statuses from 0 to 255, or ranges of them, such as 0,1 or 0,10-12,100+; or `any`")]
pub struct CacheExitError;

impl CacheExit {
    /// Every status.
    pub const ANY: Self = Self([u64::MAX; 4]);

    /// These statuses.
    pub fn of(statuses: impl IntoIterator<Item = u8>) -> Self {
        let mut codes = Self([0; 4]);
        statuses.into_iter().for_each(|status| codes.insert(status));
        codes
    }

    /// Whether results with `status` are stored.
    pub const fn contains(&self, status: u8) -> bool {
        self.0[status as usize / 64] & (1 << (status % 64)) != 0
    }

    fn insert(&mut self, status: u8) {
        self.0[status as usize / 64] |= 1 << (status % 64);
    }
}

impl Default for CacheExit {
    /// Success alone.
    fn default() -> Self {
        Self([1, 0, 0, 0])
    }
}

impl FromStr for CacheExit {
    type Err = CacheExitError;

    fn from_str(text: &str) -> Result<Self, CacheExitError> {
        if text == "any" {
            return Ok(Self::ANY);
        }
        let mut codes = Self([0; 4]);
        for term in text.split(',').map(str::trim_ascii) {
            let (first, last) = match (term.split_once('-'), term.strip_suffix('+')) {
                (Some((first, last)), _) => (status(first)?, status(last)?),
                (None, Some(first)) => (status(first)?, u8::MAX),
                (None, None) => (status(term)?, status(term)?),
            };
            if first > last {
                return Err(CacheExitError);
            }
            (first..=last).for_each(|code| codes.insert(code));
        }
        Ok(codes)
    }
}

fn status(digits: &str) -> Result<u8, CacheExitError> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number).ok_or(CacheExitError)
}

impl fmt::Display for CacheExit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return out.write_str("any");
        }
        let mut separator = "";
        let mut rest = (0..=u8::MAX).filter(|code| self.contains(*code)).peekable();
        while let Some(first) = rest.next() {
            let mut last = first;
            while let Some(next) = rest.next_if(|next| *next == last + 1) {
                last = next;
            }
            match last - first {
                0 => write!(out, "{separator}{first}")?,
                _ if last == u8::MAX => write!(out, "{separator}{first}+")?,
                1 => write!(out, "{separator}{first},{last}")?,
                _ => write!(out, "{separator}{first}-{last}")?,
            }
            separator = ",";
        }
        Ok(())
    }
}

impl fmt::Debug for CacheExit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CacheExit({self})")
    }
}
