//! `cacheback invalidate`: mark stale and refresh in the background.

use std::fs;

use crate::common::{Gate, Home, is_root, skipped, uid_of_nobody, wait_until};

fn with_a_counter() -> Home {
    let home = Home::new();
    home.counter("count");
    home
}

#[test]
fn an_invalidated_entry_is_refreshed_in_the_background() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n");
    home.invalidate(["--", "count"]).counted(1);
    home.until_quiet();
    home.run(["--only-if-cached", "count"]).stdout("2\n").status(0);
    assert_eq!(home.runs("count"), 2);
}

#[test]
fn invalidate_does_not_wait_for_the_refresh() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    home.invalidate(["--", "slow"]).counted(1);
    home.until_runs("slow", 2);
    gate.let_one_go();
}

#[test]
fn an_invalidated_entry_is_stale_until_it_is_refreshed() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    home.invalidate(["--", "slow"]).counted(1);
    home.run(["--only-if-cached", "slow"]).stdout("").status(1);
    home.run(["--async", "slow"]).stdout("done\n").status(0);
    let waiting = home.start(["slow"]);
    home.until_runs("slow", 2);
    gate.open();
    waiting.wait().stdout("done\n").status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn invalidate_selects_by_the_options_of_run() {
    let home = with_a_counter();
    fs::create_dir(home.work("other")).unwrap();
    for (number, options) in [
        &["count"][..],
        &["count", "x y"],
        &["--scope", "s", "count"],
        &["--key", "k", "count"],
        &["--cwd", "count"],
        &["-s", "count"],
        &["--env", "FLAVOUR", "count"],
    ]
    .iter()
    .enumerate()
    {
        let stored = 2 * number + 1;
        home.run(*options).stdout(format!("{stored}\n"));
        home.invalidate(["--scope", "unrelated", "count"]).counted(0);
        home.cacheback(["invalidate"]).arg_all(options).go().counted(1);
        home.until_quiet();
        home.run([&["--only-if-cached"], *options].concat()).stdout(format!("{}\n", stored + 1)).status(0);
    }
    home.cacheback(["invalidate", "--cwd", "count"]).cwd(home.work("other")).go().counted(0);
}

#[test]
fn nothing_selected_is_no_failure() {
    let home = with_a_counter();
    home.invalidate(["--", "count"]).counted(0);
    home.invalidate(["--all"]).counted(0);
    home.invalidate(["--id", "abcdef"]).counted(0);
    home.invalidate(["--scope", "none"]).counted(0);
    home.invalidate(["--match", "nothing *"]).counted(0);
    assert_eq!(home.runs("count"), 0);
}

#[test]
fn entries_are_selected_by_id() {
    let home = with_a_counter();
    let id = home.run(["--status", "count"]).cache_status().get("key").unwrap().to_owned();
    home.run(["count", "other"]).stdout("2\n");
    home.invalidate(["--id", &id]).counted(1);
    home.until_quiet();
    home.run(["--only-if-cached", "count"]).stdout("3\n");
    home.run(["--only-if-cached", "count", "other"]).stdout("2\n");
    home.invalidate(["--id", &id.to_uppercase()]).counted(1);
    home.until_quiet();
    home.run(["--only-if-cached", "count"]).stdout("4\n");
}

#[test]
fn entries_are_selected_by_scope() {
    let home = with_a_counter();
    home.run(["--scope", "s", "count", "a"]);
    home.run(["--scope", "s", "count", "b"]);
    home.run(["--scope", "t", "count", "a"]);
    home.run(["count", "a"]);
    home.invalidate(["--scope", "s"]).counted(2);
    home.until_quiet();
    assert_eq!(home.runs("count"), 6);
    home.run(["--only-if-cached", "--scope", "t", "count", "a"]).stdout("3\n");
    home.run(["--only-if-cached", "count", "a"]).stdout("4\n");
}

#[test]
fn entries_are_selected_by_a_glob_over_the_command_line() {
    let home = with_a_counter();
    home.run(["count", "get", "pods"]);
    home.run(["count", "get", "nodes"]);
    home.run(["count", "describe", "pods"]);
    home.invalidate(["--match", "count get *"]).counted(2);
    home.invalidate(["--match", "get"]).counted(0);
    home.until_quiet();
    assert_eq!(home.runs("count"), 5);
    home.run(["--only-if-cached", "count", "describe", "pods"]).stdout("3\n");
}

#[test]
fn all_entries_can_be_selected() {
    let home = with_a_counter();
    for word in ["a", "b", "c"] {
        home.run(["count", word]);
    }
    home.invalidate(["--all"]).counted(3);
    home.until_quiet();
    assert_eq!(home.runs("count"), 6);
}

#[test]
fn the_refresh_runs_as_the_entry_was_fetched() {
    let home = Home::new();
    fs::create_dir(home.work("there")).unwrap();
    let fetch = home.running(["-s", "pwd; echo \"$1\"; date +%N", "a b"]).cwd(home.work("there")).go();
    assert!(fetch.stdout_text().starts_with(&format!("{}\na b\n", home.work("there").display())), "{fetch}");
    home.invalidate(["--all"]).counted(1);
    home.until_quiet();
    let refreshed = home.run(["--only-if-cached", "-s", "pwd; echo \"$1\"; date +%N", "a b"]);
    assert!(refreshed.stdout_text().starts_with(&format!("{}\na b\n", home.work("there").display())), "{refreshed}");
    assert_ne!(refreshed.stdout, fetch.stdout);
}

#[test]
fn an_entry_keyed_on_a_variable_that_differs_now_is_only_marked_stale() {
    let home = with_a_counter();
    let only = || home.running(["--only-if-cached", "--env", "FLAVOUR", "count"]).env("FLAVOUR", "sour").go();
    home.running(["--env", "FLAVOUR", "count"]).env("FLAVOUR", "sour").go().stdout("1\n");
    only().stdout("1\n").status(0);
    home.cacheback(["invalidate", "--all"]).env("FLAVOUR", "sweet").go().counted(1);
    home.until_quiet();
    only().stdout("").status(1);
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn an_entry_keyed_on_a_variable_that_is_the_same_is_refreshed() {
    let home = with_a_counter();
    home.running(["--env", "FLAVOUR", "count"]).env("FLAVOUR", "sour").go().stdout("1\n");
    home.cacheback(["invalidate", "--all"]).env("FLAVOUR", "sour").go().counted(1);
    home.until_quiet();
    home.running(["--only-if-cached", "--env", "FLAVOUR", "count"]).env("FLAVOUR", "sour").go().stdout("2\n");
}

#[test]
fn an_entry_keyed_on_input_is_only_marked_stale() {
    let home = with_a_counter();
    home.running(["--stdin", "count"]).stdin("a").go().stdout("1\n");
    home.invalidate(["--all"]).counted(1);
    home.until_quiet();
    home.running(["--only-if-cached", "--stdin", "count"]).stdin("a").go().stdout("").status(1);
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn an_entry_keyed_on_input_is_selected_by_that_input() {
    let home = with_a_counter();
    home.running(["--stdin", "count"]).stdin("a").go().stdout("1\n");
    home.running(["--stdin", "count"]).stdin("b").go().stdout("2\n");
    home.cacheback(["invalidate", "--stdin", "count"]).stdin("b").go().counted(1);
    home.until_quiet();
    home.running(["--only-if-cached", "--stdin", "count"]).stdin("a").go().stdout("1\n").status(0);
    home.running(["--only-if-cached", "--stdin", "count"]).stdin("b").go().stdout("").status(1);
}

/// A home with `number` entries of `slow`, whose runs wait at a gate.
fn with_entries(number: usize) -> (Home, Gate) {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    for number in 0..number {
        gate.let_one_go();
        home.run(["slow", &number.to_string()]).stdout("done\n");
    }
    (home, gate)
}

#[test]
fn many_entries_are_refreshed_a_bounded_number_at_a_time() {
    const AT_A_TIME: usize = 4;
    const ENTRIES: usize = 24;
    let (home, gate) = with_entries(ENTRIES);
    home.invalidate(["--all"]).counted(ENTRIES);
    // Each run that passes the gate makes room for one more.
    for started in ENTRIES + AT_A_TIME..=2 * ENTRIES {
        home.until_runs("slow", started);
        gate.let_one_go();
    }
    gate.open();
    home.until_quiet();
    for number in 0..ENTRIES {
        home.run(["--only-if-cached", "slow", &number.to_string()]).stdout("done\n").status(0);
    }
    assert_eq!(home.runs("slow"), 2 * ENTRIES);
}

#[test]
fn removed_entries_are_not_refreshed() {
    // A result that is being fetched during `prune` is stored all the same.
    let ways = [(&["delete", "--all"][..], 0), (&["clear", "--yes"], 0), (&["prune", "--keep-last", "0"], 4)];
    for (forget, left) in ways {
        let (home, gate) = with_entries(12);
        home.invalidate(["--all"]).counted(12);
        // Four refreshes have started.
        home.until_runs("slow", 16);
        home.cacheback(forget.iter().copied()).go().status(0);
        gate.open();
        home.until_quiet();
        assert_eq!(home.runs("slow"), 16);
        assert_eq!(home.cacheback(["list", "--ids"]).go().stdout_text().lines().count(), left);
    }
}

#[test]
fn entries_that_other_callers_have_fetched_are_not_refreshed_again() {
    let (home, gate) = with_entries(6);
    home.invalidate(["--all"]).counted(6);
    home.until_runs("slow", 10);
    let callers: Vec<_> = (0..6).map(|number| home.start(["slow", &number.to_string()])).collect();
    home.until_runs("slow", 12);
    gate.open();
    for caller in callers {
        caller.wait().stdout("done\n").status(0);
    }
    home.until_quiet();
    assert_eq!(home.runs("slow"), 12);
}

#[test]
fn a_refresh_that_fails_keeps_the_stale_entry() {
    let home = Home::new();
    home.script("fragile", &format!("[ ! -e '{}' ] && echo fine", home.work("broken").display()));
    home.run(["fragile"]).stdout("fine\n").status(0);
    fs::write(home.work("broken"), "").unwrap();
    home.invalidate(["--all"]).counted(1);
    home.until_quiet();
    assert_eq!(home.runs("fragile"), 2);
    home.run(["--only-if-cached", "fragile"]).stdout("").status(1);
    home.run(["--async", "fragile"]).stdout("fine\n").status(0);
}

#[test]
fn quiet_prints_no_count() {
    let home = with_a_counter();
    home.run(["count"]);
    home.invalidate(["--quiet", "--all"]).stdout("").stderr("").status(0);
    wait_until("the entry is refreshed", || home.runs("count") == 2);
}

#[test]
fn nothing_is_run_in_a_directory_that_belongs_to_another_user_now() {
    if !is_root() {
        return skipped("only root can give a directory away");
    }
    let home = with_a_counter();
    let directory = home.work("sold");
    fs::create_dir(&directory).unwrap();
    for command in [&["--cwd", "count"][..], &["--cwd", "--key", "2", "count"]] {
        home.running(command).cwd(&directory).go().status(0);
    }
    std::os::unix::fs::chown(&directory, Some(uid_of_nobody().as_raw()), None).unwrap();
    let outcome = home.cacheback(["invalidate", "--all"]).go();
    let said = "2 entries are not refreshed: their directories belong to others now, ";
    outcome.stderr_has(said).stderr_has("/sold to uid ").status(0);
    home.until_quiet();
    assert_eq!(home.runs("count"), 2);
}
