//! `[[rule]]`: settings for commands of `run` that match a glob.

use super::settings::Settings;
use crate::model::glob::Glob;

/// Settings for command lines, their words joined by single spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it stands in the file.
    pub line: usize,
    pub command: Glob,
    pub settings: Settings,
}
