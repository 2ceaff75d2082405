//! `set` and `peek`: results without a fetch.

use crate::common::Home;

fn set(home: &Home, options: &str, input: &str) -> crate::common::Outcome {
    home.shell(&format!("printf '{input}' | cacheback set {options}")).go()
}

fn peek(home: &Home, options: &[&str]) -> crate::common::Outcome {
    home.cacheback(["peek"].iter().chain(options)).go()
}

#[test]
fn the_next_run_prints_the_result_that_was_set() {
    let home = Home::new();
    home.counter("date");
    set(&home, "-- date", "a\\000b\\n").stderr("cacheback: set 1 entry\n").stdout("").status(0);
    home.run(["date"]).stdout("a\0b\n").status(0);
    assert_eq!(home.runs("date"), 0);
    set(&home, "--exit-status 3 --cache-exit any date", "bad").status(0);
    home.run(["--cache-exit", "any", "date"]).stdout("bad").status(3);
    home.invalidate(["date"]).counted(1);
    home.until_runs("date", 1);
}

#[test]
fn a_result_that_is_set_with_a_status_is_served_by_cache_exit() {
    let home = Home::new();
    set(&home, "--exit-status 3 date", "no").stderr_has("run --cache-exit 3").status(0);
    home.run(["--only-if-cached", "--cache-exit", "3", "date"]).stdout("no").status(3);
    home.run(["--only-if-cached", "--cache-exit", "0", "date"]).stdout("").status(1);
    home.run(["--only-if-cached", "--failure-ttl", "1h", "date"]).stdout("no").status(3);
    home.run(["--only-if-cached", "--ttl", "0", "date"]).stdout("").status(1);
    set(&home, "--exit-status 3 --failure-ttl 0 date", "no").status(0);
    home.run(["--only-if-cached", "--failure-ttl", "0", "date"]).stdout("").status(1);
}

#[test]
fn a_result_that_is_set_becomes_stale_as_after_a_fetch() {
    let home = Home::new();
    home.counter("date");
    set(&home, "date", "old").status(0);
    home.run(["--ttl", "0", "--async", "date"]).stdout("old");
    home.until_runs("date", 1);
}

#[test]
fn the_ttl_of_set_bounds_the_ttl_of_every_reader() {
    let home = Home::new();
    home.counter("date");
    set(&home, "--ttl 0 date", "old").status(0);
    home.run(["--ttl", "1h", "--only-if-cached", "date"]).stdout("").status(1);
    home.run(["--ttl", "1h", "--async", "date"]).stdout("old");
    home.until_runs("date", 1);
    home.until_quiet();
    // A fetched result has no such bound.
    home.run(["--ttl", "1h", "--only-if-cached", "date"]).stdout("1\n").status(0);
    set(&home, "--ttl 1h date", "new").status(0);
    home.run(["--ttl", "30m", "--status", "date"]).stdout("new").stderr_has("hit; ttl=1");
    home.run(["--ttl", "2h", "--status", "date"]).stdout("new").stderr_has("hit; ttl=3");
    home.run(["--ttl", "0", "--only-if-cached", "date"]).status(1);
    let key = home.run(["--status", "date"]).cache_status().get("key").unwrap().to_owned();
    set(&home, &format!("--ttl 0 --id {key}"), "old").status(0);
    home.run(["--only-if-cached", "date"]).status(1);
    home.cacheback(["verify"]).go().status(0);
}

#[test]
fn an_entry_is_set_again_by_its_id_or_key() {
    let home = Home::new();
    let key = home.run(["--status", "--tag", "t", "echo", "x"]).cache_status().get("key").unwrap().to_owned();
    set(&home, &format!("--id {key}"), "new").status(0);
    home.run(["echo", "x"]).stdout("new");
    home.delete(["--tag", "t"]).counted(1);
    set(&home, "--key mine", "kept").status(0);
    home.run(["--key", "mine", "false"]).stdout("kept").status(0);
    set(&home, &format!("--id {key}"), "new").stderr_has("nothing with this id").status(125);
}

#[test]
fn large_results_can_be_set() {
    let home = Home::new();
    home.shell("seq 1000000 | cacheback set -- seq").go().status(0);
    home.shell("cacheback run -- seq | cmp - <(seq 1000000)").go();
    home.call("bash", ["-c", "cacheback run -- seq | cmp - <(seq 1000000)"]).go().stdout("").status(0);
    home.shell("seq 1000000 | cacheback set --max-size 1M -- seq").go().stderr_has("--max-size").status(125);
}

#[test]
fn peek_prints_what_is_stored_and_runs_nothing() {
    let home = Home::new();
    home.counter("date");
    peek(&home, &["date"]).stdout("").stderr("").status(1);
    set(&home, "--exit-status 3 --cache-exit 3 date", "x").status(0);
    for options in [&["date"][..], &["--", "date"], &["--ttl", "0", "date"]] {
        peek(&home, options).stdout("x").stderr("").status(0);
    }
    home.until_quiet();
    assert_eq!(home.runs("date"), 0);
}

#[test]
fn peek_shows_all_fields_in_json() {
    let home = Home::new();
    home.run(["--tag", "t", "sh", "-c", "echo out; echo err >&2"]).status(0);
    let object = |options: &[&str]| -> serde_json::Value {
        let line: Vec<&str> = ["--json"].iter().chain(options).copied().collect();
        peek(&home, &line).status(0).json()
    };
    let found = object(&["--tag", "t"]);
    assert_eq!((&found["stdout"], &found["stderr"]), (&"out\n".into(), &"err\n".into()));
    assert_eq!((&found["state"], &found["ttl"], &found["exit_status"]), (&"fresh".into(), &600.0.into(), &0.into()));
    assert_eq!(found["argv"][2], "echo out; echo err >&2");
    assert!(found["fetched_at"].as_str().unwrap() < found["fresh_until"].as_str().unwrap());
    let stale = object(&["--ttl", "0", "--tag", "t"]);
    assert_eq!(stale["state"], "stale");
    assert!(stale["ttl_left"].as_f64().unwrap() <= 0.0);
}

#[test]
fn one_result_is_set_or_shown_at_a_time() {
    let home = Home::new();
    home.run(["echo", "1"]).status(0);
    home.run(["echo", "2"]).status(0);
    peek(&home, &["--match", "echo *"]).stderr_has("several").status(125);
    set(&home, "--all", "x").stderr_has("COMMAND").status(125);
    set(&home, "--stdin -- cat", "x").stderr_has("--stdin").status(125);
    set(&home, "", "x").status(125);
    set(&home, "--exit-status 256 date", "x").stderr_has("--exit-status").status(125);
    peek(&home, &[]).status(125);
}
