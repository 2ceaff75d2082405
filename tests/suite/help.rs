//! Help: each subcommand has a short one with one example and a long one with all; both list the same options.

use crate::common::pty::Terminal;
use crate::common::{Home, help};

/// The subcommands of the program.
fn subcommands(home: &Home) -> Vec<String> {
    help::subcommands(&home.cacheback(["--help"]).go().status(0).stdout_text())
}

#[test]
fn every_subcommand_has_a_short_and_a_long_help_with_examples() {
    let home = Home::new();
    let subcommands = subcommands(&home);
    assert!(subcommands.len() >= 6, "{subcommands:?}");
    for name in subcommands.iter().map(String::as_str) {
        let short = home.cacheback([name, "-h"]).go().status(0).stderr("").stdout_text();
        let long = home.cacheback([name, "--help"]).go().status(0).stderr("").stdout_text();
        assert!(short.contains(&format!("Usage: cacheback {name}")), "{short}");
        assert_eq!(short.matches("\n  # ").count(), 1, "{short}");
        assert!(short.contains("Example:\n") && long.contains("Example"), "{long}");
        assert!(short.len() < long.len(), "{short}");
        assert_eq!(help::options(&short), help::options(&long));
        assert_eq!(home.cacheback(["help", name]).go().stdout_text(), long);
        let page = home.cacheback(["man", name]).go().status(0).stdout_text();
        assert!(page.contains("EXIT STATUS") && page.contains("EXAMPLES") && page.contains("SEE ALSO"), "{page}");
        let title = format!(".TH CACHEBACK-{} 1 ", name.to_uppercase());
        assert!(page.contains(&title), "{page}");
        // A list of bare option names would not show which take a value.
        let synopsis = page.split(".SH").find(|section| section.starts_with(" SYNOPSIS")).expect("a synopsis");
        assert!(synopsis.starts_with(&format!(" SYNOPSIS\n\\fBcacheback {name}\\fR")), "{synopsis}");
        assert!(!synopsis.contains("[\\fB\\-"), "{synopsis}");
    }
}

#[test]
fn the_manual_of_cacheback_names_the_other_pages() {
    let home = Home::new();
    let page = home.cacheback(["man"]).go().status(0).stdout_text();
    assert!(page.contains(".SH SYNOPSIS\n\\fBcacheback\\fR [OPTIONS] SUBCOMMAND\n"), "{page}");
    for heading in ["\"EXIT STATUS\"", "ENVIRONMENT", "FILES", "EXAMPLES", "\"SEE ALSO\""] {
        assert!(page.contains(&format!(".SH {heading}\n")), "{heading}");
    }
    assert!(page.contains("\\fBcacheback\\-guarantees\\fR(7)\n"), "{page}");
    for name in subcommands(&home) {
        assert!(page.contains(&format!("\\fBcacheback\\-{name}\\fR(1)")), "{name}");
    }
}

#[test]
fn pages_that_cannot_be_written_are_named() {
    let home = Home::new();
    let outcome = home.cacheback(["man", "--into", "/proc/pages"]).go();
    outcome.status(125).stdout("").stderr_has("cacheback: writing /proc/pages/man1/cacheback.1: ");
}

#[test]
fn a_forgotten_run_is_suggested() {
    let home = Home::new();
    let outcome = home.cacheback(["curl", "-fsS", "http://localhost/?a b"]).go();
    outcome.status(125).stdout("").stderr_has("type: cacheback run curl -fsS 'http://localhost/?a b'\n");
    let outcome = home.cacheback(["--ttl", "5m", "curl"]).go();
    outcome.status(125).stdout("").stderr_has("cacheback run --ttl 5m curl\n");
}

#[test]
fn a_call_without_words_says_what_to_type() {
    let home = Home::new();
    home.call("cacheback", [""; 0]).go().status(125).stdout("").warned_once().stderr_has("cacheback run COMMAND");
}

#[test]
fn a_mistyped_subcommand_or_option_is_corrected() {
    let home = Home::new();
    for (line, suggestion) in [
        (&["runn", "date"][..], "'run'"),
        (&["delte", "date"], "'delete'"),
        (&["invalidat", "date"], "'invalidate'"),
        (&["decorat", "date"], "'decorate'"),
        (&["run", "--only-if-cache", "date"], "'--only-if-cached'"),
        (&["run", "--tt", "5", "date"], "'--ttl'"),
        (&["decorate", "--shell-knd", "sh", "date"], "'--shell-kind'"),
        (&["delete", "--mach", "x"], "'--match'"),
    ] {
        let outcome = home.cacheback(line).go();
        outcome.status(125).stdout("").stderr_has(&format!("did you mean {suggestion}?"));
    }
}

#[test]
fn a_manual_page_is_shown_by_man_on_a_terminal() {
    let home = Home::new();
    home.executable(&home.bin("man"), "#!/bin/sh\necho \"man $*\"; exec head -n 2\n");
    let mut terminal = Terminal::with(home.cacheback(["man", "run"]));
    assert!(terminal.until_ended().success());
    let seen = terminal.seen();
    assert!(seen.starts_with("man -l -\r\n") && seen.lines().count() == 3, "{seen}");
    let plain = home.cacheback(["man", "run"]).go().status(0).stdout_text();
    assert!(plain.contains(".TH"), "without a terminal the source of the page is printed");
    let mut without = Terminal::with(home.cacheback(["man", "run"]).env("PATH", "/nonexistent"));
    assert!(without.until_ended().success());
    assert!(without.seen().contains(".TH"));
}
