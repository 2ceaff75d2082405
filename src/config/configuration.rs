//! The content of a configuration file without mistakes.

use super::{Shared, job::Job, settings::Settings};
use crate::model::glob::Glob;

/// A whole file; the default is that of an empty one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    pub defaults: Settings,
    /// In the order of the file.
    pub rules: Vec<Rule>,
    /// By name.
    pub jobs: Vec<Job>,
    pub shared: Option<Shared>,
}

/// `[[rule]]`: settings for command lines, their words joined by single spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it stands in the file.
    pub line: usize,
    pub command: Glob,
    pub settings: Settings,
}

/// What the file says about a command of `run`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForCommand {
    pub defaults: Settings,
    pub rule: Option<Rule>,
    pub shared: Option<Shared>,
}

impl Configuration {
    /// The defaults, and the first rule for a command line.
    pub fn for_command(self, command_line: &[u8]) -> ForCommand {
        let rule = self.rules.into_iter().find(|rule| rule.command.is_match(command_line));
        ForCommand { defaults: self.defaults, rule, shared: self.shared }
    }

    /// The job of this name.
    ///
    /// # Errors
    ///
    /// The names of all jobs, if there is none of this name.
    pub fn take_job(&mut self, name: &str) -> Result<Job, Vec<String>> {
        match self.jobs.iter().position(|job| job.name == name) {
            Some(at) => Ok(self.jobs.swap_remove(at)),
            None => Err(self.jobs.iter().map(|job| job.name.clone()).collect()),
        }
    }
}
