//! Globs over bytes, for command lines and for the values of parameters.
//!
//! What parses, and what it matches, is what the crate globset says (a property test holds the two together), but for
//! two things: `**` is `*`, and characters in brackets are ASCII. globset compiles a regular expression for each glob,
//! which takes longer than a whole hit, and its tables made every start 20 µs slower; here alternatives are written out
//! once, when the glob is read, and the rest is interpreted.

/// A glob: `*` any bytes, `?` one byte, `[a-z]`, `[!a-z]`, `{one,other}`; a backslash takes the meaning off the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// Without alternatives; it matches if one of these does.
    patterns: Vec<String>,
}

/// More are not meant.
const MOST_PATTERNS: usize = 256;

impl Glob {
    /// From its text.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(mistake) = mistake(text.as_bytes()) {
            return Err(format!("expected a glob such as 'kubectl get *': {mistake}"));
        }
        let mut rest = text;
        let patterns = sequence(&mut rest, 0).ok_or("expected a glob with fewer alternatives")?;
        if patterns.iter().any(|pattern| has_wide_class(pattern.as_bytes())) {
            return Err("expected only ASCII characters between [ and ]".to_owned());
        }
        Ok(Self { patterns })
    }

    /// Whether `text`, all of it, matches.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern.as_bytes(), text))
    }
}

/// What is wrong with a glob, if it is none.
fn mistake(text: &[u8]) -> Option<String> {
    let (mut at, mut open) = (0, 0);
    while let Some(&first) = text.get(at) {
        at += match first {
            b'\\' if at + 1 == text.len() => return Some("a backslash stands at its end".to_owned()),
            b'\\' => 2,
            b'[' => {
                let length = class(&text[at..], 0).1;
                if length < 2 || text[at + length - 1] != b']' || is_cut_short(&text[at..at + length]) {
                    return Some("`[` is not closed".to_owned());
                }
                if let Some((low, high)) = backward_range(&text[at..at + length]) {
                    return Some(format!("the range {}-{} is backwards", low.escape_ascii(), high.escape_ascii()));
                }
                length
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

/// Whether the `]` at the end of this is the first character in the class, which stands for itself.
fn is_cut_short(class: &[u8]) -> bool {
    matches!(class, [b'[', b']'] | [b'[', b'!' | b'^', b']'])
}

/// A range in the class that ends before it begins.
fn backward_range(class: &[u8]) -> Option<(u8, u8)> {
    ranges(class).into_iter().find(|(low, high)| low > high)
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

/// Whether `text` matches a pattern of a [`Glob`].
///
/// What stands before the first `*` belongs at the beginning of the text, what stands behind the last one at its end;
/// what is between two of them is looked for from left to right, each at its first place.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let mut runs = Runs(Some(pattern));
    let first = runs.next().unwrap_or_default();
    let Some(at) = begins(first, text) else { return false };
    let mut rest = &text[at..];
    let Some(mut run) = runs.next() else { return rest.is_empty() };
    for next in runs {
        let Some(end) = find(run, rest) else { return false };
        (rest, run) = (&rest[end..], next);
    }
    let start = rest.len().checked_sub(places(run).count());
    start.is_some_and(|start| begins(run, &rest[start..]).is_some())
}

/// What stands between the `*` of a pattern, and around them.
struct Runs<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Runs<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.0?;
        let length: usize = places(rest).take_while(|place| *place != b"*").map(<[u8]>::len).sum();
        self.0 = rest.get(length + 1..);
        Some(&rest[..length])
    }
}

/// The parts of a pattern that match one byte each, a `*` among them.
fn places(pattern: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let length = match rest {
            [] => return None,
            [b'\\', _, ..] => 2,
            [b'[', ..] => class(rest, 0).1,
            _ => 1,
        };
        let (place, after) = rest.split_at(length);
        rest = after;
        Some(place)
    })
}

/// Where in `text` the run ends that it begins with, if it does.
fn begins(run: &[u8], text: &[u8]) -> Option<usize> {
    let (mut run, mut at) = (run, 0);
    while !run.is_empty() {
        run = &run[step(run, *text.get(at)?)?..];
        at += 1;
    }
    Some(at)
}

/// Up to this product of lengths each place is tried in turn.
const FEW_STEPS: usize = 1 << 16;

/// Where the first run of this kind in `text` ends.
fn find(run: &[u8], text: &[u8]) -> Option<usize> {
    match run.len().saturating_mul(text.len()) {
        0..=FEW_STEPS => (0..=text.len()).find_map(|start| begins(run, &text[start..]).map(|length| start + length)),
        _ => find_long(run, text),
    }
}

/// The same for all beginnings at once, one bit each: 64 times faster than one after the other, whatever the run is.
fn find_long(run: &[u8], text: &[u8]) -> Option<usize> {
    let count = places(run).count();
    let Some(last) = count.checked_sub(1) else { return Some(0) };
    let words = count.div_ceil(64);
    // For each byte, which places it matches.
    let mut matching = vec![0_u64; 256 * words];
    for (at, place) in places(run).enumerate() {
        for byte in (0..=255).filter(|byte| step(place, *byte).is_some()) {
            matching[usize::from(byte) * words + at / 64] |= 1 << (at % 64);
        }
    }
    // Bit `at`: the text so far ends with the places up to that one. There are none in words from `used` on.
    let mut ends = vec![0_u64; words];
    let mut used = 0;
    for (index, byte) in text.iter().enumerate() {
        let row = &matching[usize::from(*byte) * words..][..words];
        let mut carry = 1;
        let reach = (used + 1).min(words);
        used = 0;
        for (at, (word, mask)) in ends.iter_mut().zip(row).take(reach).enumerate() {
            let next = *word >> 63;
            *word = (*word << 1 | carry) & mask;
            carry = next;
            if *word != 0 {
                used = at + 1;
            }
        }
        if ends[last / 64] & 1 << (last % 64) != 0 {
            return Some(index + 1);
        }
    }
    None
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
fn class(pattern: &[u8], byte: u8) -> (bool, usize) {
    let (negated, start) = class_start(pattern);
    let end = (start + 1..pattern.len()).find(|at| pattern[*at] == b']').unwrap_or(pattern.len());
    let length = (end + 1).min(pattern.len());
    let found = Ranges { members: pattern.get(start..end).unwrap_or_default(), pending: None }
        .any(|(low, high)| (low..=high).contains(&byte));
    (found != negated, length)
}

fn ranges(class: &[u8]) -> Vec<(u8, u8)> {
    let start = class_start(class).1;
    let members = class.get(start..class.len().saturating_sub(1)).unwrap_or_default();
    Ranges { members, pending: None }.collect()
}

/// Whether the class is one of what it does not have, and where its members begin.
fn class_start(pattern: &[u8]) -> (bool, usize) {
    match pattern.get(1) {
        Some(b'!' | b'^') => (true, 2),
        _ => (false, 1),
    }
}

/// The ranges of a class, single characters being ranges of one.
///
/// The reading of `-` is globset's: a third character after a range widens the range.
struct Ranges<'a> {
    members: &'a [u8],
    pending: Option<(u8, u8)>,
}

impl Iterator for Ranges<'_> {
    type Item = (u8, u8);

    fn next(&mut self) -> Option<(u8, u8)> {
        loop {
            match (self.members, &mut self.pending) {
                ([], pending) => return pending.take(),
                ([b'-', end, rest @ ..], Some(range)) => {
                    range.1 = *end;
                    self.members = rest;
                }
                ([b'-'], Some(_)) => {
                    self.members = &[];
                    let range = self.pending.replace((b'-', b'-'));
                    return range;
                }
                ([member, rest @ ..], pending) => {
                    self.members = rest;
                    if let Some(range) = pending.replace((*member, *member)) {
                        return Some(range);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn globset(glob: &str) -> Option<globset::GlobMatcher> {
        let glob = globset::GlobBuilder::new(glob).literal_separator(false).backslash_escape(true).build().ok()?;
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
        let (run, text) = ("a".repeat(20_000), "a".repeat(60_000));
        let class = format!("*[{run}]b*");
        for glob in [format!("*{run}b"), format!("*{run}b*"), format!("*b{run}"), format!("*{run}?{run}b*"), class] {
            assert!(!Glob::parse(&glob).unwrap().is_match(text.as_bytes()), "{}", &glob[..4]);
        }
        assert!(Glob::parse(&format!("*{run}*{run}")).unwrap().is_match(text.as_bytes()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

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
        fn a_long_run_is_found_where_a_short_one_is(
            run in r"([ab?]|\\[a-b]|\[!a\]|\[ab\]){0,150}",
            text in vec(proptest::sample::select(b"aab".to_vec()), 0..400),
        ) {
            let one_by_one =
                (0..=text.len()).find_map(|start| begins(run.as_bytes(), &text[start..]).map(|end| start + end));
            prop_assert_eq!(find_long(run.as_bytes(), &text), one_by_one);
        }

        #[test]
        fn no_glob_causes_a_panic(glob in any::<String>(), text in vec(any::<u8>(), 0..9)) {
            if let Ok(glob) = Glob::parse(&glob) {
                glob.is_match(&text);
            }
        }
    }
}
