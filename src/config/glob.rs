//! Globs over bytes, for rules and for the values of parameters.
//!
//! What parses, and what it matches, is what globset says, which `--match` uses, but for two things: `**` is `*`, and
//! characters in brackets are ASCII. globset compiles a regular expression for each glob, which takes longer than a
//! whole hit; here alternatives are written out once, when the configuration is read, and the rest is interpreted.

use globset::GlobBuilder;

/// A glob: `*` any bytes, `?` one byte, `[a-z]`, `[!a-z]`, `{one,other}`; a backslash takes the meaning off the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// Without alternatives; it matches if one of these does.
    patterns: Vec<String>,
}

/// More are not meant.
const MOST_PATTERNS: usize = 256;

impl Glob {
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Err(error) = GlobBuilder::new(text).literal_separator(false).backslash_escape(true).build() {
            return Err(format!("expected a glob such as 'kubectl get *': {}", error.kind()));
        }
        let mut rest = text;
        let patterns = sequence(&mut rest, 0).ok_or("expected a glob with fewer alternatives")?;
        if patterns.iter().any(|pattern| has_wide_class(pattern.as_bytes())) {
            return Err("expected only ASCII characters between [ and ]".to_owned());
        }
        Ok(Self { patterns })
    }

    /// Its patterns, each for [`matches`].
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(String::as_str)
    }

    /// Back from its [`patterns`](Self::patterns).
    pub fn from_patterns(patterns: Vec<String>) -> Self {
        Self { patterns }
    }

    /// Whether `text`, all of it, matches.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern.as_bytes(), text))
    }
}

/// The patterns that a glob, up to the end of the alternative that it is in, stands for; `None` if they are too many.
fn sequence(rest: &mut &str, depth: usize) -> Option<Vec<String>> {
    let mut patterns = vec![String::new()];
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ',' | '}' if depth > 0 => break,
            '{' => {
                let alternatives = alternatives(rest, depth)?;
                if patterns.len() * alternatives.len() > MOST_PATTERNS {
                    return None;
                }
                let joined = |head: &String| alternatives.iter().map(move |tail| format!("{head}{tail}")).collect();
                patterns = patterns.iter().flat_map(|head| -> Vec<String> { joined(head) }).collect();
                continue;
            }
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '[' => class(rest.as_bytes(), 0).1,
            other => other.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        patterns.iter_mut().for_each(|pattern| pattern.push_str(piece));
        *rest = after;
    }
    (patterns.len() <= MOST_PATTERNS).then_some(patterns)
}

/// `{a,b}`; as in globset an empty alternative counts only if there is no other.
fn alternatives(rest: &mut &str, depth: usize) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut end = '{';
    while end != '}' {
        *rest = &rest[1..];
        all.extend(sequence(rest, depth + 1)?);
        end = rest.chars().next().unwrap_or('}');
    }
    *rest = rest.get(1..).unwrap_or_default();
    all.retain(|pattern| !pattern.is_empty());
    if all.is_empty() {
        all.push(String::new());
    }
    (all.len() <= MOST_PATTERNS).then_some(all)
}

fn has_wide_class(pattern: &[u8]) -> bool {
    let mut at = 0;
    while let Some(first) = pattern.get(at) {
        at += match first {
            b'\\' => 2,
            b'[' => {
                let length = class(&pattern[at..], 0).1;
                if !pattern[at..at + length].is_ascii() {
                    return true;
                }
                length
            }
            _ => 1,
        };
    }
    false
}

/// Whether `text` matches a pattern of a [`Glob`]. Only the last `*` is ever tried again, so it takes no longer than
/// the product of the lengths.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, t));
            continue;
        }
        if p == pattern.len() && t == text.len() {
            return true;
        }
        if let Some(length) = text.get(t).and_then(|byte| step(&pattern[p..], *byte)) {
            (p, t) = (p + length, t + 1);
            continue;
        }
        match star {
            Some((after, from)) if from < text.len() => {
                (p, t) = (after, from + 1);
                star = Some((after, t));
            }
            _ => return false,
        }
    }
}

/// How much of the pattern `byte` matches, if it does.
fn step(pattern: &[u8], byte: u8) -> Option<usize> {
    let (matched, length) = match pattern {
        [] => return None,
        [b'?', ..] => (true, 1),
        [b'\\', escaped, ..] => (*escaped == byte, 2),
        [b'[', ..] => class(pattern, byte),
        [literal, ..] => (*literal == byte, 1),
    };
    matched.then_some(length)
}

/// Whether `byte` is in the class that `pattern` begins with, and how long that is.
///
/// The reading of `-` and of a first `]` is globset's: a third character after a range widens the range.
fn class(pattern: &[u8], byte: u8) -> (bool, usize) {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    let mut found = false;
    let mut last: Option<(u8, u8)> = None;
    let mut in_range = false;
    let mut at = start;
    while let Some(&member) = pattern.get(at) {
        match (member, &mut last) {
            (b']', _) if at > start => break,
            (b'-', Some(_)) if !in_range => in_range = true,
            (end, Some(range)) if in_range => {
                range.1 = end;
                in_range = false;
            }
            _ => {
                found |= last.is_some_and(|(low, high)| (low..=high).contains(&byte));
                last = Some((member, member));
            }
        }
        at += 1;
    }
    found |= last.is_some_and(|(low, high)| (low..=high).contains(&byte)) || (in_range && byte == b'-');
    (found != negated, (at + 1).min(pattern.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn globset(glob: &str) -> Option<globset::GlobMatcher> {
        let glob = GlobBuilder::new(glob).literal_separator(false).backslash_escape(true).build().ok()?;
        Some(glob.compile_matcher())
    }

    #[test]
    fn a_glob_looks_at_the_whole_text() {
        for (glob, text, expected) in [
            ("kubectl get *", "kubectl get pods -o wide", true),
            ("kubectl get *", "kubectl get", false),
            ("kubectl {get,describe} *", "kubectl describe pod", true),
            ("kubectl {get,describe} *", "kubectl delete pod", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("cat *.[ch]", "cat /src/a.h", true),
            ("cat *.[!ch]", "cat /src/a.h", false),
            (r"ls \*", "ls *", true),
            (r"ls \*", "ls x", false),
            ("a*b*c", "a b b c", true),
            ("a*b*c", "a c b", false),
            ("[]-]", "-", true),
            ("{a,{b,c}d}e", "cde", true),
            ("{a,}", "", false),
        ] {
            assert_eq!(Glob::parse(glob).unwrap().is_match(text.as_bytes()), expected, "{glob} {text}");
        }
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for glob in ["[", "{a", "a}", "[z-a]", r"a\", "[é]", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"] {
            assert!(Glob::parse(glob).unwrap_err().contains("expected"), "{glob}");
        }
    }

    #[test]
    fn a_hopeless_glob_ends_soon() {
        let glob = Glob::parse(&"*a".repeat(200)).unwrap();
        assert!(!glob.is_match("a".repeat(199).as_bytes()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn it_matches_what_globset_matches(
            glob in r"([abc{},\\\[\]!^\-?é]|\*[abc?\[]){0,9}\*?",
            text in vec(proptest::sample::select(b"abc{},\\[]!^-?*\n\xff\xc3\xa9".to_vec()), 0..7),
        ) {
            prop_assume!(!glob.contains("**"));
            match (globset(&glob), Glob::parse(&glob)) {
                (Some(theirs), Ok(ours)) => {
                    prop_assert_eq!(ours.is_match(&text), theirs.is_match(OsStr::from_bytes(&text)));
                }
                (None, Ok(_)) => prop_assert!(false, "globset refuses it"),
                (Some(_), Err(reason)) => prop_assert!(reason.contains("ASCII"), "{}", reason),
                (None, Err(_)) => {}
            }
        }

        #[test]
        fn no_glob_causes_a_panic(glob in any::<String>(), text in vec(any::<u8>(), 0..9)) {
            if let Ok(glob) = Glob::parse(&glob) {
                glob.is_match(&text);
            }
        }
    }
}
