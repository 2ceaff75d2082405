//! Random input: words, globs, stored rows. It causes no panic and no overflow, and only stored entries are served.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cacheback::program::codec::fields::Fields;
use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::{KeyOptions, KeyParts};
use cacheback::program::model::transcript::{Frames, Splitter};
use cacheback::program::policy::{CacheExit, FetchPolicy, Policy};
use cacheback::program::store::{Recipe, Selector};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::Chapter;
use super::caller::Caller;
use super::common::{Home, help};
use super::options::Asked;
use super::report::Report;
use super::rows;

pub const CHAPTER: Chapter = Chapter {
    name: "input",
    claim: "no input causes a panic, and only what was stored is served",
    options: &[
        ("cases", "inputs of each kind to the library (or PROPTEST_CASES)", 2_000),
        ("rows", "damaged rows", 250),
        ("lines", "command lines for the program", 100),
    ],
    run,
};

fn run(asked: &Asked) -> Report {
    let from_environment = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = match asked.number(&CHAPTER, "cases") {
        cases if asked.is_short => from_environment.unwrap_or(cases),
        cases => cases,
    };
    let mut tries = Tries { seed: asked.seed, report: Report::default() };
    tries.of("keys", cases, (any_call(), any_call()), |(one, other)| {
        let (first, second) = (one.parts(), other.parts());
        prop_assert_eq!(first == second, first.to_key() == second.to_key());
        prop_assert_eq!(KeyParts::decode(&first.encode()), Some(first.clone()));
        let recipe = one.recipe();
        prop_assert_eq!(Recipe::decode(&recipe.encode(&first), &first), Some(recipe));
        Ok(())
    });
    tries.of("globs", cases, (any_text(), any_call()), |(glob, call)| {
        for selector in [Selector::matching(&glob).ok(), Selector::prefix(&glob).ok()].into_iter().flatten() {
            let parts = call.parts();
            let is_selected = selector.matches(&parts.to_key(), &parts, &call.recipe());
            let again = Selector::decode(&selector.encode());
            prop_assert_eq!(
                again.map(|again| again.matches(&parts.to_key(), &parts, &call.recipe())),
                Some(is_selected)
            );
        }
        let _ = glob.parse::<CacheExit>().map(|codes| assert_eq!(codes.to_string().parse(), Ok(codes)));
        Ok(())
    });
    tries.of("stored bytes", cases, vec(any::<u8>(), 0..300), |bytes| {
        let _ = (Fields::new(&bytes).count(), Frames::new(&bytes).count(), Selector::decode(&bytes));
        let parts = KeyParts::decode(&bytes);
        let _ = Recipe::decode(&bytes, &parts.unwrap_or_default());
        let mut splitter = Splitter::default();
        let _ = bytes.chunks(7).try_for_each(|piece| splitter.feed(piece, |_, _| Ok(())));
        Ok(())
    });
    let stock = rows::Stock::new();
    tries.of("rows", asked.number(&CHAPTER, "rows"), vec(rows::any_change(), 1..4), |changes| {
        stock.examine(&changes);
        Ok(())
    });
    let home = Home::new();
    tries.of("command lines", asked.number(&CHAPTER, "lines"), vec(any_word(&home), 0..9), |words| {
        let mut caller = Caller::start(&home, words.clone(), b"input");
        let ended = caller.end();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let is_known = ended.status.code().is_some_and(|code| code != 101 && code < 128);
        prop_assert!(is_known && !said.contains("panicked"), "{:?}: {:?} {}", words, ended.status, said);
        Ok(())
    });
    home.until_quiet();
    tries.report
}

struct Tries {
    seed: u64,
    report: Report,
}

impl Tries {
    fn of<S: Strategy>(
        &mut self,
        what: &'static str,
        cases: u64,
        strategy: S,
        test: impl Fn(S::Value) -> Result<(), TestCaseError>,
    ) {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let cases = u32::try_from(cases).unwrap_or(u32::MAX);
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        if let Err(error) = TestRunner::new_with_rng(config, rng).run(&strategy, test) {
            self.report.failures.push(format!("{what}: {error}"));
        }
        self.report.count(what, cases.into());
    }
}

/// A command with everything that may be part of its key.
#[derive(Clone, Debug)]
struct AnyCall {
    argv: Vec<OsString>,
    shell: bool,
    options: KeyOptions,
    cwd: PathBuf,
    environment: Vec<Option<OsString>>,
}

impl AnyCall {
    fn invocation(&self) -> Invocation {
        Invocation::new(self.argv.iter().cloned()).as_shell(self.shell)
    }

    fn parts(&self) -> KeyParts {
        let value = |name: &std::ffi::OsStr| {
            self.options.env.iter().position(|known| known == name).and_then(|at| self.environment[at % 3].clone())
        };
        KeyParts::new(&self.invocation(), &self.options, &self.cwd, value)
    }

    fn recipe(&self) -> Recipe {
        let fetch = FetchPolicy {
            max_size: u64::MAX / 7 * self.argv.len() as u64,
            depends_on: self.options.env.clone(),
            tags: self.environment.iter().flatten().cloned().collect(),
            ..FetchPolicy::default()
        };
        let keep = Duration::from_millis(self.cwd.as_os_str().len() as u64);
        let failure_ttl = self.shell.then_some(keep);
        Recipe::new(&self.invocation(), &self.cwd, &fetch, &Policy { keep, failure_ttl, ..Policy::default() })
    }
}

/// Words of few letters, so that two calls are often nearly the same.
fn short() -> impl Strategy<Value = OsString> {
    vec(prop::sample::select(vec![b'a', b'b', b'/', b'=', b' ', 0xff]), 0..4).prop_map(OsString::from_vec)
}

fn any_call() -> impl Strategy<Value = AnyCall> {
    let options = (proptest::option::of(short()), proptest::option::of(short()), any::<bool>(), vec(short(), 0..3))
        .prop_map(|(scope, key, cwd, env)| {
            let mut options = KeyOptions::default();
            (options.scope, options.key, options.cwd, options.env) = (scope, key, cwd, env);
            options
        });
    let environment = vec(proptest::option::of(short()), 3);
    (vec(short(), 1..4), any::<bool>(), options, short(), environment).prop_map(
        |(argv, shell, options, cwd, environment)| {
            // Normalised as the kernel does, because equal paths may have different bytes.
            let cwd = Path::new("/").join(cwd).components().collect();
            AnyCall { argv, shell, options, cwd, environment }
        },
    )
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z*?\\[\\]{}!,\\\\^/ 0-9-]{0,24}", "[0-9a-fA-F]{0,66}", "[0-9,]{0,20}", any::<String>()]
}

/// Words to mix with the options in the help: values, noise, and harmless commands.
const WORDS: [&str; 32] = [
    "run",
    "run",
    "run",
    "invalidate",
    "delete",
    "--",
    "-",
    "",
    "true",
    "echo",
    "1",
    "0",
    "10m",
    "-1",
    "1h 30m",
    "99999999999999999999",
    "18446744073709551615w",
    "0,1",
    "any",
    "a*",
    "[",
    "1e9",
    "--lifetime",
    "--ttl=",
    "--ttl=1s",
    "--env=A,B",
    "--max-size=1T",
    "\u{1b}[0m",
    "é",
    "--format",
    "--json",
    "2",
];

/// The options of the subcommands in [`WORDS`].
fn options(home: &Home) -> BTreeSet<String> {
    let help_of = |subcommand| home.cacheback([subcommand, "--help"]).go().status(0).stdout_text();
    ["run", "invalidate", "delete"].into_iter().flat_map(|subcommand| help::options(&help_of(subcommand))).collect()
}

/// Options, values and noise.
fn any_word(home: &Home) -> impl Strategy<Value = String> + use<> {
    let known: Vec<String> = WORDS.map(str::to_owned).into_iter().chain(options(home)).collect();
    prop_oneof![
        12 => prop::sample::select(known),
        1 => "[-a-z0-9=,. ]{0,12}".prop_map(|word| format!("no-such-command{word}")),
        1 => "[0-9]{1,22}[.]?[0-9]{0,22}[a-zA-Z]{0,3}",
    ]
}

/// A directory that other users cannot read.
pub fn private_directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(directory.path(), mode).expect("it is ours");
    directory
}
