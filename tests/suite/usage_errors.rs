//! Wrong command lines: status 125 and a line that names the mistake; nothing is run or stored.

mod values;

use std::fs;
use std::os::unix::fs::symlink;

use crate::common::{Home, Outcome};

/// Expects that `args` are refused with a line that has all of `named` and one of `offered`.
#[track_caller]
fn refuses(args: &[&str], named: &[&str], offered: &[&str]) {
    let home = Home::new();
    home.counter("count");
    let outcome = home.cacheback(args).go();
    refused(&outcome, named, offered);
    home.until_quiet();
    assert_eq!(home.runs("count"), 0, "{args:?} ran the command");
    assert!(!home.db().exists(), "{args:?} made a database");
}

#[track_caller]
fn refused(outcome: &Outcome, named: &[&str], offered: &[&str]) {
    let text = outcome.status(125).stdout("").stderr_text();
    assert!(text.starts_with("cacheback: "), "not a message of cacheback's\n{outcome}");
    assert_eq!(text.lines().count(), 1, "not one line\n{outcome}");
    for name in named {
        assert!(text.contains(name), "does not name {name:?}\n{outcome}");
    }
    let offers = offered.is_empty() || offered.iter().any(|offer| text.contains(offer));
    assert!(offers, "does not offer any of {offered:?}\n{outcome}");
}

#[test]
fn an_unknown_option_is_refused() {
    refuses(&["run", "--frobnicate", "count"], &["--frobnicate"], &[]);
    refuses(&["run", "--tll", "5", "count"], &["--tll"], &["--ttl"]);
    refuses(&["run", "-z", "count"], &["-z"], &[]);
    refuses(&["invalidate", "--frobnicate"], &["--frobnicate"], &[]);
    refuses(&["delete", "--al"], &["--al"], &["--all"]);
    refuses(&["--frobnicate", "run", "count"], &["--frobnicate"], &[]);
}

#[test]
fn an_unknown_subcommand_is_refused() {
    refuses(&["rum", "count"], &["rum"], &["run"]);
    refuses(&[], &[], &[]);
}

#[test]
fn warm_and_refresh_exclude_each_other() {
    refuses(&["run", "--warm", "--refresh", "count"], &["--warm", "--refresh"], &[]);
    refuses(&["run", "--refresh", "--warm", "count"], &["--warm", "--refresh"], &[]);
}

#[test]
fn only_if_cached_excludes_refresh_and_warm() {
    refuses(&["run", "--only-if-cached", "--refresh", "count"], &["--only-if-cached", "--refresh"], &[]);
    refuses(&["run", "--only-if-cached", "--warm", "count"], &["--only-if-cached", "--warm"], &[]);
}

#[test]
fn a_missing_command_is_refused() {
    refuses(&["run"], &["COMMAND"], &[]);
    refuses(&["run", "--ttl", "5"], &["COMMAND"], &[]);
    refuses(&["run", "--"], &["COMMAND"], &[]);
    refuses(&["run", "--shell"], &["COMMAND"], &[]);
}

#[test]
fn a_status_descriptor_that_is_not_open_is_refused() {
    let home = Home::new();
    home.counter("count");
    for descriptor in ["9", "12345"] {
        let script = format!("exec 9>&-; cacheback run --status-fd {descriptor} -- count");
        refused(&home.shell(&script).go(), &["--status-fd", descriptor], &[]);
    }
    assert_eq!(home.runs("count"), 0);
    home.run(["--only-if-cached", "count"]).status(1);
    for descriptor in ["-1", "two", "", "4294967296"] {
        refuses(&["run", "--status-fd", descriptor, "count"], &["--status-fd", descriptor], &[]);
    }
}

#[test]
fn a_status_descriptor_that_is_only_read_is_refused() {
    let home = Home::new();
    home.counter("count");
    refused(&home.shell("cacheback run --status-fd 9 -- count 9< /dev/null").go(), &["--status-fd", "9"], &[]);
    assert_eq!(home.runs("count"), 0);
}

#[test]
fn an_id_that_is_not_hexadecimal_is_refused() {
    for id in ["xyz", "12g4", "", " 1", "-1", "é"] {
        for subcommand in ["invalidate", "delete"] {
            refuses(&[subcommand, &format!("--id={id}")], &["--id", id], &["hex"]);
        }
    }
}

#[test]
fn an_ambiguous_id_is_refused() {
    let home = Home::new();
    home.counter("count");
    let ids: Vec<String> = (0..17)
        .map(|number| {
            let outcome = home.run(["--status", "count", &number.to_string()]);
            outcome.cache_status().get("key").unwrap().to_owned()
        })
        .collect();
    let shared = |id: &&String| ids.iter().filter(|other| other[..1] == id[..1]).count() > 1;
    let prefix = &ids.iter().find(shared).unwrap()[..1];
    for outcome in [home.delete(["--id", prefix]), home.invalidate(["--id", prefix])] {
        outcome.stdout("").stderr_has("begins with").status(125);
        // A line for each candidate.
        for id in ids.iter().filter(|id| id.starts_with(prefix)) {
            outcome.stderr_has(id);
        }
    }
    home.until_quiet();
    assert_eq!(home.runs("count"), 17);
    home.delete(["--all"]).counted(17);
}

#[test]
fn a_selector_is_needed() {
    for subcommand in ["invalidate", "delete"] {
        refuses(&[subcommand], &[], &["--all"]);
        refuses(&[subcommand, "--"], &[], &["--all"]);
    }
}

#[test]
fn selectors_exclude_each_other() {
    refuses(&["delete", "--all", "count"], &["--all"], &[]);
    refuses(&["delete", "--all", "--id", "12"], &["--all", "--id"], &[]);
    refuses(&["delete", "--id", "12", "count"], &["--id"], &[]);
}

#[test]
fn a_glob_that_does_not_parse_is_refused() {
    refuses(&["delete", "--match", "[a"], &["--match", "[a"], &[]);
    refuses(&["invalidate", "--match", "[a"], &["--match", "[a"], &[]);
}

#[test]
fn a_database_in_a_folder_that_cannot_be_made_is_refused() {
    let home = Home::new();
    home.counter("count");
    fs::write(home.work("file"), "").unwrap();
    symlink("nowhere/at/all", home.work("link")).unwrap();
    symlink("loop", home.work("loop")).unwrap();
    let long = format!("{}/cache.db", "long".repeat(100));
    for db in ["file/cache.db", "file/sub/cache.db", "link/cache.db", "loop/cache.db", "loop/sub/cache.db", &long] {
        let db = home.work(db);
        let db = db.to_str().unwrap();
        refused(&home.run(["--db", db, "count"]), &["--db", db], &["folder"]);
        refused(&home.run(["--db", db, "--warm", "count"]), &["--db", db], &["folder"]);
    }
    let db = home.work("file/sub/cache.db");
    let db = db.to_str().unwrap();
    refused(&home.delete(["--db", db, "--all"]), &["--db", db], &[]);
    refused(&home.run(["--db", "file/cache.db", "count"]), &["--db", "file/cache.db"], &[]);
    refused(&home.run(["--db", "/proc/no/cache.db", "count"]), &["--db", "/proc/no"], &[]);
    assert_eq!(home.runs("count"), 0);
    // A wrong variable is not meant for this command alone; it costs a warning.
    home.running(["count"]).env("CACHEBACK_DB", db).go().stdout("1\n").status(0).warned_once();
}

#[test]
fn a_broken_file_beside_a_named_database_does_not_cost_the_command() {
    let home = Home::new();
    home.counter("count");
    home.run(["--db", "db", "true"]).status(0);
    fs::remove_dir_all(home.work("db-flights")).unwrap();
    symlink("nowhere", home.work("db-flights")).unwrap();
    home.run(["--db", "db", "count"]).stdout("1\n").status(0).warned_once();
}

#[test]
fn set_and_peek_name_only_selectors_of_one_result() {
    for subcommand in ["set", "peek"] {
        refuses(&[subcommand], &["nothing is selected", "--key, --id"], &[]);
        let home = Home::new();
        let text = home.cacheback([subcommand]).go().stderr_text();
        assert!(!text.contains("--all") && !text.contains("--match"), "{text}");
    }
}

#[test]
fn a_command_that_does_not_exist_gets_a_hint() {
    let home = Home::new();
    for (words, hint) in [
        (&["FOO=1", "env"][..], "put env before it"),
        (&["cd"], "--shell"),
        (&["source", "x"], "--shell"),
        (&["ll"], "alias"),
        (&["ls | wc"], "a shell command needs --shell"),
    ] {
        home.run(words).stdout("").warned_once().stderr_has(hint).status(127);
    }
    let text = home.run(["/no/such/program"]).status(127).stderr_text();
    assert!(text.ends_with("No such file or directory\n"), "{text}");
    let text = home.run(["--shell", "exec ll"]).status(127).stderr_text();
    assert!(!text.contains("alias"), "{text}");
}
