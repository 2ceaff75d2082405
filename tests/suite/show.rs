//! `show`: all fields of one entry, or its output.

use serde_json::Value;

use crate::common::{Home, Outcome, wait_until};

fn show(home: &Home, options: &[&str]) -> Outcome {
    home.cacheback(["show"].iter().chain(options)).go()
}

fn object(home: &Home, options: &[&str]) -> Value {
    show(home, &[&["--json"], options].concat()).stderr("").status(0).json()
}

/// The value of the field `name` on a sheet.
fn value<'a>(sheet: &'a str, name: &str) -> &'a str {
    let line = sheet.lines().find(|line| line.split("  ").next() == Some(name));
    line.unwrap_or_else(|| panic!("no {name} in:\n{sheet}"))[name.len()..].trim()
}

#[test]
fn a_sheet_has_all_fields() {
    let home = Home::new();
    let call = home.running(["--scope", "s", "--cwd", "--env", "SECRET,NONE", "--tag", "t", "--failure-ttl", "90s"]);
    let id = call.arg_all(&["--status", "echo", "a b"]).env("SECRET", "hunter2").go().cache_status();
    let sheet = show(&home, &[id.get("key").unwrap()]).stderr("").status(0).stdout_text();
    assert!(value(&sheet, "id").starts_with(id.get("key").unwrap()));
    assert_eq!(value(&sheet, "command"), "echo 'a b'");
    assert_eq!(value(&sheet, "state"), "fresh");
    assert!(value(&sheet, "fresh until").ends_with("(ttl 10m)"));
    assert!(value(&sheet, "kept until").ends_with("in 30d"));
    assert_eq!(value(&sheet, "exit status"), "0");
    assert_eq!(value(&sheet, "size"), "9 B");
    assert_eq!(value(&sheet, "hits"), "0, and 0 stale");
    assert!(sheet.contains("\nKey\ncommand       echo 'a b'\n"), "{sheet}");
    assert_eq!(value(&sheet, "scope"), "s");
    assert_eq!(value(&sheet, "cwd"), home.work("").to_str().unwrap().trim_end_matches('/'));
    assert_eq!(value(&sheet, "tags"), "t");
    assert_eq!(value(&sheet, "stored"), "exit status 0; others for 1m 30s");
    assert_eq!(value(&sheet, "at most"), "256 MiB of output, for 30d");
    assert_eq!(value(&sheet, "time limit"), "1h in the background");
    assert_eq!(value(&sheet, "env NONE"), "unset");
    assert!(sheet.contains("env SECRET    sha256:f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7\n"));
    assert!(!sheet.contains("hunter2"), "{sheet}");
    assert!(!sheet.contains("Last failure"), "{sheet}");
}

#[test]
fn an_entry_is_found_by_its_command_too() {
    let home = Home::new();
    home.run(["--cwd", "echo", "x"]).status(0);
    assert_eq!(object(&home, &["--cwd", "--", "echo", "x"])["command"], "echo x");
    assert_eq!(object(&home, &["--match", "echo *"])["command"], "echo x");
    show(&home, &["echo", "x"]).stdout("").stderr_has("no such entry").status(1);
}

#[test]
fn a_hexadecimal_word_may_be_a_command() {
    let home = Home::new();
    home.script("ed", "echo editor");
    home.run(["ed"]).status(0);
    assert_eq!(object(&home, &["ed"])["command"], "ed");
    show(&home, &["--id", "ed"]).stdout("").status(1);
}

#[test]
fn nothing_found_and_an_error_have_different_statuses() {
    let home = Home::new();
    show(&home, &["abcdef"]).stdout("").warned_once().status(1);
    home.run(["echo", "x"]).status(0);
    show(&home, &["-q", "abcdef0123"]).stdout("").stderr("").status(1);
    show(&home, &["--id", "xyz"]).stdout("").stderr_has("hexadecimal").status(125);
    for options in [&[][..], &["--ttl", "5", "--json"]] {
        show(&home, options).stdout("").stderr_has("nothing is selected; expected an ID or a COMMAND").status(125);
    }
    show(&home, &["--cwd"]).stdout("").stderr_has("--cwd needs the COMMAND").status(125);
    show(&home, &["--json", "--output", "x"]).stderr_has("--output").status(125);
}

#[test]
fn several_entries_are_listed_as_candidates() {
    let home = Home::new();
    for number in 0..12 {
        home.run(["echo", &number.to_string()]).status(0);
    }
    let outcome = show(&home, &["--match", "echo *"]);
    outcome.stdout("").stderr_has("several entries").stderr_has("  echo 11\n").status(125);
    assert_eq!(outcome.stderr_text().lines().count(), 1 + 10 + 1);
}

#[test]
fn the_output_goes_to_the_descriptors_that_it_came_from() {
    let home = Home::new();
    home.run(["--cache-exit", "any", "sh", "-c", "printf out; printf err >&2; exit 3"]).status(3);
    show(&home, &["--output", "--match", "sh*"]).stdout("out").stderr("err").status(0);
    assert_eq!(home.run(["echo", "unrelated"]).stdout_text(), "unrelated\n");
}

#[test]
fn the_last_failure_is_shown_with_the_end_of_its_errors() {
    let home = Home::new();
    home.script("flaky", "test ! -e started || { printf 'no\\033[31m server\\n' >&2; exit 9; }; : > started");
    home.run(["flaky"]).status(0);
    home.run(["--ttl", "0", "--async", "flaky"]).status(0);
    wait_until("the failure is recorded", || !object(&home, &["flaky"])["failure"].is_null());
    home.until_quiet();
    let sheet = show(&home, &["flaky"]).stdout_text();
    assert_eq!(value(&sheet, "status"), "9, 1 in a row");
    assert!(sheet.ends_with("  | no\\033[31m server\n"), "{sheet}");
    assert_eq!(value(&sheet, "state"), "failing ×1 (status 9)");
}

#[test]
fn json_has_the_parts_of_the_key() {
    let home = Home::new();
    let call = home.running(["--stdin", "--env", "NAME", "--key", "k", "--depends-on", "f", "cat"]);
    call.env("NAME", "").stdin("x").go().status(0);
    let found = object(&home, &["--match", "cat"]);
    let parts = &found["key_parts"];
    assert_eq!((&parts["key"], &parts["argv"]), (&"k".into(), &Value::Array(Vec::new())));
    let digest = |bytes: &Value| bytes.as_str().unwrap().starts_with("sha256:");
    assert!(digest(&parts["stdin"]) && digest(&parts["env"]["NAME"]), "{parts}");
    assert_eq!((&found["policy"]["depends_on"][0], &found["unchanged"]), (&"f".into(), &true.into()));
    assert_eq!((&found["policy"]["keep"], &found["tags"]), (&2_592_000.0.into(), &Value::Array(Vec::new())));
}

#[test]
fn a_terminal_in_the_key_is_shown() {
    let home = Home::new();
    home.run(["--pty", "echo", "x"]).status(0);
    home.run(["echo", "x"]).status(0);
    let sheet = show(&home, &["--pty", "--", "echo", "x"]).status(0).stdout_text();
    assert_eq!(value(&sheet, "pty"), "yes");
    assert!(!show(&home, &["--", "echo", "x"]).status(0).stdout_text().contains("pty"));
    assert_eq!(object(&home, &["--pty", "--", "echo", "x"])["key_parts"]["pty"], true);
    assert_eq!(object(&home, &["--", "echo", "x"])["key_parts"]["pty"], false);
}

#[test]
fn a_damaged_entry_is_reported_as_damaged() {
    let home = Home::new();
    let id = home.run(["--status", "echo", "x"]).cache_status().get("key").unwrap().to_owned();
    let db = rusqlite::Connection::open(home.db()).unwrap();
    db.execute("UPDATE entry SET recipe=zeroblob(9)", []).unwrap();
    for selector in [&["--", "echo", "x"][..], &[&id], &["--id", &id]] {
        show(&home, selector).stdout("").stderr_has("damaged; see: cacheback verify").status(1);
    }
}

#[test]
fn options_behind_an_id_get_a_hint() {
    let home = Home::new();
    let id = home.run(["--status", "echo", "x"]).cache_status().get("key").unwrap().to_owned();
    show(&home, &[&id, "--json"]).stderr_has("options of show stand before the id").status(1);
    show(&home, &["echo", "--json"]).stderr("cacheback: no such entry is stored\n").status(1);
}

#[test]
fn an_invalidated_entry_is_shown_as_invalidated() {
    let home = Home::new();
    home.run(["--stdin", "cat"]).status(0);
    home.cacheback(["invalidate", "--all"]).go().status(0);
    let sheet = show(&home, &["--match", "cat"]).status(0).stdout_text();
    assert_eq!(value(&sheet, "fresh until"), "invalidated (ttl 10m)");
    let table = home.cacheback(["list"]).go().stdout_text();
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!((row[1], row[3]), ("invalidated", "-"), "{table}");
}
