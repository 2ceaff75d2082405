//! `--stale-if-error`: an old result is better than a failure.

use crate::common::{Home, wait_until, weakness};

/// A command `show` that prints what is in the file `state`, and fails if there is none.
fn with_an_entry() -> Home {
    let home = Home::new();
    home.counter("count");
    home.script("show", "count >/dev/null; cat state || { echo sorry >&2; echo bad; exit 4; }");
    std::fs::write(home.work("state"), "old\n").unwrap();
    home.run(["show"]).stdout("old\n").status(0);
    home
}

const STALE: [&str; 4] = ["--ttl", "0", "--stale-if-error", "show"];

#[test]
fn a_refresh_that_fails_serves_the_stale_result_and_one_warning() {
    let home = with_an_entry();
    std::fs::remove_file(home.work("state")).unwrap();
    for _ in 0..2 {
        home.run(STALE).stdout("old\n").stderr_has("exit status 4").warned_once().status(0);
    }
    assert_eq!(home.runs("count"), 3);
    home.run(["--ttl", "0", "show"]).stdout("bad\n").status(4);
    home.run(["--only-if-cached", "show"]).stdout("old\n").status(0);
}

#[test]
fn a_refresh_that_succeeds_serves_its_own_result() {
    let home = with_an_entry();
    std::fs::write(home.work("state"), "new\n").unwrap();
    home.run(STALE).stdout("new\n").stderr("").status(0);
    home.run(["--only-if-cached", "show"]).stdout("new\n").status(0);
}

#[test]
fn large_results_are_held_back_whole() {
    let home = Home::new();
    home.script("large", "test -e broken && exit 1; seq $(cat size)");
    for (size, limit) in [("10", "256M"), ("500000", "256M"), ("500001", "1M"), ("20", "10")] {
        std::fs::write(home.work("size"), size).unwrap();
        let script = format!("cacheback run --max-size {limit} --ttl 0 --stale-if-error large | cmp - <(seq {size})");
        home.call("bash", ["-o", "pipefail", "-c", &script]).go().stdout("").stderr("").status(0);
        home.until_quiet();
    }
    std::fs::write(home.work("broken"), "").unwrap();
    let script = "cacheback run -q --ttl 0 --stale-if-error large | cmp - <(seq 500000)";
    home.call("bash", ["-o", "pipefail", "-c", script]).go().stdout("").stderr("").status(0);
}

#[test]
fn without_a_stale_result_the_failure_is_shown() {
    let home = Home::new();
    home.script("fail", "echo bad; exit 4");
    home.run(["--stale-if-error", "fail"]).stdout("bad\n").stderr("").status(4);
    let home = with_an_entry();
    std::fs::remove_file(home.work("state")).unwrap();
    home.run(["--ttl", "0", "--max-stale", "0", "--stale-if-error", "show"]).stdout("bad\n").status(4);
}

#[test]
fn a_failure_does_not_replace_the_stale_result() {
    let home = with_an_entry();
    std::fs::remove_file(home.work("state")).unwrap();
    for _ in 0..2 {
        home.run(["--failure-ttl", "1h"].iter().chain(&STALE)).stdout("old\n").status(0);
    }
}

#[test]
fn signals_timeouts_and_missing_commands_are_failures() {
    if weakness::CHILDREN.is_here() {
        return;
    }
    let home = with_an_entry();
    home.script("show", "kill -9 $$");
    home.run(STALE).stdout("old\n").stderr_has("signal 9").status(0);
    home.script("show", "sleep 100");
    home.run(["--timeout", "50ms"].iter().chain(&STALE)).stdout("old\n").stderr_has("out of time").status(0);
    std::fs::remove_file(home.bin("show")).unwrap();
    home.run(STALE).stdout("old\n").stderr_has("not found").status(0);
}

#[test]
fn callers_that_wait_for_a_failing_run_get_the_stale_result_too() {
    let home = Home::new();
    let gate = home.gated("slow", "cat state");
    gate.let_one_go();
    std::fs::write(home.work("state"), "old\n").unwrap();
    home.run(["slow"]).stdout("old\n");
    std::fs::remove_file(home.work("state")).unwrap();
    let options = ["--ttl", "0", "--stale-if-error", "slow"];
    let leader = home.start(options);
    home.until_runs("slow", 2);
    let waiter = home.start(options);
    home.until_joined(&waiter);
    gate.let_one_go();
    for caller in [leader, waiter] {
        caller.wait().stdout("old\n").warned_once().status(0);
    }
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn an_interrupted_refresh_ends_by_its_signal() {
    let home = Home::new();
    home.script("show", "test -e again && exec sleep 100; touch again; echo old");
    home.run(["show"]).stdout("old\n");
    let caller = home.start(STALE);
    wait_until("the command sleeps", || {
        home.processes().iter().any(|process| process.command_line.starts_with("sleep"))
    });
    caller.signal(nix::sys::signal::Signal::SIGTERM);
    caller.wait().killed_by(nix::sys::signal::Signal::SIGTERM).stdout("");
}
