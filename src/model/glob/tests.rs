//! What globs match, compared with globset.

use super::pattern::{begins, find_long};
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
fn a_glob_has_to_match_the_whole_text() {
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
fn a_text_that_is_no_glob_is_refused() {
    for glob in ["[", "{a", "a}", "[z-a]", r"a\", "[é]", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"] {
        assert!(Glob::parse(glob).unwrap_err().contains("expected"), "{glob}");
    }
}

#[test]
fn a_glob_that_almost_matches_is_decided_soon() {
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
    fn a_glob_matches_what_globset_matches(
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
