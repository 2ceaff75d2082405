//! A configuration that was checked, as bytes: what is asked of it is found without taking the rest apart.
//!
//! Every answer comes from here, whether the file has just been read or was read by an earlier call, so that the two
//! cannot differ.

use crate::codec::fields;
use crate::codec::fields::Fields;

use super::job::Job;
use super::rule::{self, Rule};
use super::settings::Settings;
use crate::model::glob::Glob;

/// All of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled(Vec<u8>);

const DEFAULTS: u8 = b'd';
const RULE: u8 = b'r';
const JOB_NAME: u8 = b'n';
const JOB: u8 = b'j';

/// What the file says about a command of `run`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForCommand {
    pub defaults: Settings,
    pub rule: Option<Rule>,
}

/// What the file says about a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForJob {
    pub defaults: Settings,
    /// The job, or else the names of all jobs.
    pub job: Result<Job, Vec<String>>,
}

impl Compiled {
    /// From what [`bytes`](Self::bytes) gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn put_defaults(&mut self, defaults: &Settings) {
        fields::put(&mut self.0, DEFAULTS, &defaults.encode());
    }

    pub fn put_rule(&mut self, rule: &Rule, command: &Glob) {
        fields::put(&mut self.0, RULE, &rule::encode(rule, command));
    }

    pub fn put_job(&mut self, job: &Job) {
        fields::put(&mut self.0, JOB_NAME, job.name.as_bytes());
        fields::put(&mut self.0, JOB, &job.encode());
    }

    /// The first rule for a command line; `None` if these bytes are damaged, as for all questions.
    pub fn for_command(&self, command_line: &[u8]) -> Option<ForCommand> {
        let mut found = ForCommand::default();
        let mut fields = Fields::new(&self.0);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                DEFAULTS => found.defaults = Settings::decode(bytes)?,
                RULE if found.rule.is_none() => found.rule = rule::decode_if_for(command_line, bytes)?,
                RULE | JOB_NAME | JOB => {}
                _ => return None,
            }
        }
        fields.is_exhausted().then_some(found)
    }

    /// All jobs, by name.
    pub fn jobs(&self) -> Option<Vec<Job>> {
        let mut jobs = Vec::new();
        let mut fields = Fields::new(&self.0);
        for (tag, bytes) in fields.by_ref() {
            if tag == JOB {
                jobs.push(Job::decode(bytes)?);
            }
        }
        fields.is_exhausted().then_some(jobs)
    }

    /// The job of this name.
    pub fn for_job(&self, name: &str) -> Option<ForJob> {
        let mut defaults = Settings::default();
        let mut names = Vec::new();
        let mut job = None;
        let mut fields = Fields::new(&self.0);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                DEFAULTS => defaults = Settings::decode(bytes)?,
                JOB_NAME => names.push(String::from_utf8(bytes.into()).ok()?),
                JOB if names.last()? == name => job = Some(Job::decode(bytes)?),
                RULE | JOB => {}
                _ => return None,
            }
        }
        fields.is_exhausted().then_some(ForJob { defaults, job: job.ok_or(names) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::tests::any_settings;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_rule_that_matches_is_found(
            defaults in any_settings(),
            rules in vec(("[ab*?]{0,3}", any_settings()), 0..6),
            line in "[ab]{0,3}",
        ) {
            let mut compiled = Compiled::default();
            compiled.put_defaults(&defaults);
            let mut expected = None;
            for (index, (glob, settings)) in rules.into_iter().enumerate() {
                let glob = Glob::parse(&glob).unwrap();
                let rule = Rule { line: index, settings };
                compiled.put_rule(&rule, &glob);
                expected = expected.or(glob.is_match(line.as_bytes()).then_some(rule));
            }
            let found = compiled.for_command(line.as_bytes());
            prop_assert_eq!(found, Some(ForCommand { defaults, rule: expected }));
        }

        #[test]
        fn cut_or_damaged_bytes_are_no_rule(cut in 0_usize..30) {
            let mut compiled = Compiled::default();
            compiled.put_rule(&Rule::default(), &Glob::parse("a*").unwrap());
            let bytes = compiled.bytes();
            prop_assume!(cut > 0 && cut < bytes.len());
            prop_assert_eq!(Compiled::from_bytes(bytes[..cut].to_vec()).for_command(b"ab"), None);
        }

        #[test]
        fn any_bytes_are_asked_without_panic(bytes in vec(any::<u8>(), 0..80)) {
            let compiled = Compiled::from_bytes(bytes);
            let _ = (compiled.for_command(b"ab"), compiled.for_job("a"), compiled.jobs());
        }
    }
}
