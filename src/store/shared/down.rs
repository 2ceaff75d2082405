//! Why the server cannot be used.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The server cannot be used for this call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// Why, in one word.
    pub word: &'static str,
    /// The same in words, without a password.
    pub reason: String,
    /// The user is to be warned of it, and has not been warned lately.
    pub warns: bool,
    /// This call has met a failure of its own: for how long the server is left alone after it.
    pub failure: Option<Duration>,
}

impl Down {
    /// A reason that needs no warning.
    pub(super) fn quietly(word: &'static str, reason: impl Into<String>) -> Self {
        Self { word, reason: reason.into(), warns: false, failure: None }
    }
}

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Error for Down {}
