//! Globs over bytes, for command lines and for the values of parameters.
//!
//! A glob matches what the crate globset says that it matches (a property test compares the two), with two exceptions:
//! `**` is `*`, and characters in brackets are ASCII. globset itself compiles a regular expression for each glob, which
//! takes longer than a whole hit, and its tables made every start 20 µs slower. The crate glob, which `--depends-on`
//! uses, has no alternatives and no backslash, and matches text only. Here, parsing a glob makes a pattern of each
//! choice of its alternatives, and matching interprets these patterns.

mod class;
mod pattern;
#[cfg(test)]
mod tests;

use self::class::Class;
use self::pattern::matches;

/// A glob: `*` matches any bytes and `?` one byte; `[a-z]`, `[!a-z]` and `{one,other}` are choices. A character after a
/// backslash stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// One for each choice of alternatives; the glob matches if one of them does.
    patterns: Vec<String>,
}

/// A glob whose alternatives make more patterns than this is refused.
const MOST_PATTERNS: usize = 256;

impl Glob {
    /// Parses `text`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with `text`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(mistake) = mistake(text.as_bytes()) {
            return Err(format!("expected a glob such as 'kubectl get *': {mistake}"));
        }
        let mut rest = text;
        let patterns = sequence(&mut rest, 0).ok_or("expected a glob with fewer alternatives")?;
        Ok(Self { patterns })
    }

    /// Whether `text`, all of it, matches.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern.as_bytes(), text))
    }
}

/// Why `text` is not a glob, if it is not.
fn mistake(text: &[u8]) -> Option<String> {
    let (mut at, mut open) = (0, 0);
    while let Some(&first) = text.get(at) {
        at += match first {
            b'\\' if at + 1 == text.len() => return Some("it ends with a backslash".to_owned()),
            b'\\' => 2,
            b'[' => {
                let class = Class::first_of(&text[at..]);
                if !class.is_closed {
                    return Some("`[` is not closed".to_owned());
                }
                if !class.is_ascii() {
                    return Some("only ASCII characters can stand between [ and ]".to_owned());
                }
                if let Some((low, high)) = class.backward_range() {
                    return Some(format!("the range {}-{} is backwards", low.escape_ascii(), high.escape_ascii()));
                }
                class.length
            }
            b'{' => {
                open += 1;
                1
            }
            b'}' if open == 0 => return Some("`}` closes nothing".to_owned()),
            b'}' => {
                open -= 1;
                1
            }
            _ => 1,
        };
    }
    (open > 0).then(|| "`{` is not closed".to_owned())
}

/// The patterns of a glob, or of one alternative of it if `depth` is above zero; `None` if they are too many.
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
            '[' => Class::first_of(rest.as_bytes()).length,
            other => other.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        patterns.iter_mut().for_each(|pattern| pattern.push_str(piece));
        *rest = after;
    }
    (patterns.len() <= MOST_PATTERNS).then_some(patterns)
}

/// The patterns of `{a,b}`. As in globset an empty alternative counts only if there is no other.
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
