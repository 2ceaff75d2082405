//! `[[job.NAME.when]]`: settings for some values of a job's parameters.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::settings::Settings;
use crate::model::glob::Glob;

/// Settings that apply if all of its globs match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// Where it stands in the file.
    pub line: usize,
    /// The index of each parameter, and the glob that its value has to match; at least one.
    pub globs: Vec<(u32, Glob)>,
    pub settings: Settings,
}

impl When {
    /// Whether it applies to a job with these values.
    pub fn is_met(&self, values: &[OsString]) -> bool {
        let matches = |(param, glob): &(u32, Glob)| {
            values.get(*param as usize).is_some_and(|value| glob.is_match(value.as_bytes()))
        };
        !self.globs.is_empty() && self.globs.iter().all(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_globs_have_to_match() {
        let when = |globs: &[(u32, &str)]| {
            let globs = globs.iter().map(|(param, glob)| (*param, Glob::parse(glob).unwrap())).collect();
            When { globs, ..When::default() }
        };
        for (globs, expected) in [
            (&[(0, "a*")][..], true),
            (&[(0, "a*"), (1, "2")], true),
            (&[(0, "a*"), (1, "3")], false),
            (&[(0, "b*")], false),
            (&[(7, "*")], false),
            (&[], false),
        ] {
            let when = when(globs);
            assert_eq!(when.is_met(&["ann".into(), "2".into()]), expected, "{globs:?}");
        }
    }
}
