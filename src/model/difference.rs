//! What makes two keys different: a pure comparison of their parts, for people who expected a hit.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::key::{Digest, KeyParts};

/// Two values, of which at least one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// In the entry.
    pub stored: T,
    /// In the question.
    pub asked: T,
}

/// A part in which a stored key and another one differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// One word of the command, by its place; the program has place 0.
    Word(usize, Change<OsString>),
    /// More or fewer words from this place on.
    Words(usize, Change<Vec<OsString>>),
    /// The source of a shell function, on one side at least.
    Source(Change<Option<Digest>>),
    /// Whether the first word is a shell string.
    Shell(Change<bool>),
    /// Whether the output is a terminal.
    Pty(Change<bool>),
    /// What stands for the command line, on one side at least.
    Key(Change<Option<OsString>>),
    /// The namespace.
    Scope(Change<Option<OsString>>),
    /// The working directory.
    Cwd(Change<Option<PathBuf>>),
    /// The globs that variables are looked for with.
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
    /// How much it counts when the nearest key is looked for.
    ///
    /// What an option or the surroundings add is easily forgotten, and other words are another command: forgetting two
    /// options is nearer than one other word.
    fn weight(&self) -> usize {
        match self {
            Self::Words(_, Change { stored, asked }) => 3 * stored.len().abs_diff(asked.len()).max(1),
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

/// In which parts `stored` and `asked` differ, in the order in which they are usually given.
///
/// ```
/// use cacheback::program::model::difference::{Change, Difference, between};
/// use cacheback::program::model::key::KeyParts;
///
/// let parts = |dir: &str| KeyParts { argv: vec!["ls".into()], cwd: Some(dir.into()), ..KeyParts::default() };
/// let change = Change { stored: Some("/a".into()), asked: Some("/b".into()) };
/// assert_eq!(between(&parts("/a"), &parts("/b")), [Difference::Cwd(change)]);
/// ```
pub fn between(stored: &KeyParts, asked: &KeyParts) -> Vec<Difference> {
    let mut found = Vec::new();
    if stored.key.is_none() && asked.key.is_none() {
        let source = |parts: &KeyParts| parts.function().map(|function| function.source());
        let called =
            |parts: &KeyParts| parts.function().map_or_else(|| parts.argv.clone(), |function| function.words());
        words(&called(stored), &called(asked), &mut found);
        found.extend(change(&source(stored), &source(asked)).map(Difference::Source));
        found.extend(change(&stored.shell, &asked.shell).map(Difference::Shell));
        found.extend(change(&stored.parameters, &asked.parameters).map(Difference::Parameters));
    }
    found.extend(change(&stored.key, &asked.key).map(Difference::Key));
    found.extend(change(&stored.scope, &asked.scope).map(Difference::Scope));
    found.extend(change(&stored.cwd, &asked.cwd).map(Difference::Cwd));
    found.extend(change(&stored.globs, &asked.globs).map(Difference::Globs));
    found.extend(each(&stored.env, &asked.env).map(|(name, change)| Difference::Variable(name, change)));
    found.extend(each(&stored.files, &asked.files).map(|(path, change)| Difference::File(path, change)));
    found.extend(change(&stored.stdin, &asked.stdin).map(Difference::Stdin));
    found.extend(change(&stored.pty, &asked.pty).map(Difference::Pty));
    found
}

fn change<T: Clone + PartialEq>(stored: &T, asked: &T) -> Option<Change<T>> {
    (stored != asked).then(|| Change { stored: stored.clone(), asked: asked.clone() })
}

/// As many words are compared one by one; of more or fewer, what the beginning and the end do not have in common.
fn words(stored: &[OsString], asked: &[OsString], found: &mut Vec<Difference>) {
    if stored.len() == asked.len() {
        let pairs = stored.iter().zip(asked).enumerate();
        found.extend(pairs.filter_map(|(at, (stored, asked))| Some(Difference::Word(at, change(stored, asked)?))));
        return;
    }
    let start = stored.iter().zip(asked).take_while(|(stored, asked)| stored == asked).count();
    let (stored, asked) = (&stored[start..], &asked[start..]);
    let end = stored.iter().rev().zip(asked.iter().rev()).take_while(|(stored, asked)| stored == asked).count();
    let rest = |words: &[OsString]| words[..words.len() - end].to_vec();
    found.push(Difference::Words(start, Change { stored: rest(stored), asked: rest(asked) }));
}

/// What differs among variables or files, by name.
fn each<'a>(
    stored: &'a [(OsString, Option<Digest>)],
    asked: &'a [(OsString, Option<Digest>)],
) -> impl Iterator<Item = (OsString, Change<Known>)> + 'a {
    fn known(parts: &[(OsString, Option<Digest>)]) -> BTreeMap<&OsStr, Known> {
        let value = |digest: &Option<Digest>| digest.map_or(Known::Absent, Known::Present);
        parts.iter().map(|(name, digest)| (name.as_os_str(), value(digest))).collect()
    }
    let (stored, asked) = (known(stored), known(asked));
    let names: BTreeSet<&OsStr> = stored.keys().chain(asked.keys()).copied().collect();
    names.into_iter().filter_map(move |name| {
        let of = |known: &BTreeMap<&OsStr, Known>| known.get(name).copied().unwrap_or(Known::Ignored);
        Some((name.to_owned(), change(&of(&stored), &of(&asked))?))
    })
}

/// The nearest of what it is shown, a few at most.
#[derive(Clone, Debug)]
pub struct Nearest<T> {
    limit: usize,
    /// With their distances, nearest first.
    found: Vec<(usize, T)>,
}

impl<T> Nearest<T> {
    /// Keeps `limit` at most.
    pub fn new(limit: usize) -> Self {
        Self { limit, found: Vec::with_capacity(limit + 1) }
    }

    /// Takes what `make` makes, if it is near enough. Of two at the same distance the first one stays first.
    pub fn show(&mut self, distance: usize, make: impl FnOnce() -> T) {
        let at = self.found.partition_point(|(known, _)| *known <= distance);
        if at < self.limit {
            self.found.insert(at, (distance, make()));
            self.found.truncate(self.limit);
        }
    }

    /// What is left, nearest first.
    pub fn into_found(self) -> Vec<T> {
        self.found.into_iter().map(|(_, found)| found).collect()
    }
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
    fn the_table_of_words() {
        let word =
            |at, stored: &str, asked: &str| Difference::Word(at, Change { stored: stored.into(), asked: asked.into() });
        let more =
            |at, stored, asked| Difference::Words(at, Change { stored: words_of(stored), asked: words_of(asked) });
        for (stored, asked, expected) in [
            ("ls -l", "ls -l", vec![]),
            ("ls -l", "ls -a", vec![word(1, "-l", "-a")]),
            ("cp a b c", "cp x b z", vec![word(1, "a", "x"), word(3, "c", "z")]),
            ("/a/x", "/b/x", vec![word(0, "/a/x", "/b/x")]),
            ("get pods", "get pods -w", vec![more(2, "", "-w")]),
            ("get -n a pods", "get pods", vec![more(1, "-n a", "")]),
            ("a b b c", "a b c", vec![more(2, "b", "")]),
            ("a x y c", "a z c", vec![more(1, "x y", "z")]),
        ] {
            assert_eq!(between(&command(stored), &command(asked)), expected, "{stored} -> {asked}");
        }
    }

    #[test]
    fn the_table_of_surroundings() {
        let base = || command("ls");
        let flag = || Change { stored: false, asked: true };
        let new = |text: &str| Change { stored: None, asked: Some(text.into()) };
        let variable = |stored, asked| Difference::Variable("A".into(), Change { stored, asked });
        let env = |value| KeyParts { env: vec![("A".into(), value)], ..base() };
        for (stored, asked, expected) in [
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
                Difference::Stdin(Change { stored: None, asked: Some([1; 32]) }),
            ),
        ] {
            assert_eq!(between(&stored, &asked), [expected]);
        }
    }

    #[test]
    fn a_forgotten_option_is_nearer_than_another_word() {
        let asked = KeyParts { cwd: Some("/a".into()), scope: Some("s".into()), ..command("git log") };
        let to = |stored: &KeyParts| distance(&between(stored, &asked));
        assert!(to(&command("git log")) < to(&KeyParts { argv: words_of("git show"), ..asked.clone() }));
        assert!(to(&KeyParts { argv: words_of("git log -1"), ..asked.clone() }) < to(&command("git log -1 -p")));
    }

    #[test]
    fn the_nearest_few_are_kept_in_order() {
        let mut nearest = Nearest::new(3);
        for (distance, name) in [(5, "a"), (1, "b"), (3, "c"), (3, "d"), (9, "e"), (0, "f")] {
            nearest.show(distance, || name);
        }
        assert_eq!(nearest.into_found(), ["f", "b", "c"]);
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
            let (mut stored, asked) = (command(&a.join(" ")), command(&b.join(" ")));
            for difference in between(&stored, &asked) {
                match difference {
                    Difference::Word(at, change) => stored.argv[at] = change.asked,
                    Difference::Words(at, change) => {
                        let removed = stored.argv.splice(at..at + change.stored.len(), change.asked);
                        prop_assert_eq!(removed.collect::<Vec<_>>(), change.stored);
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            prop_assert_eq!(stored.argv, asked.argv);
        }

        #[test]
        fn the_nearest_are_those_of_a_sorted_list(distances in vec(0..20usize, 0..30)) {
            let mut nearest = Nearest::new(3);
            distances.iter().enumerate().for_each(|(at, distance)| nearest.show(*distance, || (*distance, at)));
            let mut sorted: Vec<_> = distances.iter().enumerate().map(|(at, distance)| (*distance, at)).collect();
            sorted.sort();
            sorted.truncate(3);
            prop_assert_eq!(nearest.into_found(), sorted);
        }
    }
}
