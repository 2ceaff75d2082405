//! The completion of the wrapped command takes over behind the options.

use super::{at_prompt, fish_offers, set_up, with_completion_package};
use crate::common::Home;

/// Lines with a tab in them, and what is printed by the command that they become.
const LINES: [(&str, &str); 12] = [
    ("cacheback run talk chec\t 1", "<checkout><1>"),
    ("cacheback run -- talk chec\t 2", "<checkout><2>"),
    ("cacheback run --ttl 60 --cwd talk chec\t 3", "<checkout><3>"),
    ("cacheback run --ttl=60 -- talk chec\t 4", "<checkout><4>"),
    ("cacheback -q run --env A,B --scope=a:b talk chec\t 5", "<checkout><5>"),
    ("cacheback run talkat\t 6", "[talkative 6]"),
    ("cacheback run --ttl 60 talkative chec\t 7", "[talkative checkout 7]"),
    ("cacheback run --only-if-cach\t talk checkout 1 && echo '('8')'", "(8)"),
    ("cacheback run talk --cw\t 9", "<--cw><9>"),
    ("cacheback dele\t talk chec\t 1", "deleted 1 entry"),
    ("cacheback delete --sco\ta:b --env A,B -- talk chec\t 5", "deleted 1 entry"),
    ("cacheback decorate --shell-kind sh talkat\t", "talkative() {"),
];

#[track_caller]
fn complete_at_prompt(shell: &str, more: &str) {
    let Some(home) = Home::with(shell) else { return };
    let mut terminal = at_prompt(&home, shell, more);
    for (number, (line, shown)) in LINES.into_iter().enumerate() {
        terminal.send(&format!("{line}\n"));
        terminal.until_seen(shown);
        terminal.send(&format!("echo do''ne {number}\n"));
        terminal.until_seen(&format!("done {number}"));
    }
    let key = home.run(["--status", "talk", "only"]).cache_status().get("key").unwrap().to_owned();
    home.delete(["--match", "talk checkout*"]).status(0);
    home.delete(["--match", "talkative*"]).status(0);
    home.delete(["--match", "talk --cw*"]).status(0);
    terminal.send(&format!("cacheback delete --id {}\t; echo '('id')'\n", &key[..2]));
    terminal.until_seen("(id)");
    home.run(["--only-if-cached", "talk", "only"]).status(1);
    assert!(terminal.seen().contains(&key), "{}", terminal.seen());
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_completes_the_wrapped_command() {
    complete_at_prompt("bash", "");
}

#[test]
fn bash_with_its_completion_package_completes_the_wrapped_command() {
    with_completion_package(complete_at_prompt);
}

#[test]
fn zsh_completes_the_wrapped_command() {
    complete_at_prompt("zsh", "");
}

#[test]
fn bash_adds_no_space_where_the_wrapped_command_wants_none() {
    let home = Home::new();
    let mut terminal = at_prompt(&home, "bash", "");
    terminal.send("complete -o nospace -F _talk talk\n");
    terminal.send("cacheback run talk chec\tX\n");
    terminal.until_seen("<checkoutX>");
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn fish_completes_the_wrapped_command() {
    let Some(home) = Home::with("fish") else { return };
    set_up(&home, "fish");
    for line in [
        "cacheback run talk ch",
        "cacheback run -- talk ch",
        "cacheback run --ttl 60 --cwd talk ch",
        "cacheback run --ttl=60 -- talk ch",
        "cacheback -q --db x run --env A,B --scope 'a b' talk ch",
        "cacheback invalidate talk ch",
        "cacheback delete --match x -- talk 'a b' ch",
        "cacheback run talk ",
        "cacheback config show --scope x talk ch",
    ] {
        assert_eq!(fish_offers(&home, line), "checkout\ncherish\n", "{line}");
    }
    for (line, offered) in [
        ("cacheback run talkat", "talkative"),
        ("cacheback run --ttl 5 -- talkat", "talkative"),
        ("cacheback decorate --ttl 5 talkat", "talkative"),
        ("cacheback run --only-if-c", "--only-if-cached"),
        ("cacheback dele", "delete"),
    ] {
        let offers = fish_offers(&home, line);
        assert!(offers.lines().count() == 1 && offers.starts_with(offered), "{line}: {offers}");
    }
    for line in ["cacheback run talk --cw", "cacheback run -- talk --", "cacheback man talk ch"] {
        assert!(!fish_offers(&home, line).contains("--cwd"), "{line}");
    }
}
