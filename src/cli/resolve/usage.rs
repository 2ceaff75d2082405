//! A command line that parses but cannot be used.

use cacheback::ExitStatus;

use crate::cli::render::message;
use crate::config::ConfigError;

/// What is wrong with the command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

impl UsageError {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn print(&self) -> ExitStatus {
        message::error(self);
        ExitStatus::Failed
    }
}

impl From<ConfigError> for UsageError {
    fn from(error: ConfigError) -> Self {
        Self(error.to_string())
    }
}
