//! `--failure-ttl`: failures that are stored for a while.

use crate::common::Home;

fn failing(home: &Home) {
    home.counter("count");
    home.script("fail", "count >/dev/null; test -e good && exec echo good; echo bad; exit 4");
}

#[test]
fn a_failure_is_served_to_callers_with_failure_ttl() {
    let home = Home::new();
    failing(&home);
    for _ in 0..2 {
        home.run(["--failure-ttl", "1h", "fail"]).stdout("bad\n").status(4);
    }
    assert_eq!(home.runs("count"), 1);
    home.run(["--only-if-cached", "fail"]).stdout("").status(1);
    home.run(["fail"]).stdout("bad\n").status(4);
    assert_eq!(home.runs("count"), 2);
}

#[test]
fn a_stored_failure_is_not_served_to_callers_that_accept_other_statuses() {
    let home = Home::new();
    failing(&home);
    home.run(["--cache-exit", "any", "fail"]).stdout("bad\n").status(4);
    home.run(["--cache-exit", "0,4", "--only-if-cached", "fail"]).stdout("bad\n").status(4);
    home.run(["--failure-ttl", "1h", "--only-if-cached", "fail"]).stdout("bad\n").status(4);
    home.run(["--only-if-cached", "fail"]).stdout("").status(1);
    let why = home.cacheback(["explain", "fail"]).go().stdout_text();
    assert!(
        why.contains("it is a stored failure: neither --cache-exit nor --failure-ttl asks for exit status 4"),
        "{why}"
    );
    home.run(["--async", "--empty", "none", "--no-fetch-on-miss", "fail"]).stdout("none").status(0);
    home.until_runs("count", 2);
    home.until_quiet();
    home.run(["fail"]).stdout("bad\n").status(4);
    assert_eq!(home.runs("count"), 3);
    // The other way round: a stored success, and a caller that accepts only failures.
    std::fs::write(home.work("good"), "").unwrap();
    home.run(["fail"]).stdout("good\n").status(0);
    home.run(["--cache-exit", "4", "--only-if-cached", "fail"]).stdout("").status(1);
    home.run(["--only-if-cached", "fail"]).stdout("good\n").status(0);
}

#[test]
fn a_stored_failure_is_fresh_for_its_own_ttl() {
    let home = Home::new();
    failing(&home);
    home.run(["--failure-ttl", "1h", "fail"]).status(4);
    std::fs::write(home.work("good"), "").unwrap();
    home.run(["--ttl", "0", "--failure-ttl", "1h", "fail"]).stdout("bad\n").status(4);
    home.run(["--ttl", "1h", "--failure-ttl", "0", "fail"]).stdout("good\n").status(0);
}

#[test]
fn a_failure_in_the_background_does_not_replace_a_success() {
    let home = Home::new();
    failing(&home);
    std::fs::write(home.work("good"), "").unwrap();
    let options = ["--ttl", "0", "--async", "--failure-ttl", "1h", "fail"];
    home.run(options).stdout("good\n").status(0);
    std::fs::remove_file(home.work("good")).unwrap();
    for _ in 0..2 {
        home.run(options).stdout("good\n").status(0);
        home.until_quiet();
    }
}

#[test]
fn a_failure_in_the_background_is_stored_where_nothing_is() {
    let home = Home::new();
    failing(&home);
    home.run(["--warm", "--failure-ttl", "1h", "fail"]).status(0);
    home.until_runs("count", 1);
    home.until_quiet();
    home.run(["--failure-ttl", "1h", "fail"]).stdout("bad\n").status(4);
    assert_eq!(home.runs("count"), 1);
}
