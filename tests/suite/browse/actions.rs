//! The keys that change an entry or copy its command.

use std::fs;

use super::{browse, browser, last_line, until_selects, with_entries};
use crate::common::{Home, wait_until};

#[test]
fn a_refresh_is_detached_and_goes_on_after_the_browser() {
    let Some(home) = Home::with("tmux") else { return };
    let gate = home.gated("slow", "cat state");
    fs::write(home.work("state"), "old\n").unwrap();
    gate.let_one_go();
    home.run(["--ttl", "1h", "slow"]).stdout("old\n").status(0);
    fs::write(home.work("state"), "new\n").unwrap();
    let server = browse(&home, "");
    server.until_shows("\nold\n");
    server.keys(&["r"]);
    server.until_shows("a refresh runs in the background");
    server.until_shows("refreshing (pid ");
    server.keys(&["C-c"]);
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
    gate.let_one_go();
    let is_new = || home.cacheback(["show", "--output", "--", "slow"]).go().stdout_text() == "new\n";
    wait_until("the refresh has gone on", is_new);
    assert_eq!(home.runs("slow"), 2);
    // The result of a refresh is shown when it is stored.
    super::start(&server, "");
    server.until_shows("\nnew\n");
    fs::write(home.work("state"), "newer\n").unwrap();
    server.keys(&["r"]);
    server.until_shows("refreshing (pid ");
    gate.let_one_go();
    server.until("it says so", |screen| last_line(screen) == "the refresh has ended");
    server.until_shows("\nnewer\n");
    let browser = browser(&home).pid;
    let children = format!("/proc/{browser}/task/{browser}/children");
    wait_until("no child is left", || fs::read_to_string(&children).is_ok_and(|children| children.is_empty()));
}

#[test]
fn an_entry_is_invalidated_and_refreshed() {
    let Some(home) = Home::with("tmux") else { return };
    home.counter("count");
    home.run(["--ttl", "1h", "count"]).stdout("1\n");
    let server = browse(&home, "");
    server.until_shows("\n1\n");
    server.keys(&["i"]);
    server.until("it says so", |screen| last_line(screen) == "invalidated");
    server.until_shows("\n2\n");
    server.until_shows("fresh: for another");
}

#[test]
fn delete_asks_first() {
    let Some(home) = with_entries(3) else { return };
    let server = browse(&home, "");
    server.keys(&["j", "d"]);
    server.until_shows("delete echo 2? [y/N]");
    server.keys(&["n"]);
    server.until_shows("nothing has been deleted");
    server.keys(&["d", "Enter"]);
    server.until_shows("nothing has been deleted");
    server.until_shows("3 entries");
    server.keys(&["d", "y"]);
    server.until_shows("2 entries");
    let listed = home.cacheback(["list"]).go().stdout_text();
    assert!(!listed.contains("echo 2") && listed.contains("echo 1") && listed.contains("echo 3"), "{listed}");
    // Pasted text presses no key.
    server.tmux(&["set-buffer", "dydy"]).go().status(0);
    server.tmux(&["paste-buffer", "-p"]).go().status(0);
    server.keys(&["k"]);
    until_selects(&server, "echo 3");
    assert_eq!(home.cacheback(["list", "--ids"]).go().stdout_text().lines().count(), 2);
}

#[test]
fn the_command_is_copied_through_the_terminal() {
    let Some(home) = Home::with("tmux") else { return };
    home.run(["-s", "echo one | cat"]).status(0);
    home.run(["echo", "two words"]).status(0);
    let server = browse(&home, "");
    server.tmux(&["set", "-s", "set-clipboard", "on"]).go().status(0);
    for (keys, text) in [(&["y"][..], "echo 'two words'"), (&["j", "y"], "echo one | cat")] {
        server.keys(keys);
        let note = format!("sent to the clipboard of the terminal (OSC 52): {text}");
        server.until_shows(&note);
        server.until("it is in the buffer", |_| server.tmux(&["show-buffer"]).go().stdout_text() == text);
    }
}
