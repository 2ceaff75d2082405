//! Narrow terminals, and commands that are too long for any.

use crate::common::pty::Terminal;
use crate::common::{Call, Home};

/// The lines that `call` prints on a terminal so wide, none of which goes on in a second line.
fn lines(columns: u16, call: Call) -> Vec<String> {
    let mut terminal = Terminal::so_wide(columns, call.env("TERM", "xterm").env("NO_COLOR", "1"));
    assert!(terminal.until_ended().success());
    let lines: Vec<String> = terminal.seen().lines().map(str::to_owned).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= columns.into()), "at {columns}: {lines:#?}");
    lines
}

/// Entries in several states, one of which has a word for it that is long.
fn filled() -> Home {
    let home = Home::new();
    home.script("flaky", "test ! -e started || exit 7; : > started");
    home.run(["flaky"]).status(0);
    home.run(["--ttl", "0", "--async", "flaky"]).status(0);
    home.until_quiet();
    home.run(["echo", &"word ".repeat(40)]).status(0);
    home.run(["echo", &"x".repeat(200)]).status(0);
    home.run(["echo", &"x".repeat(200)]).status(0);
    home.run(["-s", "true; echo é"]).status(0);
    home
}

#[test]
fn a_list_has_a_line_for_each_entry_however_narrow() {
    let home = filled();
    for columns in 20..90 {
        let lines = lines(columns, home.cacheback(["list"]));
        assert_eq!(lines.len(), 5, "at {columns}: {lines:#?}");
        let heading: Vec<&str> = lines[0].split_whitespace().collect();
        assert_eq!(heading[..2], ["ID", "STATE"], "at {columns}");
        assert!(columns < 30 || heading.last() == Some(&"COMMAND"), "at {columns}: {heading:?}");
        assert!(lines[1..].iter().all(|line| line.as_bytes()[8..10] == *b"  "), "ids are whole: {lines:#?}");
    }
    let heading =
        |columns| lines(columns, home.cacheback(["list"]))[0].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(heading(90), "ID STATE AGE TTL SIZE TOOK HITS COMMAND");
    assert_eq!(heading(80), "ID STATE AGE TTL SIZE TOOK COMMAND");
    assert_eq!(heading(40), "ID STATE COMMAND");
    let whole = home.cacheback(["list"]).go().stdout_text();
    assert!(whole.contains(&"x".repeat(200)) && whole.contains(" HITS "), "elsewhere nothing is left out: {whole}");
}

#[test]
fn statistics_have_no_line_that_goes_on_however_narrow() {
    let home = filled();
    for columns in 20..90 {
        let lines = lines(columns, home.cacheback(["stats"]));
        let chart = |unit: &str| lines.iter().find(|line| line.starts_with("hits, ") && line.contains(unit)).unwrap();
        let bars = |unit: &str| chart(unit).chars().skip(12).take_while(|c| *c != ' ').count();
        for (unit, most) in [(" h ", 24), (" d ", 30)] {
            assert_eq!(bars(unit), most.min(usize::from(columns) - 12), "at {columns}: {lines:#?}");
            assert!(chart(unit).starts_with(&format!("hits, {}{}", bars(unit), unit)), "at {columns}: {lines:#?}");
        }
        let top = lines.iter().position(|line| line.starts_with("SAVED") || line.contains(" SAVED")).unwrap();
        assert_eq!(lines.len() - top, 3, "at {columns}: {lines:#?}");
        assert!(lines[top].ends_with("COMMAND"), "at {columns}: {lines:#?}");
    }
    let page = home.cacheback(["stats"]).go().stdout_text();
    assert!(page.contains("hits, 24 h") && page.contains("  at most "), "{page}");
}
