//! Narrow terminals, and commands that are too long for any terminal.

use rusqlite::Connection;

use crate::common::pty::Terminal;
use crate::common::{Call, Home, wait_until};

/// The lines that `call` prints on a terminal with `columns`, none of which is wider.
fn lines(columns: u16, call: Call) -> Vec<String> {
    let mut terminal = Terminal::with_columns(columns, call.env("TERM", "xterm").env("NO_COLOR", "1"));
    assert!(terminal.until_ended().success());
    let lines: Vec<String> = terminal.seen().lines().map(str::to_owned).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= columns.into()), "at {columns}: {lines:#?}");
    lines
}

/// A home with entries in several states; one of them has a long name.
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
fn a_list_has_one_line_for_each_entry_at_any_width() {
    let home = filled();
    for columns in 20..90 {
        let lines = lines(columns, home.cacheback(["list"]));
        let heading: Vec<&str> = lines[0].split_whitespace().collect();
        let note = usize::from(heading.len() < 8);
        assert_eq!(lines.len(), 5 + note, "at {columns}: {lines:#?}");
        assert!(note == 0 || lines[5].starts_with("(no room for "), "at {columns}: {lines:#?}");
        assert_eq!(heading[..2], ["ID", "STATE"], "at {columns}");
        assert!(columns < 30 || heading.last() == Some(&"COMMAND"), "at {columns}: {heading:?}");
        assert!(lines[1..5].iter().all(|line| line.as_bytes()[8..10] == *b"  "), "an id is cut: {lines:#?}");
    }
    let heading =
        |columns| lines(columns, home.cacheback(["list"]))[0].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(heading(90), "ID STATE AGE TTL SIZE TOOK HITS COMMAND");
    assert_eq!(heading(80), "ID STATE AGE TTL SIZE TOOK COMMAND");
    assert_eq!(heading(40), "ID STATE COMMAND");
    let whole = home.cacheback(["list"]).go().stdout_text();
    assert!(
        whole.contains(&"x".repeat(200)) && whole.contains(" HITS "),
        "without a terminal nothing is left out: {whole}"
    );
}

#[test]
fn a_command_takes_all_the_room_and_keeps_its_scope() {
    let home = Home::new();
    home.run(["--scope", "one", "echo", &"word ".repeat(40)]).status(0);
    home.run(["--scope", "two", "echo", &"x".repeat(200)]).status(0);
    for columns in [60, 80, 120] {
        let lines = lines(columns, home.cacheback(["list"]));
        for (line, scope) in lines[1..3].iter().zip(["two", "one"]) {
            assert!(line.ends_with(&format!("…  # scope {scope}")), "at {columns}: {lines:#?}");
            assert_eq!(line.chars().count(), usize::from(columns), "{lines:#?}");
        }
    }
}

#[test]
fn statistics_fit_terminals_of_any_width() {
    let home = filled();
    for columns in 20..90 {
        let lines = lines(columns, home.cacheback(["stats"]));
        let room = usize::from(columns) - 3;
        for (title, most, end) in [("Served each hour", 24, "now"), ("Served each day", 30, "today")] {
            let title = lines.iter().position(|line| line.starts_with(title)).unwrap();
            let bars = most.min(room);
            let axis = &lines[title + 5];
            assert_eq!(axis.chars().count(), 3 + bars * (room / bars).min(2), "at {columns}: {lines:#?}");
            assert!(axis.starts_with("0 +") && lines[title + 6].ends_with(end), "at {columns}: {lines:#?}");
        }
        let top = lines.iter().position(|line| line.starts_with("SAVED") || line.contains(" SAVED")).unwrap();
        let note = usize::from(!lines[top].contains("STALE"));
        assert_eq!(lines.len() - top, 3 + note, "at {columns}: {lines:#?}");
        assert!(lines[top].ends_with("COMMAND"), "at {columns}: {lines:#?}");
    }
    let page = home.cacheback(["stats"]).go().stdout_text();
    assert!(page.contains("Served each hour: 2 in 24 hours"), "{page}");
}

/// What `call` prints on a terminal.
fn on_terminal(call: Call) -> String {
    let mut terminal = Terminal::with_columns(80, call);
    // The call ends only after all its output has been read.
    wait_until("the call has ended", || {
        terminal.seen();
        terminal.running.process().is_none()
    });
    terminal.seen()
}

/// Three words of a hundred thousand characters that begin with the same 2000, as entries of `echo`.
fn with_long_commands() -> (Home, String) {
    let home = Home::new();
    let long = "x".repeat(100_000);
    for end in ["1", "2", "3"] {
        home.run(["echo", &format!("{long}{end}")]).status(0);
    }
    (home, long)
}

#[test]
fn a_long_command_does_not_fill_the_screen() {
    let (home, long) = with_long_commands();
    let id = home.cacheback(["list", "--ids", "--limit", "1"]).go().stdout_text();
    let show = || home.cacheback(["show", "--id", id.trim()]);
    let explain = || home.cacheback(["explain", "echo", &long]);
    let several = || home.cacheback(["show", "--match", "echo*"]);
    let json = home.cacheback(["show", "--json", "--id", id.trim()]);
    for (name, call) in [("show", show()), ("explain", explain()), ("several", several())] {
        let seen = on_terminal(call);
        let longest = seen.lines().map(|line| line.chars().count()).max();
        assert!(longest.is_some_and(|longest| (1900..2100).contains(&longest)), "{name}: {longest:?}");
        assert!(seen.contains("xxx…\r\n"), "{name}: cut without a sign");
    }
    assert!(on_terminal(json).contains(&long), "JSON is never cut");
    for (name, call) in [("show", show()), ("explain", explain()), ("several", several())] {
        let outcome = call.go();
        assert!(
            (outcome.stdout_text() + &outcome.stderr_text()).contains(&long),
            "{name}: without a terminal nothing is cut off"
        );
    }
}

#[test]
fn a_damaged_entry_of_a_long_command_does_not_fill_the_screen() {
    let (home, long) = with_long_commands();
    Connection::open(home.db()).unwrap().execute_batch("UPDATE entry SET body=x'00'").unwrap();
    let seen = on_terminal(home.cacheback(["verify"]));
    assert!(!seen.contains(&long), "{} characters", seen.len());
    assert_eq!(seen.matches("xxx…): its output does not fit its checksum").count(), 3, "the problem is still named");
    assert!(home.cacheback(["verify"]).go().status(1).stdout_text().contains(&long));
}
