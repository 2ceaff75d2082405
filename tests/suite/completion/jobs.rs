//! Names of jobs, each with its parameters.

use super::{at_prompt, becomes, fish_offers, set_up};
use crate::common::{Home, help, wait_until};

pub const JOBS: &str = "[job.lunch]\nparams = [\"what\"]\ncommand = [\"talk\", \"{what}\"]\n\
                    [job.\"a b'c\"]\ncommand = [\"talk\", \"a\\u202eb\"]\n";

/// The words of each subcommand that has `--job`.
fn subcommands_with_job(home: &Home) -> Vec<Vec<String>> {
    let help = |words: &[String]| home.cacheback(words).arg("--help").go().stdout_text();
    let nested = vec!["config".to_owned(), "show".to_owned()];
    let subcommands = help::subcommands(&help(&[])).into_iter().map(|name| vec![name]).chain([nested]);
    let found: Vec<_> = subcommands.filter(|words| help(words).contains("--job <")).collect();
    assert!(found.len() > 7, "{found:?}");
    found
}

#[track_caller]
fn complete_jobs_at_prompt(shell: &str) {
    let Some(home) = Home::with(shell) else { return };
    home.configure(JOBS);
    let mut terminal = at_prompt(&home, shell, "");
    for subcommand in subcommands_with_job(&home) {
        let mut words: Vec<&str> = ["cacheback"].into_iter().chain(subcommand.iter().map(String::as_str)).collect();
        let line = words.join(" ");
        words.extend(["--job", "lunch"]);
        becomes(&mut terminal, &format!("{line} --job lu\t"), &words);
    }
    becomes(&mut terminal, "cacheback get lu\t", &["cacheback", "get", "lunch"]);
    becomes(&mut terminal, "cacheback -q get --ttl 5 -- lu\t", &["get", "--ttl", "5", "--", "lunch"]);
    for typed in ["a\t", "a\\ \t", "'a \t", "\"a \t"] {
        becomes(&mut terminal, &format!("cacheback get {typed}"), &["cacheback", "get", "a b'c"]);
        becomes(&mut terminal, &format!("cacheback list --job {typed}"), &["list", "--job", "a b'c"]);
        becomes(&mut terminal, &format!("cacheback list --job={typed}"), &["list", "--job=a b'c"]);
    }
    if shell == "zsh" {
        for line in ["cacheback get \t", "cacheback list --job \t"] {
            let before = terminal.seen().len();
            terminal.send(line);
            wait_until("the commands are listed", || {
                let seen = terminal.seen()[before..].to_owned();
                seen.contains("-- talk WHAT") && seen.contains(r"-- talk $'a\342\200\256b'")
            });
            terminal.send("\x15");
        }
    }
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_completes_jobs() {
    complete_jobs_at_prompt("bash");
}

#[test]
fn zsh_completes_jobs() {
    complete_jobs_at_prompt("zsh");
}

#[test]
fn fish_completes_jobs() {
    let Some(home) = Home::with("fish") else { return };
    home.configure(JOBS);
    set_up(&home, "fish");
    let jobs = "a b'c\ttalk $'a\\342\\200\\256b'\nlunch\ttalk WHAT\n";
    for subcommand in subcommands_with_job(&home) {
        assert_eq!(fish_offers(&home, &format!("cacheback {} --job ", subcommand.join(" "))), jobs);
    }
    assert_eq!(fish_offers(&home, "cacheback get "), jobs);
    for typed in ["a", "a\\ ", "'a "] {
        assert!(fish_offers(&home, &format!("cacheback get {typed}")).starts_with("a b'c\t"), "{typed}");
    }
    assert_eq!(fish_offers(&home, "cacheback get lunch lu"), "");
}

#[test]
fn a_colon_in_the_name_of_a_job_does_not_end_a_word() {
    for shell in ["bash", "zsh"] {
        let Some(home) = Home::with(shell) else { continue };
        home.configure("[job.\"web:up=now\"]\ncommand = [\"talk\"]\n");
        let mut terminal = at_prompt(&home, shell, "");
        for typed in ["w", "web:", "web:u", "web:up=", "web:up=n"] {
            becomes(&mut terminal, &format!("cacheback get {typed}\t"), &["get", "web:up=now"]);
            becomes(&mut terminal, &format!("cacheback list --job {typed}\t"), &["--job", "web:up=now"]);
            becomes(&mut terminal, &format!("cacheback list --job={typed}\t"), &["--job=web:up=now"]);
        }
        terminal.send("exit\n");
        terminal.until_ended();
    }
}
