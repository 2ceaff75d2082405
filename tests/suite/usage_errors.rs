//! Wrong command lines: status 125 and a line that names the mistake; nothing is run or stored.

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

const DURATIONS: &[&str] = &["10m", "90s", "1h", "7d", "600", "at most"];
const SIZES: &[&str] = &["KiB", "MiB", "10M", "at most"];

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
fn an_impossible_name_of_a_variable_is_refused() {
    for name in ["A B", "$HOME", "!X", "", "A=B", "A,", "[", "{A"] {
        refuses(&["run", "--env", name, "count"], &["--env"], &["AWS_*"]);
        refuses(&["delete", &format!("--env={name}"), "count"], &["--env"], &["AWS_*"]);
    }
}

#[test]
fn an_unknown_subcommand_is_refused() {
    refuses(&["rum", "count"], &["rum"], &["run"]);
    refuses(&[], &[], &[]);
}

#[test]
fn a_bad_duration_is_refused() {
    for option in ["--ttl", "--max-stale", "--keep", "--timeout", "--refresh-timeout"] {
        for value in ["soon", "10x", "", "1h30", "1.5.5", "10 m m", "0x10", "∞"] {
            refuses(&["run", option, value, "count"], &[option, value], DURATIONS);
        }
    }
    refuses(&["run", "--lifetime", "soon", "count"], &["soon"], DURATIONS);
}

#[test]
fn a_negative_duration_is_refused() {
    for option in ["--ttl", "--max-stale", "--keep", "--timeout", "--refresh-timeout"] {
        refuses(&["run", option, "-5", "count"], &[option, "-5"], DURATIONS);
        refuses(&["run", &format!("{option}=-5m"), "count"], &[option, "-5m"], DURATIONS);
    }
}

#[test]
fn an_overflowing_duration_is_refused() {
    for value in ["99999999999999999999", "99999999999999999999d", "18446744073709551615d"] {
        refuses(&["run", "--ttl", value, "count"], &["--ttl", value], DURATIONS);
    }
}

#[test]
fn a_bad_negative_or_overflowing_size_is_refused() {
    for value in ["big", "10Q", "", "-1", "99999999999999999999", "99999999999G", "1.2.3M"] {
        refuses(&["run", "--max-size", value, "count"], &["--max-size", value], SIZES);
    }
}

#[test]
fn a_bad_value_in_the_environment_costs_a_warning_in_every_subcommand() {
    let home = Home::new();
    home.counter("count");
    home.configure("[job.count]\ncommand = [\"count\"]\nasync = false\n");
    let lines: &[&[&str]] = &[
        &["run", "count"],
        &["get", "count"],
        &["peek", "count"],
        &["set", "count"],
        &["show", "count"],
        &["list"],
        &["stats"],
        &["explain", "count"],
        &["explain", "--json", "count"],
        &["config", "show", "count"],
        &["prune"],
        &["verify"],
    ];
    for line in lines {
        for (name, value) in [("CACHEBACK_TTL", "abc"), ("CACHEBACK_MAX_STALE", "-1"), ("CACHEBACK_ASYNC", "maybe")] {
            let outcome = home.cacheback(*line).env(name, value).go();
            let text = outcome.status(0).stderr_text();
            let warnings = text.lines().filter(|text| text.contains(name) && text.contains(value)).count();
            assert_eq!(warnings, 1, "{line:?}\n{outcome}");
            home.cacheback(["-q"]).arg_all(line).env(name, value).go().stderr("").status(0);
        }
    }
    assert_eq!(home.runs("count"), 1);
    home.running(["--ttl", "1h", "count"]).env("CACHEBACK_TTL", "abc").go().stderr("").status(0);
}

#[test]
fn bad_exit_statuses_are_refused() {
    for value in ["256", "-1", "one", "", "0,,1", "0;1", "any,1"] {
        refuses(&["run", "--cache-exit", value, "count"], &["--cache-exit", value], &["any"]);
    }
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
fn a_missing_value_is_refused() {
    refuses(&["run", "--ttl"], &["--ttl"], &[]);
    refuses(&["run", "--scope"], &["--scope"], &[]);
    refuses(&["delete", "--id"], &["--id"], &[]);
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
fn bad_variable_names_are_refused() {
    for name in ["", "A=B", "A,,B"] {
        refuses(&["run", &format!("--env={name}"), "count"], &["--env"], &[]);
    }
}

#[test]
fn an_empty_value_is_refused_where_it_makes_no_sense() {
    for line in [
        &["run", "--key", "", "count"][..],
        &["run", "--key=", "count"],
        &["run", "--process-result", "", "count"],
        &["run", "--tag", "", "count"],
        &["run", "--depends-on", "", "count"],
        &["run", "--env", "", "count"],
        &["run", "--db", "", "count"],
        &["run", "--config", "", "count"],
        &["run", "--status-fd", "", "count"],
        &["run", "--miss-status", "", "count"],
        &["set", "--key", ""],
        &["peek", "--key", ""],
        &["explain", "--key", ""],
        &["delete", "--key", ""],
        &["delete", "--job", ""],
        &["delete", "--match", ""],
        &["delete", "--id", ""],
        &["explain", "--job", ""],
        &["config", "show", "--job", ""],
        &["list", "--scope", ""],
        &["list", "--job", ""],
        &["list", "--tag", ""],
        &["decorate", ""],
    ] {
        refuses(line, &["''"], &[]);
    }
    refuses(&["run", "--process-result", "  ", "count"], &["--process-result"], &[]);
    let home = Home::new();
    home.counter("count");
    let variables = ["TTL", "ASYNC", "MAX_STALE", "SCOPE", "DB", "CONFIG", "DISABLE"];
    let call = variables.iter().fold(home.running(["count"]), |call, name| call.env(&format!("CACHEBACK_{name}"), ""));
    call.go().stdout("1\n").stderr("").status(0);
    home.run(["--no-fetch-on-miss", "--empty", "", "other"]).stdout("").status(0);
    home.until_quiet();
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
