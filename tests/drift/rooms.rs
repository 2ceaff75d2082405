//! The rooms of `src` use each other in one direction only, no two files use each other in a circle, no file is long, and
//! only one room calls the operating system.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms of `src`. Each may use those that come after it, and no others.
const ROOMS: [&str; 22] = [
    "main",
    "lib",
    "cli",
    "cli::commands",
    "cli::complete",
    "cli::serve",
    "cli::resolve",
    "cli::render",
    "cli::args",
    "config",
    "runner",
    "cache",
    "flight",
    "store::shared",
    "store::local",
    "store",
    "fetch",
    "policy",
    "dependencies",
    "model",
    "codec",
    "sys",
];

const LONGEST: usize = 300;

/// A table, which is read by its rows.
const TABLE: &str = "config/settings.rs";

/// Each file of `src`, by its path in there, with its text.
fn sources() -> Vec<(String, String)> {
    fn collect(folder: &Path, root: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                collect(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("it is below").to_str().expect("UTF-8").to_owned();
                found.push((name, fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found.sort();
    found
}

/// `a::{b, c::{d, e}}` as paths: `a::b`, `a::c::d`, `a::c::e`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let inner = rest.trim_end().strip_suffix('}').expect("braces are in pairs");
    let mut depth = 0;
    let parts = inner.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let paths = parts.filter(|part| !part.trim().is_empty()).flat_map(expanded);
    paths.map(|path| format!("{}{path}", prefix.trim())).collect()
}

/// The room that `path` is in; of `cli` and `cli::args` it is the longer name.
fn room(path: &str) -> Option<&'static str> {
    let is_in = |room: &&&str| path == **room || path.strip_prefix(**room).is_some_and(|rest| rest.starts_with("::"));
    ROOMS.iter().filter(is_in).max_by_key(|room| room.len()).copied()
}

/// The paths from the root of the crate that the code of `module` names; `text` is its file.
fn used(module: &str, text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let parent = |module: &str| module.rsplit_once("::").map_or(String::new(), |(parent, _)| format!("{parent}::"));
    let mut paths = Vec::new();
    for statement in code.split(';').filter_map(|text| text.rsplit_once("use ").map(|(_, tree)| tree)) {
        let absolute = match statement.trim().split_once("::") {
            Some(("super", tree)) => format!("{}{tree}", parent(module)),
            Some(("crate", tree)) => tree.to_owned(),
            _ => continue,
        };
        if absolute.matches('{').count() == absolute.matches('}').count() {
            paths.extend(expanded(&absolute));
        }
    }
    let is_path = |c: char| c.is_alphanumeric() || c == ':' || c == '_';
    let inline = code.split("crate::").skip(1).map(|rest| rest.split(|c| !is_path(c)).next().unwrap_or_default());
    paths.extend(inline.filter(|path| !path.ends_with("::")).map(str::to_owned));
    paths
}

#[test]
fn no_room_uses_one_before_it() {
    let position = |room: &str| ROOMS.iter().position(|other| *other == room);
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        let module = file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
        let own = room(&module).unwrap_or_else(|| panic!("src/{file} is in none of the rooms"));
        // Tests make what they need.
        let is_test = module.split("::").any(|part| part == "tests");
        for path in used(&module, &text) {
            if let Some(other) = room(&path).filter(|other| !is_test && position(other) < position(own)) {
                wrong.insert((file.clone(), other));
            }
        }
    }
    assert!(wrong.is_empty(), "these use a room that comes before theirs: {wrong:?}");
}

#[test]
fn no_two_files_use_each_other() {
    let module = |file: &str| file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
    let files: BTreeMap<String, String> = sources().into_iter().map(|(file, text)| (module(&file), text)).collect();
    let is_below = |path: &str, module: &str| path.strip_prefix(module).is_some_and(|rest| rest.starts_with("::"));
    let file_of = |path: &str| {
        let is_of = |module: &&String| path == module.as_str() || is_below(path, module);
        files.keys().filter(is_of).max_by_key(|module| module.len())
    };
    // A module and the modules below it may use each other.
    let is_other = |one: &str, other: &str| one != other && !is_below(one, other) && !is_below(other, one);
    let uses: BTreeMap<&String, BTreeSet<&String>> = files
        .iter()
        .map(|(module, text)| {
            let used = used(module, text);
            (module, used.iter().filter_map(|path| file_of(path)).filter(|other| is_other(module, other)).collect())
        })
        .collect();
    let reaches = |from: &String, to: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            next.extend(uses[module].iter().filter(|other| seen.insert(**other)));
        }
        seen.contains(to)
    };
    let circles: Vec<_> = files.keys().filter(|module| reaches(module, module)).collect();
    assert!(circles.is_empty(), "these use each other in a circle: {circles:?}");
}

#[test]
fn one_file_outside_the_store_names_its_implementation() {
    let is_outside = |file: &str| !file.starts_with("store/");
    let names = |text: &str| text.contains("store::local");
    let naming: Vec<_> = sources().into_iter().filter(|(file, text)| is_outside(file) && names(text)).collect();
    assert_eq!(naming.iter().map(|(file, _)| &file[..]).collect::<Vec<_>>(), ["cache/local.rs"]);
}

#[test]
fn no_source_file_is_long() {
    let lengths = sources().into_iter().map(|(file, text)| (file, text.lines().count()));
    let long: Vec<_> = lengths.filter(|(file, lines)| *lines > LONGEST && file != TABLE).collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: split these: {long:?}");
}

/// Words that only `src/sys` may have.
const SYSTEM: [&str; 8] =
    ["unsafe", "libc::", "nix::", "/proc/", "target_os", "portable_sys", "os::linux", "os::macos"];

/// Other files with one of these words, and why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("main.rs", "unsafe", "C's start-up code calls it with pointers"),
    ("store/local/place/tests.rs", "/proc/", "no user can make a directory there"),
];

/// Whether `code` has `word`, but not as part of a longer one, as `unix::` has `nix::`.
fn has_word(code: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        let goes_on = before.ends_with(is_part) || (word.ends_with(is_part) && after.starts_with(is_part));
        !goes_on
    })
}

#[test]
fn only_one_room_calls_the_operating_system() {
    let sources = sources();
    let mut found = BTreeSet::new();
    for (file, text) in sources.iter().filter(|(file, _)| !file.starts_with("sys/")) {
        for code in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in SYSTEM.into_iter().filter(|word| has_word(code, word)) {
                let is_known = EXCEPTIONS.iter().any(|(known, of, _)| known == file && *of == word);
                assert!(is_known, "{word} is for src/sys, and src/{file} has it: {code}");
                found.insert((file, word));
            }
        }
    }
    assert_eq!(found.len(), EXCEPTIONS.len(), "an exception is not needed any more");
}
