//! Which exit statuses are worth storing: a set of them, as it is written on the command line.

use std::fmt;
use std::str::FromStr;

/// A set of exit statuses: `0`, `0,1` or `any`.
///
/// ```
/// use cacheback::policy::CacheExit;
///
/// let codes: CacheExit = "0,3".parse().unwrap();
/// assert!(codes.contains(3) && !codes.contains(1));
/// assert_eq!(codes.to_string(), "0,3");
/// assert!("any".parse::<CacheExit>().unwrap().contains(255));
/// assert!("256".parse::<CacheExit>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CacheExit([u64; 4]);

/// Not a list of exit statuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected exit statuses from 0 to 255 separated by commas, or `any`")]
pub struct CacheExitError;

impl CacheExit {
    /// Every status.
    pub const ANY: Self = Self([u64::MAX; 4]);

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
        for code in text.split(',') {
            let digits = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
            codes.insert(code.parse().ok().filter(|_| digits).ok_or(CacheExitError)?);
        }
        Ok(codes)
    }
}

impl fmt::Display for CacheExit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return out.write_str("any");
        }
        let mut separator = "";
        for code in (0..=255).filter(|code| self.contains(*code)) {
            write!(out, "{separator}{code}")?;
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
