//! `[[rule]]`: settings for commands of `run` that match a glob.

use crate::codec::fields;
use crate::codec::fields::Fields;

use super::settings::Settings;
use crate::model::glob;
use crate::model::glob::Glob;

/// Settings for a command line, its words joined by single spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Where it stands in the file.
    pub line: usize,
    pub settings: Settings,
}

/// The bytes of a rule for commands that match `command`.
pub fn encode(rule: &Rule, command: &Glob) -> Vec<u8> {
    let mut out = Vec::new();
    command.patterns().for_each(|pattern| fields::put(&mut out, b'g', pattern.as_bytes()));
    fields::put(&mut out, b'l', &(rule.line as u64).to_le_bytes());
    fields::put(&mut out, b's', &rule.settings.encode());
    out
}

/// The rule in [`encode`]d bytes if it is for `command_line`; `Some(None)` if it is for others, `None` if this is no
/// rule. What does not match costs no allocation.
pub fn decode_if_for(command_line: &[u8], bytes: &[u8]) -> Option<Option<Rule>> {
    let mut rule = Rule::default();
    let mut is_match = false;
    let mut fields = Fields::new(bytes);
    for (tag, bytes) in fields.by_ref() {
        match tag {
            b'g' => is_match = is_match || glob::matches(bytes, command_line),
            _ if !is_match => return Some(None),
            b'l' => rule.line = u64::from_le_bytes(bytes.try_into().ok()?) as usize,
            b's' => rule.settings = Settings::decode(bytes)?,
            _ => return None,
        }
    }
    (is_match && fields.is_exhausted()).then_some(Some(rule))
}
