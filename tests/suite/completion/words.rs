//! Words from a fixed list, and options whose values are files or free text.

use std::fs;

use super::{at_prompt, becomes, fish_offers, set_up};
use crate::common::{Home, help};

/// Lines whose last word is from a fixed list, and what it becomes.
const FIXED: [(&str, &str); 6] = [
    ("cacheback completions zs", "zsh"),
    ("cacheback -q completions fi", "fish"),
    ("cacheback man sho", "show"),
    ("cacheback --db x man deco", "decorate"),
    ("cacheback help sho", "show"),
    ("cacheback -q help compl", "completions"),
];

#[track_caller]
fn complete_fixed_words(shell: &str) {
    let Some(home) = Home::with(shell) else { return };
    let mut terminal = at_prompt(&home, shell, "");
    for (line, word) in FIXED {
        becomes(&mut terminal, &format!("{line}\t"), &[word]);
    }
    becomes(&mut terminal, "cacheback config show --scope x talk chec\t", &["talk", "checkout"]);
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_completes_shells_and_subcommands() {
    complete_fixed_words("bash");
}

#[test]
fn zsh_completes_shells_and_subcommands() {
    complete_fixed_words("zsh");
}

#[test]
fn fish_completes_shells_and_subcommands() {
    let Some(home) = Home::with("fish") else { return };
    set_up(&home, "fish");
    let words = |line: &str| -> Vec<String> {
        let offers = fish_offers(&home, line);
        offers.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
    };
    for (line, word) in FIXED {
        assert_eq!(words(line), [word], "{line}");
    }
    let mut subcommands = help::subcommands(&home.cacheback(["--help"]).go().stdout_text());
    assert!(subcommands.iter().all(|name| words("cacheback help ").contains(name)));
    subcommands.extend(["config.5", "django", "fleet", "guarantees", "recipes"].map(str::to_owned));
    subcommands.sort();
    assert_eq!(words("cacheback man "), subcommands);
    assert_eq!(words("cacheback completions "), ["bash", "elvish", "fish", "powershell", "zsh"]);
}

/// Options whose values are free text, and options whose values are files.
const FREE: [&str; 6] = ["run --tag", "run --ttl", "run --lifetime", "delete --match", "run --scope", "list --tag"];
const OF_FILES: [&str; 4] = ["run --db", "list --db", "run --config", "run --depends-on"];

#[track_caller]
fn offer_files_where_they_are_meant(shell: &str) {
    let Some(home) = Home::with(shell) else { return };
    fs::write(home.work("freely"), "").unwrap();
    let mut terminal = at_prompt(&home, shell, "");
    for (options, word) in [(&FREE[..], "fre"), (&OF_FILES, "freely")] {
        for line in options {
            let option = line.split_once(' ').unwrap().1;
            becomes(&mut terminal, &format!("cacheback {line} fre\t"), &[option, word]);
            becomes(&mut terminal, &format!("cacheback {line}=fre\t"), &[&format!("{option}={word}")]);
        }
    }
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_offers_files_where_they_are_meant() {
    offer_files_where_they_are_meant("bash");
}

#[test]
fn zsh_offers_files_where_they_are_meant() {
    offer_files_where_they_are_meant("zsh");
}

#[test]
fn fish_offers_files_where_they_are_meant() {
    let Some(home) = Home::with("fish") else { return };
    set_up(&home, "fish");
    fs::write(home.work("freely"), "").unwrap();
    for line in FREE {
        assert_eq!(fish_offers(&home, &format!("cacheback {line} fre")), "", "{line}");
    }
    for line in OF_FILES {
        assert_eq!(fish_offers(&home, &format!("cacheback {line} fre")), "freely\n", "{line}");
        let option = line.split_once(' ').unwrap().1;
        assert_eq!(fish_offers(&home, &format!("cacheback {line}=fre")), format!("{option}=freely\n"), "{line}");
    }
}
