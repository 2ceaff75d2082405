//! What is shown: the list, the output, the help; and the keys that change no entry.

use super::{browse, last_line, start, until_selects, with_entries};
use crate::common::Home;
use crate::common::tmux::Server;

#[test]
fn the_selection_moves() {
    let Some(home) = with_entries(30) else { return };
    let server = browse(&home, "");
    server.until_shows("30 entries, by age");
    until_selects(&server, "echo 30");
    for (keys, command) in [
        (&["j"][..], "echo 29"),
        (&["Down", "Down"], "echo 27"),
        (&["k"], "echo 28"),
        (&["Up", "Up", "Up", "Up"], "echo 30"),
        (&["G"], "echo 1"),
        (&["g"], "echo 30"),
        (&["End"], "echo 1"),
        (&["Home"], "echo 30"),
        (&["PageDown"], "echo 21"),
        (&["PageUp"], "echo 30"),
    ] {
        server.keys(keys);
        until_selects(&server, command);
    }
}

#[test]
fn the_filter_works_as_it_is_typed() {
    let Some(home) = with_entries(12) else { return };
    let server = browse(&home, "");
    server.keys(&["/"]);
    server.types("ECHO 1");
    server.until_shows("4 of 12, by age");
    assert_eq!(last_line(&server.screen()), "/ECHO 1");
    server.types("1");
    server.until_shows("1 of 12, by age");
    until_selects(&server, "echo 11");
    server.keys(&["BSpace", "BSpace"]);
    server.types("fresh");
    server.until_shows("12 of 12, by age");
    server.keys(&["C-u"]);
    server.types("stale");
    server.until_shows("no entry matches the filter");
    server.keys(&["C-w"]);
    server.types("echo 3");
    server.until_shows("1 of 12");
    server.keys(&["Enter"]);
    server.until_shows("filter: echo 3");
    server.keys(&["Escape"]);
    server.until_shows("12 entries, by age");
    // A filter on the command line.
    server.keys(&["q"]);
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
    start(&server, "echo 7");
    server.until_shows("1 of 12, by age");
}

#[test]
fn the_list_is_sorted_by_each_column() {
    let Some(home) = with_entries(2) else { return };
    home.run(["echo", "something longer"]).status(0);
    home.run(["echo", "1"]).status(0);
    let server = browse(&home, "--sort size");
    server.until_shows("3 entries, by size");
    until_selects(&server, "echo 'something longer'");
    for column in ["took", "hits", "id", "age", "command", "state", "ttl", "size"] {
        server.keys(&["s"]);
        server.until_shows(&format!("by {column}"));
        if column == "hits" {
            until_selects(&server, "echo 1");
        }
    }
    server.keys(&["S"]);
    server.until_shows("by ttl");
}

#[test]
fn the_output_keeps_its_colours_and_loses_other_control_sequences() {
    let Some(home) = Home::with("tmux") else { return };
    home.script(
        "hostile",
        r"printf '\033[31mred\033[0m\n\033]0;stolen\007\033[2J\033[1;1Hhome\033[?1049l\n'; echo bad >&2",
    );
    home.run(["hostile"]).status(0);
    let server = browse(&home, "");
    let screen = server.until_shows("▌ bad");
    assert!(screen.contains("  red\n  home\n"), "{screen}");
    assert!(screen.contains("1 entry, by age"), "{screen}");
    assert!(server.colors().contains("\x1b[38;5;1mred"), "{:?}", server.colors());
    let title = server.tmux(&["display-message", "-p", "#{pane_title}"]).go().stdout_text();
    assert!(!title.contains("stolen"));
    server.tmux(&["display-message", "-p", "#{alternate_on}"]).go().stdout("1\n");
}

#[test]
fn the_output_fills_the_screen_on_demand() {
    let Some(home) = Home::with("tmux") else { return };
    home.run(["seq", "100"]).status(0);
    home.run(["-s", "printf %0100d 1"]).status(0);
    let server = browse(&home, "");
    server.keys(&["j", "Enter"]);
    server.until("the beginning", |screen| screen.starts_with(" seq 100") && screen.contains("\n15\n"));
    server.keys(&["G"]);
    server.until_shows("\n100\n");
    server.keys(&["k", "g", "Space", "j"]);
    server.until("the middle", |screen| !screen.contains("\n9\n") && screen.contains("\n30\n"));
    server.keys(&["q"]);
    server.until_shows("2 entries");
    server.keys(&["g", "Enter"]);
    server.until_shows("0000000000");
    server.keys(&["l", "l", "l"]);
    server.until("the end of the line", |screen| screen.lines().any(|line| line.trim_start_matches('0') == "1"));
    server.keys(&["Escape"]);
    server.until_shows("2 entries");
}

#[test]
fn it_says_why_an_entry_is_not_fresh() {
    let Some(home) = with_entries(1) else { return };
    let server = browse(&home, "");
    server.until_shows("fresh: for another 59m");
    server.keys(&["q"]);
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
    start(&server, "--ttl 0");
    server.until_shows("stale: a ttl of 0 is never fresh");
}

#[test]
fn the_help_names_every_key() {
    let Some(home) = with_entries(1) else { return };
    let server = browse(&home, "");
    server.keys(&["?"]);
    let screen = server.until_shows("─ keys ");
    for key in ["filter", "sort", "refresh", "invalidate", "delete", "copy", "leave"] {
        assert!(screen.contains(key), "{key}: {screen}");
    }
    server.keys(&["x"]);
    server.until("the list", |screen| !screen.contains("─ keys "));
}

#[test]
fn it_fits_narrow_screens_and_each_new_size() {
    let Some(home) = with_entries(3) else { return };
    home.run(["echo", &"word ".repeat(60)]).status(0);
    let server = browse(&home, "");
    for (columns, rows) in [("40", "10"), ("120", "40"), ("20", "5"), ("5", "2"), ("1", "1"), ("40", "10")] {
        server.tmux(&["resize-window", "-x", columns, "-y", rows]).go().status(0);
        let width: usize = columns.parse().unwrap();
        let shown = if width < 20 { "" } else { "fresh" };
        server.until("it is drawn", |screen| {
            screen.contains(shown) && screen.lines().all(|line| line.chars().count() <= width)
        });
    }
    until_selects(&server, "…");
    assert!(last_line(&server.screen()).starts_with("? help q quit"), "{}", server.screen());
    server.keys(&["?"]);
    server.until_shows("one down, one up");
    server.keys(&["q", "q"]);
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
}

#[test]
fn no_color_means_none() {
    let Some(home) = Home::with("tmux") else { return };
    home.run(["-s", r"printf '\033[31mred\n'"]).status(0);
    let server = Server::with_shell(&home, 80, 24);
    let has_color = |screen: &str| screen.contains("\x1b[38;5;") || screen.contains("\x1b[31m");
    for (options, expected) in
        [("", true), ("--color never", false), ("", true)].into_iter().chain([("--color always", true)])
    {
        start(&server, options);
        server.until_shows("\nred\n");
        assert_eq!(has_color(&server.colors()), expected, "{options}: {:?}", server.colors());
        server.keys(&["q"]);
        server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
    }
    server.enter("export NO_COLOR=1; clear");
    for (options, expected) in [("", false), ("--color always", true)] {
        start(&server, options);
        server.until_shows("\nred\n");
        assert_eq!(has_color(&server.colors()), expected, "NO_COLOR {options}: {:?}", server.colors());
        server.keys(&["q"]);
        server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
    }
}
