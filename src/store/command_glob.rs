//! Globs over command lines.
//!
//! Written out here because the crates for it match by way of regular expressions: those were 640 KiB of the program,
//! and the addresses in their tables, which the loader adjusts at every start, six of a hit's 74 page faults.

use std::fmt;

/// `{a,b}` is expanded; a glob that would become more patterns than this is refused.
const PATTERNS_MAX: usize = 1024;

/// A glob over command lines: `*` and `?` for any text and any character, spaces and `/` included; `[a-z]` and `[!a-z]`
/// for one of these characters and for another one; `{a,b}` for one of these globs; `\` takes the meaning from what
/// follows it.
#[derive(Clone, Debug)]
pub struct CommandGlob {
    source: String,
    /// One of them has to match.
    patterns: Vec<Vec<Token>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// This very character.
    One(char),
    /// Any character.
    Any,
    /// Any number of characters.
    Star,
    /// A character in one of these ranges, or in none of them.
    Class { is_negated: bool, ranges: Vec<(char, char)> },
}

/// Not a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// `[` without its `]`.
    #[error("a [ has no ]")]
    OpenClass,
    /// `[z-a]`.
    #[error("a range of characters goes backwards")]
    BackwardRange,
    /// `{` without its `}`.
    #[error("a {{ has no }}")]
    OpenAlternatives,
    /// `}` without its `{`.
    #[error("a }} has no {{")]
    UnopenedAlternatives,
    /// Nothing after the last `\`.
    #[error("a \\ stands at the end")]
    DanglingEscape,
    /// `{a,b}` too often.
    #[error("it stands for more than 1024 patterns")]
    TooMany,
}

impl CommandGlob {
    /// The glob that is written so.
    ///
    /// # Errors
    ///
    /// [`GlobError`].
    pub fn new(source: &str) -> Result<Self, GlobError> {
        let mut rest = source;
        let patterns = alternatives(&mut rest, false)?;
        Ok(Self { source: source.to_owned(), patterns })
    }

    /// Whether the whole of `line` matches. A byte that is no text counts as a character of its own.
    pub fn is_match(&self, line: &[u8]) -> bool {
        let line: Vec<char> = line.utf8_chunks().flat_map(chars).collect();
        self.patterns.iter().any(|pattern| matches(pattern, &line))
    }
}

/// The characters of a piece; what is no text becomes a character that no glob names.
fn chars(chunk: std::str::Utf8Chunk<'_>) -> Vec<char> {
    chunk.valid().chars().chain(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER)).collect()
}

/// Where a star has matched too little it takes one character more; only the last star ever has to.
fn matches(pattern: &[Token], line: &[char]) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut star = None;
    while position < line.len() {
        let matched = match pattern.get(at) {
            Some(Token::Star) => {
                star = Some((at, position));
                at += 1;
                continue;
            }
            Some(Token::One(expected)) => *expected == line[position],
            Some(Token::Any) => true,
            Some(Token::Class { is_negated, ranges }) => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&line[position])) != *is_negated
            }
            None => false,
        };
        if matched {
            (at, position) = (at + 1, position + 1);
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            (at, position) = (star_at + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|token| *token == Token::Star)
}

/// Patterns from `rest`: all of it, or what is inside of braces, up to and with the closing one.
fn alternatives(rest: &mut &str, in_braces: bool) -> Result<Vec<Vec<Token>>, GlobError> {
    let mut done: Vec<Vec<Token>> = Vec::new();
    let mut current: Vec<Vec<Token>> = vec![Vec::new()];
    loop {
        let Some(c) = next(rest) else {
            if in_braces {
                return Err(GlobError::OpenAlternatives);
            }
            break;
        };
        let token = match c {
            '{' => {
                let endings = alternatives(rest, true)?;
                if current.len() * endings.len() > PATTERNS_MAX {
                    return Err(GlobError::TooMany);
                }
                let joined =
                    |begin: &Vec<Token>| endings.iter().map(|end| [&begin[..], end].concat()).collect::<Vec<_>>();
                current = current.iter().flat_map(joined).collect();
                continue;
            }
            '}' if in_braces => break,
            '}' => return Err(GlobError::UnopenedAlternatives),
            ',' if in_braces => {
                done.append(&mut current);
                current.push(Vec::new());
                continue;
            }
            '*' => Token::Star,
            '?' => Token::Any,
            '[' => class(rest)?,
            '\\' => Token::One(next(rest).ok_or(GlobError::DanglingEscape)?),
            c => Token::One(c),
        };
        current.iter_mut().for_each(|pattern| pattern.push(token.clone()));
    }
    done.append(&mut current);
    if done.len() > PATTERNS_MAX { Err(GlobError::TooMany) } else { Ok(done) }
}

/// After `[`: up to and with the `]`, which is a character of the class if it comes first.
fn class(rest: &mut &str) -> Result<Token, GlobError> {
    let is_negated = rest.starts_with(['!', '^']);
    if is_negated {
        next(rest);
    }
    let mut ranges = Vec::new();
    loop {
        let from = next(rest).ok_or(GlobError::OpenClass)?;
        if from == ']' && !ranges.is_empty() {
            return Ok(Token::Class { is_negated, ranges });
        }
        // A - before the ] is one of the characters.
        let is_range = rest.starts_with('-') && !rest.starts_with("-]");
        let to = if is_range {
            next(rest);
            next(rest).ok_or(GlobError::OpenClass)?
        } else {
            from
        };
        if to < from {
            return Err(GlobError::BackwardRange);
        }
        ranges.push((from, to));
    }
}

fn next(rest: &mut &str) -> Option<char> {
    let mut chars = rest.chars();
    let c = chars.next();
    *rest = chars.as_str();
    c
}

impl PartialEq for CommandGlob {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for CommandGlob {}

impl fmt::Display for CommandGlob {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_match(glob: &str, line: &str) -> bool {
        CommandGlob::new(glob).unwrap().is_match(line.as_bytes())
    }

    #[test]
    fn every_sign_has_its_meaning() {
        for (glob, yes, no) in [
            ("", &[""][..], &["a"][..]),
            ("date", &["date"], &["dat", "dates", "Date"]),
            ("*", &["", "a b/c\nd"], &[]),
            ("git *", &["git log", "git "], &["git", "gita"]),
            ("**a*b", &["ab", "xaxbxb"], &["ba", "abx"]),
            ("a?c", &["abc", "aéc", "a c"], &["ac", "abbc"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "x", "-x"]),
            ("[!a-c]x", &["dx", "éx"], &["ax"]),
            ("[^a]x", &["bx"], &["ax"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[!]a]", &["b"], &["]", "a"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("[-a]", &["a", "-"], &["b"]),
            ("[*?]", &["*", "?"], &["a"]),
            ("{get,describe} *", &["get x", "describe x"], &["list x"]),
            ("a{,b{c,d}*}e", &["ae", "abce", "abdxe"], &["abe"]),
            (r"\*\{\[", &["*{["], &["a{["]),
            ("a,b", &["a,b"], &["a"]),
            ("é*", &["é!"], &["e!"]),
        ] {
            assert!(yes.iter().all(|line| is_match(glob, line)), "{glob}");
            assert!(!no.iter().any(|line| is_match(glob, line)), "{glob}");
        }
        let bytes = CommandGlob::new("a?c").unwrap();
        assert!(bytes.is_match(b"a\xffc") && !bytes.is_match(b"a\xff\xffc"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        let many = "{a,b}".repeat(11);
        for (glob, expected) in [
            ("[", GlobError::OpenClass),
            ("[a", GlobError::OpenClass),
            ("[]", GlobError::OpenClass),
            ("[b-a]", GlobError::BackwardRange),
            ("{a", GlobError::OpenAlternatives),
            ("a}", GlobError::UnopenedAlternatives),
            ("a\\", GlobError::DanglingEscape),
            (&many, GlobError::TooMany),
        ] {
            assert_eq!(CommandGlob::new(glob).unwrap_err(), expected, "{glob}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!is_match(&"*a".repeat(1_000), &format!("{}b", "a".repeat(3_000))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn it_matches_what_globset_matches(glob in "[ab{},*?\\[\\]!\\\\-]{0,8}", line in "[ab,!\\-]{0,8}") {
            let theirs = globset::GlobBuilder::new(&glob).literal_separator(false).backslash_escape(true).build();
            if let (Ok(ours), Ok(theirs)) = (CommandGlob::new(&glob), theirs) {
                let theirs = theirs.compile_matcher().is_match(&line);
                prop_assert_eq!(ours.is_match(line.as_bytes()), theirs, "{} over {}", glob, line);
            }
        }

        #[test]
        fn any_text_is_a_glob_or_refused(glob in ".{0,20}", line in ".{0,20}") {
            if let Ok(glob) = CommandGlob::new(&glob) {
                glob.is_match(line.as_bytes());
            }
        }
    }
}
