//! The Cache-Status line: what happened to a call, in the syntax of RFC 9211.

use std::fmt;
use std::time::Duration;

use super::key::Key;

/// What happened to one call.
///
/// ```
/// use cacheback::program::model::status::{CacheStatus, How};
/// use cacheback::Key;
/// use std::time::Duration;
///
/// let how = How::Hit { age: Duration::from_secs(224), ttl: 376, refreshing: false, failing: false, deferred: false };
/// let status = CacheStatus { how, key: Some(Key([0x3f; 32])), shared: None };
/// assert_eq!(status.to_string(), r#"Cache-Status: cacheback; hit; ttl=376; age=224; key="3f3f3f3f""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheStatus {
    /// Where the output came from.
    pub how: How,
    /// The key, where there is one.
    pub key: Option<Key>,
    /// The result of asking the server of the shared tier, if it was asked.
    pub shared: Option<Shared>,
}

/// The result of asking the server of the shared tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Another host has fetched the result.
    Hit {
        /// Since the end of the fetch.
        age: Duration,
        /// Whole seconds that it is fresh for.
        ttl: i64,
    },
    /// It had none that would do, and another host ran the command.
    Joined(Why),
    /// It had none that would do.
    Fetch(Why),
    /// It could not be used; the reason in one word.
    Down(&'static str),
}

impl fmt::Display for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hit { age, ttl } => write!(out, "hit; ttl={}; age={}", integer(*ttl), whole_seconds(*age)),
            Self::Joined(why) => write!(out, "fwd={why}; collapsed"),
            Self::Fetch(why) => write!(out, "fwd={why}"),
            Self::Down(reason) => write!(out, "fwd=bypass; detail={reason}"),
        }
    }
}

/// Where the output of a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// From the store.
    Hit {
        /// Time since the end of the fetch.
        age: Duration,
        /// Whole seconds that it is fresh for, negative if stale.
        ttl: i64,
        /// A detached refresh has been started or was seen.
        refreshing: bool,
        /// The last detached refresh has failed.
        failing: bool,
        /// No refresh has been started, because as many go on as may.
        deferred: bool,
    },
    /// From the command.
    Fetch {
        /// Why it had to be run.
        why: Why,
        /// The result was stored.
        stored: bool,
        /// Another caller led the flight.
        collapsed: bool,
        /// Why its output was kept from being stored.
        not_stored: Option<NotStored>,
    },
    /// Only the text for an empty cache was printed, and a detached fetch has been started or was seen.
    Refreshing(Why),
    /// The same, but no fetch has been started, because as many go on as may.
    Deferred(Why),
    /// There was nothing fresh and nothing was run.
    NotCached,
}

/// Why the output of a command that ended by itself is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStored {
    /// It is larger than what may be stored.
    TooLarge,
    /// The shell command that judges it does not want it stored, or could not judge it.
    Refused,
}

/// Why a call could not be served from the store: RFC 9211's `fwd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing was stored for it.
    Missing,
    /// What was stored was not fresh.
    Stale,
    /// The caller requested it.
    Request,
    /// The cache could not be used.
    Bypass,
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "uri-miss",
            Self::Stale => "stale",
            Self::Request => "request",
            Self::Bypass => "bypass",
        })
    }
}

fn whole_seconds(duration: Duration) -> i64 {
    integer(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}

/// The number nearest to `number` that fits an integer of a structured field (RFC 9651, section 3.3.1).
fn integer(number: i64) -> i64 {
    const LARGEST: i64 = 999_999_999_999_999;
    number.clamp(-LARGEST, LARGEST)
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Cache-Status: ")?;
        // The farthest cache is the first (RFC 9211, section 2).
        if let Some(shared) = self.shared {
            write!(out, "cacheback-shared; {shared}, ")?;
        }
        out.write_str("cacheback")?;
        match self.how {
            How::Hit { age, ttl, refreshing, failing, deferred } => {
                write!(out, "; hit; ttl={}; age={}", integer(ttl), whole_seconds(age))?;
                // There can be one detail, and a failure matters more than one more refresh.
                if failing {
                    out.write_str("; detail=failing")?;
                } else if refreshing {
                    out.write_str("; detail=refreshing")?;
                } else if deferred {
                    out.write_str("; detail=deferred")?;
                }
            }
            How::Fetch { why, stored, collapsed, not_stored } => {
                write!(out, "; fwd={why}")?;
                if stored {
                    out.write_str("; stored")?;
                }
                if collapsed {
                    out.write_str("; collapsed")?;
                }
                match not_stored {
                    Some(NotStored::TooLarge) => out.write_str("; detail=too-large")?,
                    Some(NotStored::Refused) => out.write_str("; detail=refused")?,
                    None => {}
                }
            }
            How::Refreshing(why) => write!(out, "; fwd={why}; detail=refreshing")?,
            How::Deferred(why) => write!(out, "; fwd={why}; detail=deferred")?,
            How::NotCached => out.write_str("; detail=not-cached")?,
        }
        match self.key {
            Some(key) => write!(out, "; key=\"{}\"", key.short()),
            None => Ok(()),
        }
    }
}
