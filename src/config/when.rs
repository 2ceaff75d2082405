//! `[[job.NAME.when]]`: settings for some values of a job's parameters.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::codec::fields;
use crate::codec::fields::Fields;

use super::settings::Settings;
use crate::model::glob::Glob;

/// Settings that apply if all of its globs match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// Where it stands in the file.
    pub line: usize,
    /// The number of a parameter, and what its value has to match; at least one.
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

    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        fields::put(&mut out, b'l', &(self.line as u64).to_le_bytes());
        for (param, glob) in &self.globs {
            fields::put(&mut out, b'p', &param.to_le_bytes());
            glob.patterns().for_each(|pattern| fields::put(&mut out, b'g', pattern.as_bytes()));
        }
        fields::put(&mut out, b's', &self.settings.encode());
        out
    }

    /// Back from [`encode`](Self::encode)d bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut when = Self::default();
        let mut globs: Vec<(u32, Vec<String>)> = Vec::new();
        let mut fields = Fields::new(bytes);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                b'l' => when.line = u64::from_le_bytes(bytes.try_into().ok()?) as usize,
                b'p' => globs.push((u32::from_le_bytes(bytes.try_into().ok()?), Vec::new())),
                b'g' => globs.last_mut()?.1.push(String::from_utf8(bytes.into()).ok()?),
                b's' => when.settings = Settings::decode(bytes)?,
                _ => return None,
            }
        }
        when.globs = globs.into_iter().map(|(param, patterns)| (param, Glob::from_patterns(patterns))).collect();
        fields.is_exhausted().then_some(when)
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
            assert_eq!(When::decode(&when.encode()), Some(when));
        }
    }
}
