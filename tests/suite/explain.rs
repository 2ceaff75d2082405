//! `explain`: whether a command would hit, and why or why not.

mod failures;
mod nearest;

use std::fs;

use serde_json::Value;

use crate::common::pty::Terminal;
use crate::common::{Call, Home, Outcome, wait_until};

fn explaining(home: &Home, args: &[&str]) -> Call {
    home.cacheback(["explain"]).arg_all(args)
}

/// What this call of `explain` prints; its status is 0 for every verdict.
#[track_caller]
fn explained(call: Call) -> String {
    let outcome: Outcome = call.go();
    outcome.stderr("").status(0);
    outcome.stdout_text()
}

#[track_caller]
fn explain(home: &Home, args: &[&str]) -> String {
    explained(explaining(home, args))
}

/// `text` without the padding of columns.
fn squeezed(text: &str) -> String {
    let mut squeezed = text.to_owned();
    while squeezed.contains("  ") {
        squeezed = squeezed.replace("  ", " ");
    }
    squeezed
}

#[track_caller]
fn has(text: &str, expected: &[&str]) {
    for each in expected {
        assert!(squeezed(text).contains(&squeezed(each)), "{each:?} is not in:\n{text}");
    }
}

#[track_caller]
fn json(home: &Home, args: &[&str]) -> Value {
    serde_json::from_str(&explained(explaining(home, &["--json"]).arg_all(args))).expect("it is JSON")
}

#[test]
fn a_command_is_explained_and_not_run() {
    let home = Home::new();
    home.counter("count");
    has(&explain(&home, &["count"]), &["would run the command: nothing is stored\n", "command  count\n"]);
    assert!(!home.db().exists(), "the database was made");
    home.run(["count"]).stdout("1\n");
    let text = explain(&home, &["--ttl", "1h", "count"]);
    has(&text, &["would hit: fresh for another ", "ttl 1h option", "entry: fresh", "7 bytes as stored"]);
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn a_stale_entry_has_its_reasons() {
    let home = Home::new();
    home.counter("count");
    home.run(["--stdin", "count"]).status(0);
    let stale = |args: &[&str]| explain(&home, &[args, &["--stdin", "count"]].concat());
    has(&stale(&["--ttl", "0"]), &["would run the command: what is stored is stale", "a ttl of 0 is never fresh"]);
    wait_until("the entry is older than a millisecond", || stale(&["--ttl", "1ms"]).contains("over its ttl of 1ms"));
    has(&stale(&["--ttl", "0", "--async"]), &["would print the stale result and refresh it in the background"]);
    has(
        &stale(&["--ttl", "0", "--async", "--max-stale", "0"]),
        &["what is stored may not be served", "--max-stale allows 0s"],
    );
    has(&stale(&["--ttl", "0", "--only-if-cached"]), &["would print nothing and exit 1"]);
    has(&stale(&["--refresh"]), &["would run the command: --refresh"]);
    home.invalidate(["--stdin", "count"]).counted(1);
    has(&stale(&[]), &["what is stored is stale", "\nbecause it was invalidated\n"]);
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn the_file_that_changed_is_named() {
    let home = Home::new();
    home.counter("count");
    fs::write(home.work("config"), "a").unwrap();
    let args = ["--depends-on", "config", "--depends-on", "new", "count"];
    home.run(["count"]).status(0);
    has(&explain(&home, &args), &["the files of --depends-on were not looked at when it was fetched"]);
    home.run(args).status(0);
    has(&explain(&home, &args), &["would hit"]);
    fs::write(home.work("config"), "other").unwrap();
    fs::write(home.work("new"), "").unwrap();
    has(&explain(&home, &args), &["work/config has changed\n", "work/new is new\n"]);
    fs::remove_file(home.work("config")).unwrap();
    has(&explain(&home, &args), &["work/config is gone\n"]);
}

#[test]
fn a_running_fetch_is_shown() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.run(["--warm", "slow"]).status(0);
    home.until_runs("slow", 1);
    let pid = || json(&home, &["slow"])["refreshing"]["pid"].as_i64();
    wait_until("its process is known", || pid().is_some());
    assert!(home.processes().iter().any(|process| Some(i64::from(process.pid)) == pid()));
    let text = explain(&home, &["slow"]);
    has(&text, &["would wait for the fetch that is running: nothing is stored", "running  process "]);
    has(&explain(&home, &["--warm", "slow"]), &["would find a background fetch running"]);
    gate.let_one_go();
    home.until_quiet();
    assert_eq!(json(&home, &["slow"])["refreshing"], Value::Null);
    home.run(["slow"]).stdout("done\n");
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn each_setting_says_where_it_comes_from() {
    let home = Home::new();
    let call = explaining(&home, &["--keep", "2d", "x"]).env("CACHEBACK_TTL", "90s").env("CACHEBACK_ASYNC", "1");
    let text = explained(call);
    has(&text, &["ttl 1m 30s environment\n", "async true environment\n", "keep 2d option\n"]);
    assert!(!text.contains("cache_exit"), "{text}");
    let text = explain(&home, &["--all", "--keep", "2d", "x"]);
    has(&text, &["cache_exit 0 built in\n", "keep 2d option\n"]);
}

#[test]
fn a_switched_off_cache_is_reported() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).status(0);
    let text = explained(explaining(&home, &["count"]).env("CACHEBACK_DISABLE", "1"));
    has(&text, &["would run the command without a cache: CACHEBACK_DISABLE is set\n", "entry: fresh"]);
}

#[test]
fn the_verdict_is_coloured_at_a_terminal_unless_no_color_is_set() {
    let home = Home::new();
    for (variable, coloured) in [("OTHER", true), ("NO_COLOR", false)] {
        let mut terminal = Terminal::with(explaining(&home, &["date"]).env("TERM", "xterm").env(variable, "1"));
        terminal.until_seen("command");
        assert!(terminal.until_ended().success());
        assert_eq!(terminal.seen().contains("\x1b["), coloured, "{variable}");
    }
    assert!(!explain(&home, &["date"]).contains('\x1b'));
    assert!(explain(&home, &["--color", "always", "date"]).contains("\x1b[1;31m"));
    assert!(explained(explaining(&home, &["date"]).env("CLICOLOR_FORCE", "1")).contains("\x1b[1;31m"));
    let mut terminal = Terminal::with(explaining(&home, &["--color", "never", "date"]).env("TERM", "xterm"));
    assert!(terminal.until_ended().success());
    assert!(!terminal.seen().contains('\x1b'));
}

#[test]
fn words_of_the_command_cannot_steer_the_terminal() {
    let home = Home::new();
    has(&explain(&home, &["printf", "a\x1b[31m b"]), &[r"command  printf $'a\033[31m b'"]);
}

#[test]
fn the_verdict_comes_first() {
    let home = Home::new();
    home.run(["--scope", "a", "echo", "x"]).status(0);
    let at = |text: &str, part: &str| text.find(part).unwrap_or_else(|| panic!("{part:?} is not in:\n{text}"));
    let missing = explain(&home, &["--scope", "b", "echo", "x"]);
    assert!(at(&missing, "would run the command") == 0 && at(&missing, "nearest") < at(&missing, "key "), "{missing}");
    assert!(at(&missing, "key ") < at(&missing, "settings that are not built in"), "{missing}");
    assert!(missing.lines().count() < 15, "{missing}");
    let stale = explain(&home, &["--scope", "a", "--ttl", "0", "echo", "x"]);
    assert!(stale.lines().nth(1).unwrap().starts_with("because a ttl of 0"), "{stale}");
    assert!(!explain(&home, &["echo", "x"]).contains("settings"), "all settings are built in");
}

#[test]
fn show_and_explain_use_the_same_names_in_json() {
    let home = Home::new();
    let args = ["--scope", "s", "--env", "A,B", "--tag", "t", "--ttl", "1h"];
    let with = |subcommand: &str| {
        let call = home.cacheback([subcommand, "--json"]).arg_all(&args).arg_all(&["echo", "x"]).env("A", "1");
        serde_json::from_str::<Value>(&explained(call)).unwrap()
    };
    home.running(args).arg_all(&["echo", "x"]).env("A", "1").go().status(0);
    let (shown, explained_json) = (with("show"), with("explain"));
    for name in ["key", "command", "key_parts", "state", "refreshing", "failure"] {
        assert_eq!(shown[name], explained_json[name], "{name}");
    }
    for (name, value) in explained_json["entry"].as_object().unwrap() {
        if !["age", "jitter", "reasons"].contains(&name.as_str()) {
            assert_eq!(shown[name], *value, "{name}");
        }
    }
    assert!(shown["key_parts"]["env"]["A"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(shown["key_parts"]["env"]["B"], Value::Null);
}

#[test]
fn times_are_local_for_people_and_utc_for_programs() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    for words in ["explain echo x", "show echo x"] {
        let call = |json: &[&str], zone: &str| {
            let words: Vec<&str> = words.split(' ').collect();
            explained(home.cacheback(&words[..1]).arg_all(json).arg_all(&words[1..]).env("TZ", zone))
        };
        assert!(call(&[], "Asia/Tokyo").contains(" JST"), "{}", call(&[], "Asia/Tokyo"));
        assert!(call(&[], "UTC").contains(" UTC"));
        assert!(!call(&["--json"], "Asia/Tokyo").contains("JST"));
        let fetched = |zone| {
            let object: Value = serde_json::from_str(&call(&["--json"], zone)).unwrap();
            [&object, &object["entry"]].map(|object| object["fetched_at"].clone())
        };
        assert_eq!(fetched("Asia/Tokyo"), fetched("UTC"));
        assert!(fetched("UTC").iter().any(|at| at.as_str().is_some_and(|at| at.ends_with('Z'))));
    }
}
