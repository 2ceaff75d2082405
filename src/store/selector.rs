//! Selecting the entries of an invalidation, a deletion or a list.

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::Recipe;
use crate::codec::fields::{self, Fields};
use crate::model::glob::Glob;
use crate::model::key::{Key, KeyParts};

/// A set of entries, which includes those that are being fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// The entry of this key. A barrier with it also selects the call of a shell function, if the words that a user
    /// types have this key.
    Key(Key),
    /// Those whose key begins with these digits; see [`Selector::prefix`].
    Prefix(IdPrefix),
    /// Those of this scope.
    Scope(OsString),
    /// Those with this tag.
    Tag(OsString),
    /// Those of this job.
    Job(OsString),
    /// Those whose command line matches; see [`Selector::matching`].
    Match(CommandGlob),
    /// Every one.
    All,
}

/// The first hexadecimal digits of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPrefix(String);

/// A glob over command lines.
#[derive(Clone, Debug)]
pub struct CommandGlob {
    text: String,
    glob: Glob,
}

/// Why a text is not a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Not one to 64 hexadecimal digits.
    #[error("`{0}` is not the beginning of an id: expected 1 to 64 hexadecimal digits")]
    Hex(String),
    /// Not a glob.
    #[error("`{glob}` is not a glob: {reason}")]
    Glob {
        /// As given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
}

mod tag {
    pub const KEY: u8 = b'k';
    pub const PREFIX: u8 = b'p';
    pub const SCOPE: u8 = b'n';
    pub const TAG: u8 = b't';
    pub const JOB: u8 = b'j';
    pub const MATCH: u8 = b'm';
    pub const ALL: u8 = b'*';
}

impl Selector {
    /// By the first digits of the id that `list` and `--status` print.
    ///
    /// # Errors
    ///
    /// [`SelectorError::Hex`].
    pub fn prefix(digits: &str) -> Result<Self, SelectorError> {
        let is_hex = (1..=64).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_hex {
            return Err(SelectorError::Hex(digits.to_owned()));
        }
        Ok(Self::Prefix(IdPrefix(digits.to_ascii_lowercase())))
    }

    /// By a glob over the command line, its words joined by single spaces. `*` matches spaces and `/` too.
    ///
    /// ```
    /// use cacheback::program::store::Selector;
    ///
    /// assert!(Selector::matching("kubectl get *").is_ok());
    /// assert!(Selector::matching("[").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`SelectorError::Glob`].
    pub fn matching(glob: &str) -> Result<Self, SelectorError> {
        match Glob::parse(glob) {
            Ok(parsed) => Ok(Self::Match(CommandGlob { text: glob.to_owned(), glob: parsed })),
            Err(reason) => Err(SelectorError::Glob { glob: glob.to_owned(), reason }),
        }
    }

    /// Whether an entry is selected.
    pub fn matches(&self, key: &Key, parts: &KeyParts, recipe: &Recipe) -> bool {
        match self {
            Self::Key(selected) => {
                selected == key || parts.as_called().is_some_and(|called| called.to_key() == *selected)
            }
            Self::Prefix(prefix) => prefix.begins(key),
            Self::Scope(scope) => parts.scope.as_ref() == Some(scope),
            Self::Tag(tag) => recipe.fetch.tags.contains(tag),
            Self::Job(name) => recipe.fetch.job.as_ref().is_some_and(|job| job.name == *name),
            Self::Match(glob) => glob.is_match(&recipe.invocation().command_line()),
            Self::All => true,
        }
    }

    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Key(key) => fields::put(&mut out, tag::KEY, key.0),
            Self::Prefix(prefix) => fields::put(&mut out, tag::PREFIX, &prefix.0),
            Self::Scope(scope) => fields::put(&mut out, tag::SCOPE, scope.as_bytes()),
            Self::Tag(tag) => fields::put(&mut out, tag::TAG, tag.as_bytes()),
            Self::Job(name) => fields::put(&mut out, tag::JOB, name.as_bytes()),
            Self::Match(glob) => fields::put(&mut out, tag::MATCH, &glob.text),
            Self::All => fields::put(&mut out, tag::ALL, b""),
        }
        out
    }

    /// Decodes what [`encode`](Self::encode) returned; `None` if it is damaged or of an unknown kind.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(bytes);
        let (tag, value) = fields.next()?;
        let text = || str::from_utf8(value).ok();
        let selector = match tag {
            tag::KEY => Self::Key(Key::from_slice(value)?),
            tag::PREFIX => Self::prefix(text()?).ok()?,
            tag::SCOPE => Self::Scope(OsString::from_vec(value.to_vec())),
            tag::TAG => Self::Tag(OsString::from_vec(value.to_vec())),
            tag::JOB => Self::Job(OsString::from_vec(value.to_vec())),
            tag::MATCH => Self::matching(text()?).ok()?,
            tag::ALL => Self::All,
            _ => return None,
        };
        fields.is_exhausted().then_some(selector)
    }
}

impl IdPrefix {
    /// Whether `key` begins with these digits.
    pub fn begins(&self, key: &Key) -> bool {
        key.to_string().starts_with(&self.0)
    }

    /// The [first bits](Key::first_bits) of the keys that begin with these digits, of which only 16 are used.
    pub(super) fn first_bits(&self) -> RangeInclusive<u64> {
        let bound = |fill: &str| {
            let digits: String = self.0.chars().chain(fill.chars().cycle()).take(16).collect();
            u64::from_str_radix(&digits, 16).unwrap_or(0)
        };
        bound("0")..=bound("f")
    }
}

impl CommandGlob {
    fn is_match(&self, command_line: &[u8]) -> bool {
        self.glob.is_match(command_line)
    }
}

impl PartialEq for CommandGlob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CommandGlob {}

impl fmt::Display for CommandGlob {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::invocation::Invocation;
    use crate::policy::{FetchPolicy, Policy};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::path::Path;

    fn selects(selector: &Selector, argv: &[&[u8]], scope: Option<&str>) -> bool {
        let invocation = Invocation::new(argv.iter().map(|word| OsString::from_vec(word.to_vec())));
        let parts = KeyParts { argv: invocation.argv.clone(), scope: scope.map(Into::into), ..KeyParts::default() };
        let recipe = Recipe::new(&invocation, Path::new("/"), &FetchPolicy::default(), &Policy::default());
        selector.matches(&parts.to_key(), &parts, &recipe)
    }

    #[test]
    fn a_glob_has_to_match_the_whole_command_line() {
        let matches = |glob, argv: &[&[u8]]| selects(&Selector::matching(glob).unwrap(), argv, None);
        assert!(matches("kubectl get *", &[b"kubectl", b"get", b"pods", b"-o", b"wide"]));
        assert!(!matches("kubectl get", &[b"kubectl", b"get", b"pods"]));
        assert!(matches("cat *", &[b"cat", b"/etc/passwd"]));
        assert!(matches("cat *e", &[b"cat", b"/etc/.a\n\xff\xfee"]));
        assert!(matches("a?c", &[b"a\xffc"]));
        assert!(matches("*", &[]));
        assert!(matches(r"ls \*", &[b"ls", b"*"]));
        assert!(!matches(r"ls \*", &[b"ls", b"x"]));
    }

    #[test]
    fn a_scope_is_compared_whole() {
        let selector = Selector::Scope("work".into());
        assert!(selects(&selector, &[b"x"], Some("work")));
        assert!(!selects(&selector, &[b"x"], Some("works")));
        assert!(!selects(&selector, &[b"x"], None));
    }

    #[test]
    fn a_prefix_is_hexadecimal() {
        let key = KeyParts::default().to_key();
        let digits = key.to_string();
        let selects = |prefix: &str| selects(&Selector::prefix(prefix).unwrap(), &[], None);
        for length in 1..=64 {
            assert!(selects(&digits[..length]));
            assert!(selects(&digits[..length].to_uppercase()));
            let Ok(Selector::Prefix(prefix)) = Selector::prefix(&digits[..length]) else { unreachable!() };
            assert!(prefix.first_bits().contains(&key.first_bits()));
        }
        let other = if digits.ends_with('0') { "1" } else { "0" };
        assert!(!selects(&format!("{}{other}", &digits[..63])));
        for prefix in ["", "x", "-1", "0x1", " 1", &"0".repeat(65)] {
            assert_eq!(Selector::prefix(prefix), Err(SelectorError::Hex(prefix.to_owned())));
        }
    }

    #[test]
    fn a_prefix_is_a_range_of_first_bits() {
        let range = |digits: &str| match Selector::prefix(digits) {
            Ok(Selector::Prefix(prefix)) => prefix.first_bits(),
            _ => unreachable!(),
        };
        assert_eq!(range("7"), 0x7000_0000_0000_0000..=0x7fff_ffff_ffff_ffff);
        assert_eq!(range("8"), 0x8000_0000_0000_0000..=0x8fff_ffff_ffff_ffff);
        assert_eq!(range("00000000000000000f"), 0..=0);
        assert_eq!(range("ffffffffffffffff"), u64::MAX..=u64::MAX);
    }

    fn any_selector() -> impl Strategy<Value = Selector> {
        prop_oneof![
            any::<[u8; 32]>().prop_map(|digest| Selector::Key(Key(digest))),
            "[0-9a-f]{1,64}".prop_map(|digits| Selector::prefix(&digits).unwrap()),
            vec(any::<u8>(), 0..9).prop_map(|scope| Selector::Scope(OsString::from_vec(scope))),
            vec(any::<u8>(), 0..9).prop_map(|tag| Selector::Tag(OsString::from_vec(tag))),
            vec(any::<u8>(), 0..9).prop_map(|name| Selector::Job(OsString::from_vec(name))),
            "[a-z*? é]{0,9}".prop_map(|glob| Selector::matching(&glob).unwrap()),
            Just(Selector::All),
        ]
    }

    proptest! {
        #[test]
        fn selectors_survive_the_round_trip(selector in any_selector()) {
            prop_assert_eq!(Selector::decode(&selector.encode()), Some(selector));
        }

        #[test]
        fn any_bytes_decode_without_panic(bytes in vec(any::<u8>(), 0..60)) {
            let _ = Selector::decode(&bytes);
        }
    }
}
