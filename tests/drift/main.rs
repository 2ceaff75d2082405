//! What is committed agrees with the program: completions and manual pages are what it prints, and texts name only
//! options that exist. `rooms` is about the structure of `src`.
//!
//! After a change of the options, `CACHEBACK_BLESS=1 cargo test --test drift` writes completions and pages again.

#[path = "../suite/common/help.rs"]
mod help;
mod rooms;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "cacheback.bash"),
    ("zsh", "_cacheback"),
    ("fish", "cacheback.fish"),
    ("elvish", "cacheback.elv"),
    ("powershell", "_cacheback.ps1"),
];

/// Pages that are written by hand.
const BY_HAND: [(&str, &str); 5] = [
    ("config.5", "cacheback-config.5"),
    ("django", "cacheback-django.7"),
    ("fleet", "cacheback-fleet.7"),
    ("guarantees", "cacheback-guarantees.7"),
    ("recipes", "cacheback-recipes.7"),
];

fn printed(args: &[&str]) -> Vec<u8> {
    assert_cmd::cargo::cargo_bin_cmd!("cacheback").args(args).assert().success().get_output().stdout.clone()
}

fn help_of(args: &[&str]) -> String {
    String::from_utf8(printed(&[args, &["--help"]].concat())).expect("help is UTF-8")
}

/// Compares `pages` with the files in `folder`, or writes those if `CACHEBACK_BLESS` is set.
fn check(folder: &str, pages: Vec<(String, Vec<u8>)>) {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), folder].iter().collect();
    if std::env::var_os("CACHEBACK_BLESS").is_some() {
        return write_pages(&folder, &pages);
    }
    let advice = "write them again with: CACHEBACK_BLESS=1 cargo test --test drift";
    let expected: BTreeSet<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(files(&folder), expected, "{} has files too many or too few; {advice}", folder.display());
    for (name, page) in pages {
        let path = folder.join(name);
        let same = fs::read(&path).expect("the file was listed") == page;
        assert!(same, "{} is not what the program prints; {advice}", path.display());
    }
}

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("a readable folder").file_name().into_string().expect("UTF-8"));
    names.filter(|name| !BY_HAND.iter().any(|(_, file)| file == name)).collect()
}

fn write_pages(folder: &Path, pages: &[(String, Vec<u8>)]) {
    fs::create_dir_all(folder).expect("the folder can be made");
    for (name, page) in pages {
        fs::write(folder.join(name), page).expect("the file can be written");
    }
}

#[test]
fn completions_are_up_to_date() {
    let scripts = COMPLETIONS.map(|(shell, name)| (name.to_owned(), printed(&["completions", shell])));
    check("completions", scripts.to_vec());
}

#[test]
fn manual_pages_are_up_to_date() {
    let mut pages = vec![("cacheback.1".to_owned(), printed(&["man"]))];
    let subcommands = help::subcommands(&help_of(&[]));
    pages.extend(subcommands.iter().map(|name| (format!("cacheback-{name}.1"), printed(&["man", name]))));
    check("man", pages);
}

#[test]
fn pages_by_hand_are_printed_as_they_are() {
    for (name, file) in BY_HAND {
        assert_eq!(String::from_utf8(printed(&["man", name])).unwrap(), text_of(&format!("man/{file}")), "{name}");
    }
}

fn text_of(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file of the repository")
}

#[test]
fn texts_name_only_options_that_exist() {
    // Options of cargo, bkt, the programs in recipes, and the server of the guide to sharing.
    let foreign = "--locked --target --path --release --stale --force --modtime --watch --oneline --preview --jq --week \
                   --show-current --strip-components --port --unixsocket --daemonize --maxmemory --maxmemory-policy \
                   --save --scan --pattern";
    let subcommands = help::subcommands(&help_of(&[]));
    let mut known: BTreeSet<String> = subcommands.iter().flat_map(|name| help::options(&help_of(&[name]))).collect();
    known.extend(foreign.split_whitespace().chain(["--lifetime"]).map(str::to_owned));
    let files = BY_HAND.map(|(_, file)| format!("man/{file}"));
    for file in files.into_iter().chain(["README.md".to_owned()]).filter(|file| !file.contains("guarantees")) {
        let text = text_of(&file).replace("\\-", "-");
        for (at, _) in text.match_indices(" --").chain(text.match_indices("`--")) {
            let option: String =
                text[at + 1..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-' || *c == '_').collect();
            assert!(option.len() == 2 || known.contains(&option), "{file} names {option}, which does not exist");
        }
    }
}

#[test]
fn the_page_of_settings_names_every_setting() {
    let help = help_of(&["config"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let list =
        help.split_once("with underscores: ").and_then(|(_, rest)| rest.split_once('.')).expect("a list of settings").0;
    let page = text_of("man/cacheback-config.5");
    for setting in list.split(", ") {
        assert!(page.contains(&format!(".It {setting}")), "cacheback-config.5 does not explain {setting}");
    }
}

#[test]
fn the_manual_of_guarantees_names_every_chapter_of_their_proof() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("man/cacheback-guarantees.7")).unwrap();
    let source = fs::read_to_string(root.join("tests/proof/main.rs")).unwrap();
    let chapters: Vec<&str> = source.lines().filter_map(|line| line.trim().strip_suffix("::CHAPTER,")).collect();
    assert!(chapters.len() > 5, "the list of chapters is no longer found");
    for chapter in chapters {
        assert!(page.contains(&format!("proof -- {chapter} ")), "no long form of {chapter}");
    }
}
