//! `clear` removes everything, once it is confirmed.

use std::fs;

use crate::common::Home;
use crate::common::pty::Terminal;

fn filled() -> Home {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    home.shell("head -c 3000000 /dev/urandom | cacheback set -q -- large").go().status(0);
    home
}

fn has_entry(home: &Home) -> bool {
    home.run(["--only-if-cached", "echo", "x"]).status.success()
}

#[test]
fn without_a_terminal_clear_needs_yes() {
    let home = filled();
    home.cacheback(["clear"]).stdin("y\n").go().stdout("").stderr_has("--yes").warned_once().status(125);
    assert!(has_entry(&home));
    home.cacheback(["clear", "--yes"]).go().counted(2);
    assert!(!has_entry(&home));
    home.cacheback(["clear", "-qy"]).go().stdout("").stderr("").status(0);
}

#[test]
fn the_space_is_given_back() {
    let home = filled();
    assert!(fs::metadata(home.db()).unwrap().len() > 3_000_000);
    home.cacheback(["clear", "--yes"]).go().counted(2);
    let size = fs::metadata(home.db()).unwrap().len();
    assert!(size < 400_000, "{size}");
}

#[test]
fn on_a_terminal_clear_asks() {
    let home = filled();
    for (answer, status) in [("n\n", 1), ("\n", 1), ("\x04", 1), ("y\x04\x04", 1), ("yes\n", 0)] {
        assert!(has_entry(&home));
        let mut terminal = Terminal::with(home.cacheback(["clear"]));
        terminal.until_seen("remove 2 entries from");
        terminal.until_seen("[y/N] ");
        terminal.send(answer);
        assert_eq!(terminal.until_ended().code(), Some(status), "{answer:?}");
        let seen = terminal.seen();
        assert!(seen.contains("\r\ncacheback: "), "what was done has a line of its own: {seen:?}");
    }
    assert!(!has_entry(&home));
}

#[test]
fn an_empty_cache_is_cleared_without_a_question() {
    let home = Home::new();
    for _ in 0..2 {
        let mut terminal = Terminal::with(home.cacheback(["clear"]));
        terminal.until_seen("removed 0 entries");
        assert_eq!(terminal.until_ended().code(), Some(0));
        home.run(["echo", "x"]).status(0);
        home.cacheback(["clear", "--yes"]).go().counted(1);
    }
}

#[test]
fn what_is_being_fetched_is_not_stored_afterwards() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let fetch = home.start(["slow"]);
    home.until_runs("slow", 1);
    home.cacheback(["clear", "--yes"]).go().counted(0);
    gate.let_one_go();
    fetch.wait().stdout("done\n").status(0);
    home.run(["--only-if-cached", "slow"]).stdout("").status(1);
}

#[test]
fn an_empty_cache_is_cleared_without_making_one() {
    let home = Home::new();
    home.cacheback(["clear", "--yes"]).go().counted(0);
    assert!(!home.cache().exists());
}

#[test]
fn a_database_that_cannot_be_read_is_left_where_it_is() {
    let home = Home::new();
    fs::create_dir_all(home.cache()).unwrap();
    fs::write(home.db(), "no database, but some text that is long enough").unwrap();
    home.cacheback(["clear", "--yes"]).go().stdout("").stderr_has("is not a cache").status(125);
    assert!(home.db().exists());
}
