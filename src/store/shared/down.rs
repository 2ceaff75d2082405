//! That the server cannot be used, and why.

/// The server cannot be used for this call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// Why, in one word.
    pub word: &'static str,
    /// The same in words, without a password.
    pub reason: String,
    /// Somebody should be told of it, and has not been lately.
    pub warns: bool,
}

impl Down {
    /// Without a need to tell anybody.
    pub(super) fn quietly(word: &'static str, reason: impl Into<String>) -> Self {
        Self { word, reason: reason.into(), warns: false }
    }
}
