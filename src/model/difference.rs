//! The parts in which two keys differ, for somebody who expected a hit.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::key::{Digest, KeyParts};

/// The two values of a part, which differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// In the stored key.
    pub stored: T,
    /// In the other key, which is being explained.
    pub wanted: T,
}

/// A part in which a stored key and another one differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// One word of the command, by its place; the program has place 0.
    Word(usize, Change<OsString>),
    /// More or fewer words from this place on.
    Words(usize, Change<Vec<OsString>>),
    /// The source of a shell function, in one of the keys at least.
    Source(Change<Option<Digest>>),
    /// Whether the first word is a shell string.
    Shell(Change<bool>),
    /// Whether the output is a terminal.
    Pty(Change<bool>),
    /// What replaces the command line, in one of the keys at least.
    Key(Change<Option<OsString>>),
    /// The namespace.
    Scope(Change<Option<OsString>>),
    /// The working directory.
    Cwd(Change<Option<PathBuf>>),
    /// The globs of names of variables.
    Globs(Change<Vec<OsString>>),
    /// The names of the variables that a shell string gets its arguments in.
    Parameters(Change<Vec<OsString>>),
    /// A variable.
    Variable(OsString, Change<Known>),
    /// A file.
    File(OsString, Change<Known>),
    /// Standard input, by its digest.
    Stdin(Change<Option<Digest>>),
}

/// What is known of a variable or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is not part of the key.
    Ignored,
    /// There is none.
    Absent,
    /// It has a value, or content, of this digest.
    Present(Digest),
}

impl Difference {
    /// What it adds to the [`distance`] of two keys.
    ///
    /// An option is easily forgotten, but another word makes another command: two missing options weigh less than
    /// another word.
    fn weight(&self) -> usize {
        match self {
            Self::Words(_, Change { stored, wanted }) => 3 * stored.len().abs_diff(wanted.len()).max(1),
            Self::Word(..) => 3,
            Self::Shell(_) | Self::Key(_) => 2,
            _ => 1,
        }
    }
}

/// How far two keys are apart; 0 if they are the same.
pub fn distance(differences: &[Difference]) -> usize {
    differences.iter().map(Difference::weight).sum()
}

/// The parts in which `stored` and `wanted` differ, in the order in which a call gives them.
///
/// ```
/// use cacheback::program::model::difference::{Change, Difference, between};
/// use cacheback::program::model::key::KeyParts;
///
/// let parts = |dir: &str| KeyParts { argv: vec!["ls".into()], cwd: Some(dir.into()), ..KeyParts::default() };
/// let change = Change { stored: Some("/a".into()), wanted: Some("/b".into()) };
/// assert_eq!(between(&parts("/a"), &parts("/b")), [Difference::Cwd(change)]);
/// ```
pub fn between(stored: &KeyParts, wanted: &KeyParts) -> Vec<Difference> {
    let mut found = Vec::new();
    if stored.key.is_none() && wanted.key.is_none() {
        let source = |parts: &KeyParts| parts.function().map(|function| function.source());
        let called =
            |parts: &KeyParts| parts.function().map_or_else(|| parts.argv.clone(), |function| function.words());
        words(&called(stored), &called(wanted), &mut found);
        found.extend(change(&source(stored), &source(wanted)).map(Difference::Source));
        found.extend(change(&stored.shell, &wanted.shell).map(Difference::Shell));
        found.extend(change(&stored.parameters, &wanted.parameters).map(Difference::Parameters));
    }
    found.extend(change(&stored.key, &wanted.key).map(Difference::Key));
    found.extend(change(&stored.scope, &wanted.scope).map(Difference::Scope));
    found.extend(change(&stored.cwd, &wanted.cwd).map(Difference::Cwd));
    found.extend(change(&stored.globs, &wanted.globs).map(Difference::Globs));
    found.extend(each(&stored.env, &wanted.env).map(|(name, change)| Difference::Variable(name, change)));
    found.extend(each(&stored.files, &wanted.files).map(|(path, change)| Difference::File(path, change)));
    found.extend(change(&stored.stdin, &wanted.stdin).map(Difference::Stdin));
    found.extend(change(&stored.pty, &wanted.pty).map(Difference::Pty));
    found
}

fn change<T: Clone + PartialEq>(stored: &T, wanted: &T) -> Option<Change<T>> {
    (stored != wanted).then(|| Change { stored: stored.clone(), wanted: wanted.clone() })
}

/// Adds the words that differ to `found`. Lists of the same length are compared word by word. Other lists differ in
/// what is between their common beginning and their common end.
fn words(stored: &[OsString], wanted: &[OsString], found: &mut Vec<Difference>) {
    if stored.len() == wanted.len() {
        let pairs = stored.iter().zip(wanted).enumerate();
        found.extend(pairs.filter_map(|(at, (stored, wanted))| Some(Difference::Word(at, change(stored, wanted)?))));
        return;
    }
    let start = stored.iter().zip(wanted).take_while(|(stored, wanted)| stored == wanted).count();
    let (stored, wanted) = (&stored[start..], &wanted[start..]);
    let end = stored.iter().rev().zip(wanted.iter().rev()).take_while(|(stored, wanted)| stored == wanted).count();
    let rest = |words: &[OsString]| words[..words.len() - end].to_vec();
    found.push(Difference::Words(start, Change { stored: rest(stored), wanted: rest(wanted) }));
}

/// The variables or files that differ, by name.
fn each<'a>(
    stored: &'a [(OsString, Option<Digest>)],
    wanted: &'a [(OsString, Option<Digest>)],
) -> impl Iterator<Item = (OsString, Change<Known>)> + 'a {
    fn known(parts: &[(OsString, Option<Digest>)]) -> BTreeMap<&OsStr, Known> {
        let value = |digest: &Option<Digest>| digest.map_or(Known::Absent, Known::Present);
        parts.iter().map(|(name, digest)| (name.as_os_str(), value(digest))).collect()
    }
    let (stored, wanted) = (known(stored), known(wanted));
    let names: BTreeSet<&OsStr> = stored.keys().chain(wanted.keys()).copied().collect();
    names.into_iter().filter_map(move |name| {
        let of = |known: &BTreeMap<&OsStr, Known>| known.get(name).copied().unwrap_or(Known::Ignored);
        Some((name.to_owned(), change(&of(&stored), &of(&wanted))?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::option;
    use proptest::prelude::*;

    fn command(line: &str) -> KeyParts {
        KeyParts { argv: line.split_whitespace().map(Into::into).collect(), ..KeyParts::default() }
    }

    fn words_of(line: &str) -> Vec<OsString> {
        command(line).argv
    }

    #[test]
    fn words_that_differ() {
        let word = |at, stored: &str, wanted: &str| {
            Difference::Word(at, Change { stored: stored.into(), wanted: wanted.into() })
        };
        let more =
            |at, stored, wanted| Difference::Words(at, Change { stored: words_of(stored), wanted: words_of(wanted) });
        for (stored, wanted, expected) in [
            ("ls -l", "ls -l", vec![]),
            ("ls -l", "ls -a", vec![word(1, "-l", "-a")]),
            ("cp a b c", "cp x b z", vec![word(1, "a", "x"), word(3, "c", "z")]),
            ("/a/x", "/b/x", vec![word(0, "/a/x", "/b/x")]),
            ("get pods", "get pods -w", vec![more(2, "", "-w")]),
            ("get -n a pods", "get pods", vec![more(1, "-n a", "")]),
            ("a b b c", "a b c", vec![more(2, "b", "")]),
            ("a x y c", "a z c", vec![more(1, "x y", "z")]),
        ] {
            assert_eq!(between(&command(stored), &command(wanted)), expected, "{stored} -> {wanted}");
        }
    }

    #[test]
    fn options_and_inputs_that_differ() {
        let base = || command("ls");
        let flag = || Change { stored: false, wanted: true };
        let new = |text: &str| Change { stored: None, wanted: Some(text.into()) };
        let variable = |stored, wanted| Difference::Variable("A".into(), Change { stored, wanted });
        let env = |value| KeyParts { env: vec![("A".into(), value)], ..base() };
        for (stored, wanted, expected) in [
            (base(), KeyParts { shell: true, ..base() }, Difference::Shell(flag())),
            (base(), KeyParts { pty: true, ..base() }, Difference::Pty(flag())),
            (base(), KeyParts { scope: Some("ci".into()), ..base() }, Difference::Scope(new("ci"))),
            (base(), KeyParts { key: Some("k".into()), argv: vec![], ..base() }, Difference::Key(new("k"))),
            (base(), env(None), variable(Known::Ignored, Known::Absent)),
            (env(None), env(Some([1; 32])), variable(Known::Absent, Known::Present([1; 32]))),
            (env(Some([1; 32])), env(Some([2; 32])), variable(Known::Present([1; 32]), Known::Present([2; 32]))),
            (
                base(),
                KeyParts { stdin: Some([1; 32]), ..base() },
                Difference::Stdin(Change { stored: None, wanted: Some([1; 32]) }),
            ),
        ] {
            assert_eq!(between(&stored, &wanted), [expected]);
        }
    }

    #[test]
    fn a_forgotten_option_is_nearer_than_another_word() {
        let wanted = KeyParts { cwd: Some("/a".into()), scope: Some("s".into()), ..command("git log") };
        let to = |stored: &KeyParts| distance(&between(stored, &wanted));
        assert!(to(&command("git log")) < to(&KeyParts { argv: words_of("git show"), ..wanted.clone() }));
        assert!(to(&KeyParts { argv: words_of("git log -1"), ..wanted.clone() }) < to(&command("git log -1 -p")));
    }

    fn any_parts() -> impl Strategy<Value = KeyParts> {
        let text = || "[ab]{0,2}".prop_map(OsString::from);
        let digest = || (0..3u8).prop_map(|byte| [byte; 32]);
        (
            vec(text(), 0..5),
            any::<(bool, bool)>(),
            option::of(text()),
            option::of(text()),
            option::of(text().prop_map(PathBuf::from)),
            (btree_map(text(), option::of(digest()), 0..3), vec(text(), 0..2), vec(text(), 0..2)),
            (btree_map(text(), option::of(digest()), 0..3), option::of(digest())),
        )
            .prop_map(|(argv, (shell, pty), key, scope, cwd, (env, globs, parameters), (files, stdin))| {
                KeyParts {
                    argv: if key.is_some() { Vec::new() } else { argv },
                    parameters: if key.is_some() { Vec::new() } else { parameters },
                    globs,
                    shell: shell && key.is_none(),
                    pty,
                    key,
                    scope,
                    cwd,
                    env: env.into_iter().collect(),
                    files: files.into_iter().collect(),
                    stdin,
                }
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn keys_differ_where_something_is_found(a in any_parts(), b in any_parts()) {
            let found = between(&a, &b);
            prop_assert_eq!(found.is_empty(), a == b);
            prop_assert_eq!(distance(&found) == 0, a.to_key() == b.to_key());
        }

        #[test]
        fn the_distance_is_the_same_both_ways(a in any_parts(), b in any_parts()) {
            prop_assert_eq!(distance(&between(&a, &b)), distance(&between(&b, &a)));
        }

        #[test]
        fn the_words_that_differ_make_one_out_of_the_other(a in vec("[ab]", 0..6), b in vec("[ab]", 0..6)) {
            let (mut stored, wanted) = (command(&a.join(" ")), command(&b.join(" ")));
            for difference in between(&stored, &wanted) {
                match difference {
                    Difference::Word(at, change) => stored.argv[at] = change.wanted,
                    Difference::Words(at, change) => {
                        let removed = stored.argv.splice(at..at + change.stored.len(), change.wanted);
                        prop_assert_eq!(removed.collect::<Vec<_>>(), change.stored);
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            prop_assert_eq!(stored.argv, wanted.argv);
        }
    }
}
