//! A background refresh that fails keeps the stale entry and is not tried again at once.

use std::fs;
use std::time::{Duration, Instant};

use crate::common::pty::Terminal;
use crate::common::{Home, wait_until};

/// A home where `fragile` is stored and works for as long as there is no file `broken`; its entry is marked stale,
/// without a refresh, by [`mark_stale`].
fn with_an_entry() -> Home {
    let home = Home::new();
    home.script("fragile", "echo fine; echo err >&2; [ ! -e broken ]");
    home.run(["--env", "FLAVOUR", "fragile"]).stdout("fine\n").status(0);
    home
}

/// Marks the entry as stale. It cannot be refreshed under another value of `FLAVOUR`, so the next caller does that.
fn mark_stale(home: &Home) {
    home.cacheback(["invalidate", "--all"]).env("FLAVOUR", "other").go().counted(1);
    home.until_quiet();
}

/// A stale hit, which tries a refresh unless one failed just now.
#[track_caller]
fn stale_hit(home: &Home) {
    home.run(["--async", "--env", "FLAVOUR", "fragile"]).stdout("fine\n").stderr("err\n").status(0);
}

#[test]
fn a_directory_that_is_gone_is_not_taken_for_a_missing_program() {
    let home = Home::new();
    let directory = home.work("gone");
    fs::create_dir(&directory).unwrap();
    home.running(["echo", "x"]).cwd(&directory).go().stdout("x\n").status(0);
    fs::remove_dir(&directory).unwrap();
    home.invalidate(["echo", "x"]).counted(1);
    let show = || home.cacheback(["show", "echo", "x"]).go().stdout_text();
    wait_until("the failure is recorded", || show().contains("Last failure"));
    let why = format!("the working directory {}: No such file or directory\n", directory.display());
    assert!(show().contains(&why), "{}", show());
}

#[test]
fn the_stale_entry_is_served_while_refreshes_fail() {
    let home = with_an_entry();
    mark_stale(&home);
    fs::write(home.work("broken"), "").unwrap();
    for _ in 0..3 {
        stale_hit(&home);
        home.until_quiet();
    }
}

#[test]
fn the_next_attempt_waits_for_a_second_and_the_one_after_it_for_two() {
    let home = with_an_entry();
    mark_stale(&home);
    fs::write(home.work("broken"), "").unwrap();
    let mut last = Instant::now();
    stale_hit(&home);
    home.until_runs("fragile", 2);
    for (attempt, pause) in [(3, 1000), (4, 2000)] {
        home.until_quiet();
        let mut began = last;
        wait_until("the refresh is tried again", || {
            began = Instant::now();
            stale_hit(&home);
            home.runs("fragile") == attempt
        });
        // From before one attempt to after the next: at least the pause between them.
        let waited = last.elapsed();
        assert!(waited >= Duration::from_millis(pause), "attempt {attempt} came after {waited:?}");
        last = began;
    }
    home.until_quiet();
}

#[test]
fn a_success_ends_the_back_off() {
    let home = with_an_entry();
    mark_stale(&home);
    fs::write(home.work("broken"), "").unwrap();
    stale_hit(&home);
    home.until_quiet();
    assert_eq!(home.runs("fragile"), 2);
    fs::remove_file(home.work("broken")).unwrap();
    home.run(["--env", "FLAVOUR", "fragile"]).stdout("fine\n").status(0);
    assert_eq!(home.runs("fragile"), 3);
    mark_stale(&home);
    stale_hit(&home);
    home.until_quiet();
    assert_eq!(home.runs("fragile"), 4, "a refresh after a success has to wait");
}

#[test]
fn a_foreground_fetch_does_not_wait_for_the_back_off() {
    let home = with_an_entry();
    mark_stale(&home);
    fs::write(home.work("broken"), "").unwrap();
    stale_hit(&home);
    home.until_quiet();
    for runs in 3..=5 {
        home.run(["--env", "FLAVOUR", "fragile"]).stdout("fine\n").stderr("err\n").status(1);
        assert_eq!(home.runs("fragile"), runs);
    }
}

#[test]
fn a_refresh_that_hangs_is_ended_and_keeps_the_stale_entry() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    home.run(["--async", "--ttl", "0", "--refresh-timeout", "300ms", "slow"]).stdout("done\n").status(0);
    home.until_runs("slow", 2);
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
    home.run(["--async", "--ttl", "0", "slow"]).stdout("done\n").status(0);
    gate.open();
}

#[test]
fn a_refresh_whose_command_is_gone_keeps_the_stale_entry() {
    let home = with_an_entry();
    mark_stale(&home);
    fs::rename(home.bin("fragile"), home.bin("elsewhere")).unwrap();
    stale_hit(&home);
    home.until_quiet();
    stale_hit(&home);
    home.run(["--env", "FLAVOUR", "fragile"]).stdout("").status(127);
}

/// A home where `fragile` is stored, and its refresh has failed `count` times in a row.
fn with_failures(count: usize) -> Home {
    let home = Home::new();
    home.script("fragile", "[ ! -e broken ] && echo fine && exit; echo no route to host >&2; exit 6");
    home.run(["fragile"]).stdout("fine\n").status(0);
    fs::write(home.work("broken"), "").unwrap();
    for _ in 0..count {
        home.invalidate(["fragile"]).counted(1);
        home.until_quiet();
    }
    home
}

#[test]
fn the_status_line_says_that_refreshes_fail() {
    let home = with_failures(0);
    let detail = || {
        let status = home.run(["--async", "--ttl", "0", "--status", "fragile"]).stdout("fine\n").cache_status();
        status.get("detail").map(str::to_owned)
    };
    assert_eq!(detail().as_deref(), Some("refreshing"));
    home.until_quiet();
    assert_eq!(detail().as_deref(), Some("failing"));
    home.until_quiet();
    fs::remove_file(home.work("broken")).unwrap();
    home.invalidate(["fragile"]).counted(1);
    home.until_quiet();
    assert_eq!(detail().as_deref(), Some("refreshing"));
}

#[test]
fn a_terminal_shows_failing_refreshes_after_three_and_once_an_hour() {
    for (failures, call, is_shown) in [
        (2, "cacheback run --async fragile", false),
        (3, "cacheback run --async fragile", true),
        (3, "cacheback run -q --async fragile", false),
        (3, "cacheback run --async fragile 2>log; cat log", false),
    ] {
        let home = with_failures(failures);
        let mut terminal = Terminal::with(home.shell(&format!("{call}; {call}")));
        assert!(terminal.until_ended().success());
        let seen = terminal.seen();
        let shown = seen.matches("refreshes have failed").count();
        assert_eq!(shown, usize::from(is_shown), "{failures} {call}: {seen}");
        assert_eq!(seen.matches("fine").count(), 2, "{seen}");
        assert!(!is_shown || seen.contains("with exit status 6: no route to host"), "{seen}");
        home.until_quiet();
    }
}
