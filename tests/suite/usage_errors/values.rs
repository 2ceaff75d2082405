//! Values that are refused: durations, sizes, statuses, names.

use super::*;

const DURATIONS: &[&str] = &["10m", "90s", "1h", "7d", "600", "at most"];
const SIZES: &[&str] = &["KiB", "MiB", "10M", "at most"];

#[test]
fn an_impossible_name_of_a_variable_is_refused() {
    for name in ["A B", "$HOME", "!X", "", "A=B", "A,", "[", "{A"] {
        refuses(&["run", "--env", name, "count"], &["--env"], &["AWS_*"]);
        refuses(&["delete", &format!("--env={name}"), "count"], &["--env"], &["AWS_*"]);
    }
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
fn a_missing_value_is_refused() {
    refuses(&["run", "--ttl"], &["--ttl"], &[]);
    refuses(&["run", "--scope"], &["--scope"], &[]);
    refuses(&["delete", "--id"], &["--id"], &[]);
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
