//! `--process-result`: a filter between the output and its reader.

use std::fs;

use nix::sys::signal::Signal;

use crate::common::{Home, close_reader, is_full, wait_until, weakness};

#[test]
fn the_filter_gets_status_and_age_and_the_stored_result_stays_raw() {
    let home = Home::new();
    home.script("talk", "echo one; echo err >&2");
    let filter = ["--process-result", "tr a-z A-Z; echo $CACHEBACK_STATUS $CACHEBACK_AGE"];
    let run = |options: &[&str]| home.run(filter.iter().chain(options).copied().chain(["talk"]));
    run(&[]).stdout("ONE\nmiss 0\n").stderr("err\n").status(0);
    run(&[]).stdout("ONE\nhit 0\n").stderr("err\n").status(0);
    run(&["--ttl", "0", "--async"]).stdout("ONE\nstale 0\n").stderr("err\n").status(0);
    home.until_quiet();
    run(&["--refresh"]).stdout("ONE\nmiss 0\n").stderr("err\n").status(0);
    home.run(["talk"]).stdout("one\n").stderr("err\n").status(0);
}

#[test]
fn a_filter_that_fails_gives_the_call_its_status_and_the_entry_stays() {
    let home = Home::new();
    home.counter("date");
    for _ in 0..2 {
        home.run(["--process-result", "cat >/dev/null; exit 3", "date"]).stdout("").status(3);
    }
    home.run(["--process-result", "kill -9 $$", "date"]).status(137);
    home.run(["--process-result", "no-such-filter", "date"]).status(127);
    assert_eq!(home.runs("date"), 1);
}

#[test]
fn the_call_has_the_status_of_the_command_if_the_filter_succeeds() {
    let home = Home::new();
    home.script("fail", "echo sorry; exit 4");
    for _ in 0..2 {
        home.run(["--cache-exit", "4", "--process-result", "sed s/^/:/", "fail"]).stdout(":sorry\n").status(4);
    }
}

#[test]
fn a_filter_need_not_read_everything() {
    let home = Home::new();
    home.script("many", "seq 1000000");
    let filter = ["--process-result", "head -n 1", "many"];
    home.run(filter).stdout("1\n").status(0);
    home.until_quiet();
    home.run(filter).stdout("1\n").status(0);
    home.run(["many"]).status(0);
    assert_eq!(home.run(["--only-if-cached", "many"]).stdout_text().lines().count(), 1_000_000);
}

#[test]
fn a_filter_that_stops_reading_loses_neither_status_nor_errors() {
    let home = Home::new();
    home.script("fail", "seq 3; sleep 0.01; echo four; echo err >&2; exit 4");
    for options in [&["--refresh"][..], &["--cache-exit", "4"], &["--cache-exit", "4"], &["--cache-exit", "4"]] {
        let line = options.iter().chain(&["--process-result", "true", "fail"]);
        home.run(line).stdout("").stderr("err\n").status(4);
    }
}

#[test]
fn the_filter_sees_the_key_and_all_of_an_empty_result() {
    let home = Home::new();
    let outcome = home.run(["--status", "--process-result", "cat; echo $CACHEBACK_KEY", "true"]);
    let key = outcome.cache_status().get("key").expect("a key").trim_matches('"').to_owned();
    assert!(outcome.stdout_text().starts_with(&key), "{outcome}");
    home.run(["--process-result", "wc -c", "true"]).stdout("0\n").status(0);
}

#[test]
fn without_a_cache_the_filter_still_filters() {
    let home = Home::new();
    home.script("fail", "echo sorry; exit 4");
    let line = "cacheback run --process-result 'sed s/^/:/' fail";
    home.shell(&format!("CACHEBACK_DISABLE=1 {line}")).go().stdout(":sorry\n").stderr("").status(4);
    home.shell(&format!("HOME= XDG_CACHE_HOME= {line}")).go().stdout(":sorry\n").warned_once().status(4);
}

#[test]
fn a_signal_ends_the_call_and_its_filter() {
    if weakness::FILTER_ENDS.is_here() {
        return;
    }
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGKILL] {
        let home = Home::new();
        home.script("talk", "echo one");
        let gate = home.gate("filter");
        let filter = format!("cat; : > filtering; {}; echo late", gate.pass());
        for _ in ["miss", "hit"] {
            let call = home.start(["--process-result", &filter, "talk"]);
            wait_until("the filter runs", || home.work("filtering").exists());
            call.signal(signal);
            call.wait().killed_by(signal).stdout("one\n");
            home.until_quiet();
            fs::remove_file(home.work("filtering")).unwrap();
        }
        assert_eq!(home.runs("talk"), 1);
    }
}

#[test]
fn a_signal_and_the_time_limit_end_a_filter_with_a_slow_reader() {
    if weakness::FILTER_ENDS.is_here() {
        return;
    }
    let home = Home::new();
    let (reader, writer) = nix::unistd::pipe().unwrap();
    let args = ["--process-result", "cat", "head", "-c", "3000000", "/dev/zero"];
    let call = home.running(args).stdout_to(writer).spawn();
    wait_until("the reader is behind", || is_full(&reader));
    call.signal(Signal::SIGTERM);
    call.wait().killed_by(Signal::SIGTERM).stderr("");
    home.until_quiet();
    let (reader, writer) = nix::unistd::pipe().unwrap();
    home.running(["--timeout", "300ms", "--process-result", "cat", "yes"]).stdout_to(writer).go().status(124);
    home.until_quiet();
    close_reader(reader);
}
