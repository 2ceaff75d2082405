//! The committed completions and manual pages are what the program prints, and the README knows every option.
//!
//! After a change of the options, `CACHEBACK_BLESS=1 cargo test --test drift` writes them anew.

#[path = "suite/common/help.rs"]
mod help;

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

/// Pages that are not made of the options.
const BY_HAND: &[&str] = &["cacheback-guarantees.7"];

fn printed(args: &[&str]) -> Vec<u8> {
    assert_cmd::cargo::cargo_bin_cmd!("cacheback").args(args).assert().success().get_output().stdout.clone()
}

fn help_of(args: &[&str]) -> String {
    String::from_utf8(printed(&[args, &["--help"]].concat())).expect("help is UTF-8")
}

/// Compares what is printed with the files of `folder`, or writes them if that is asked for.
fn check(folder: &str, pages: Vec<(String, Vec<u8>)>) {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), folder].iter().collect();
    if std::env::var_os("CACHEBACK_BLESS").is_some() {
        return write_anew(&folder, &pages);
    }
    let advice = "write them anew with: CACHEBACK_BLESS=1 cargo test --test drift";
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
    names.filter(|name| !BY_HAND.contains(&name.as_str())).collect()
}

fn write_anew(folder: &Path, pages: &[(String, Vec<u8>)]) {
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
fn the_readme_names_every_option() {
    let readme = fs::read_to_string([env!("CARGO_MANIFEST_DIR"), "README.md"].iter().collect::<PathBuf>()).unwrap();
    let mut subcommands = help::subcommands(&help_of(&[]));
    subcommands.retain(|name| !["get", "config", "completions", "man"].contains(&name.as_str()));
    for subcommand in subcommands {
        let options = help::options(&help_of(&[&subcommand]));
        for option in options.iter().filter(|option| option.starts_with("--") && *option != "--help") {
            assert!(readme.contains(&format!("`{option}")), "README.md does not mention {option} of {subcommand}");
        }
    }
}

#[test]
fn the_manual_of_guarantees_names_every_chapter_of_their_proof() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("man/cacheback-guarantees.7")).unwrap();
    assert_eq!(String::from_utf8(printed(&["man", "guarantees"])).unwrap(), page);
    let source = fs::read_to_string(root.join("tests/proof/main.rs")).unwrap();
    let chapters: Vec<&str> = source.lines().filter_map(|line| line.trim().strip_suffix("::CHAPTER,")).collect();
    assert!(chapters.len() > 5, "the list of chapters is not where it was");
    for chapter in chapters {
        assert!(page.contains(&format!("proof -- {chapter} ")), "no long form of {chapter}");
    }
}
