//! `explain`: whether a command would hit, and why or why not.

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
fn a_stored_failure_that_the_caller_does_not_accept_is_named() {
    let home = Home::new();
    home.script("failing", "exit 3");
    home.run(["--failure-ttl", "1h", "failing"]).status(3);
    has(
        &explain(&home, &["failing"]),
        &["what is stored may not be served", "it is a stored failure", "exit status  3"],
    );
    has(&explain(&home, &["--failure-ttl", "1h", "failing"]), &["would hit"]);
}

#[test]
fn the_nearest_entries_are_shown_with_what_differs() {
    let home = Home::new();
    home.script("fake", "exit 0");
    fs::create_dir(home.work("other")).unwrap();
    let last_difference = |stored: &[&str], asked: Call| {
        home.delete(["--all"]);
        home.running(stored).env("PROFILE", "a").stdin("in").go().status(0);
        let text = explained(asked.env("PROFILE", "b"));
        has(&text, &["would run the command: nothing is stored", "nearest entries of the same command"]);
        let nearest = text.split("\n\n").nth(1).expect("the nearest entries");
        nearest.lines().last().unwrap_or_default().trim().to_owned()
    };
    let ask = |args: &[&str]| explaining(&home, args);
    let work = fs::canonicalize(home.work(".")).unwrap().display().to_string();
    for (stored, asked, expected) in [
        (&["fake", "get", "pods"][..], ask(&["fake", "get", "nodes"]), "argument 2: pods, now nodes".to_owned()),
        (&["fake", "get"], ask(&["fake", "get", "-o", "my file"]), "arguments 2 to 3: none, now -o 'my file'".into()),
        (&["fake", "-v", "get"], ask(&["fake", "get"]), "argument 1: -v, now none".into()),
        (&["--cwd", "fake"], ask(&["--cwd", "fake"]).cwd(home.work("other")), format!("cwd: {work}, now {work}/other")),
        (&["--cwd", "fake"], ask(&["fake"]), format!("cwd: {work}, now not part of the key")),
        (&["--env", "PROFILE", "fake"], ask(&["--env", "PROFILE", "fake"]), "env PROFILE: another value".into()),
        (
            &["--env", "NONE", "fake"],
            ask(&["--env", "NONE", "fake"]).env("NONE", ""),
            "env NONE: unset, now set".into(),
        ),
        (&["--scope", "ci", "fake"], ask(&["fake"]), "scope: ci, now none".into()),
        (&["--key", "k", "fake"], ask(&["fake"]), "key: k, now none".into()),
        (&["--stdin", "fake"], ask(&["--stdin", "fake"]).stdin("out"), "stdin: other input".into()),
        (&["-s", "fake"], ask(&["fake"]), "shell: yes, now no".into()),
        (&["fake"], ask(&["--pty", "fake"]), "pty: no, now yes".into()),
    ] {
        assert_eq!(last_difference(stored, asked), expected, "{stored:?}");
    }
}

#[test]
fn three_entries_are_shown_the_nearest_first_and_none_of_other_commands() {
    let home = Home::new();
    home.script("fake", "exit 0");
    home.script("other", "exit 0");
    for stored in [&["fake", "a", "b", "c"][..], &["fake", "a", "b"], &["--cwd", "fake", "a"], &["fake", "b"]] {
        home.run(stored).status(0);
    }
    home.run(["other", "a"]).status(0);
    let object = json(&home, &["fake", "a"]);
    let found: Vec<&Value> =
        object["nearest"].as_array().unwrap().iter().map(|near| &near["differences"][0]["part"]).collect();
    assert_eq!(found[0], "cwd");
    assert_eq!(found.len(), 3);
    assert_eq!(object["nearest"][0]["argv"], serde_json::json!(["fake", "a"]));
    assert_eq!(object["verdict"], "fetch");
    assert!(json(&home, &["missing", "a"])["nearest"].as_array().unwrap().is_empty());
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
fn a_failed_background_fetch_is_shown_with_the_end_of_its_errors() {
    let home = Home::new();
    home.script("flaky", "test -e ok && exit 0; echo 'no luck: \x1b[31mred' >&2; echo out; exit 7");
    fs::write(home.work("ok"), "").unwrap();
    home.run(["flaky"]).status(0);
    fs::remove_file(home.work("ok")).unwrap();
    home.run(["--ttl", "0", "--async", "flaky"]).status(0);
    home.until_quiet();
    let text = explain(&home, &["--ttl", "0", "--async", "flaky"]);
    has(
        &text,
        &["failed 1 time, the last one ", " with status 7; the next one may start", "| no luck: \\033[31mred\n"],
    );
    let failures = &json(&home, &["flaky"])["failure"];
    assert_eq!((&failures["count"], &failures["status"]), (&1.into(), &7.into()));
    home.run(["--warm", "--pty", "flaky"]).status(0);
    home.until_quiet();
    has(&explain(&home, &["--pty", "flaky"]), &["| no luck", "| out\n"]);
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
fn a_database_that_cannot_be_read_is_a_failure_and_left_alone() {
    let home = Home::new();
    home.run(["date"]).status(0);
    let garbage = vec![0; 64 * 1024];
    fs::write(home.db(), &garbage).unwrap();
    let outcome = explaining(&home, &["date"]).go();
    outcome.stdout("").stderr_has("is damaged").stderr_has("verify --repair").status(125);
    assert_eq!(fs::read(home.db()).unwrap(), garbage);
}

#[test]
fn explain_makes_no_directory_and_refuses_wrong_options() {
    let home = Home::new();
    fs::remove_dir_all(home.path()).unwrap();
    has(&explain(&home, &["date"]), &["nothing is stored"]);
    assert!(!home.path().exists());
    fs::create_dir(home.path()).unwrap();
    explaining(&home, &[]).go().stdout("").warned_once().status(125);
    explaining(&home, &["--ttl", "soon", "date"]).go().stdout("").warned_once().status(125);
}

#[test]
fn a_damaged_result_is_called_damaged_and_not_missing() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    let db = rusqlite::Connection::open(home.db()).unwrap();
    db.execute("UPDATE entry SET body=zeroblob(length(body))", []).unwrap();
    let page = explain(&home, &["echo", "x"]);
    has(&page, &["would run the command: what is stored is damaged", "cacheback verify"]);
    assert!(!page.contains("nearest"), "{page}");
    home.run(["--status", "echo", "x"]).stdout("x\n").status(0);
    has(&explain(&home, &["echo", "x"]), &["would hit"]);
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
