//! A fetch that began before an invalidation or deletion never makes its result fresh.

use crate::common::{Gate, Home, Running, wait_until};

/// A home where a fetch of `slow` has read the state `old`, and the state is `new` now.
fn with_a_fetch_under_way(args: &[&str]) -> (Home, Gate, Running) {
    let home = Home::new();
    let gate = home.gate("slow");
    home.script("slow", &format!("cat state; : > was-read; {}", gate.pass()));
    std::fs::write(home.work("state"), "old\n").unwrap();
    let caller = home.running(args).arg("slow").spawn();
    wait_until("the state was read", || home.work("was-read").exists());
    std::fs::write(home.work("state"), "new\n").unwrap();
    (home, gate, caller)
}

#[test]
fn a_fetch_overtaken_by_an_invalidation_is_not_fresh() {
    for selector in [&["slow"][..], &["--all"], &["--match", "sl*"]] {
        let (home, gate, caller) = with_a_fetch_under_way(&[]);
        home.cacheback(["invalidate"]).arg_all(selector).go().status(0);
        gate.open();
        caller.wait().stdout("old\n").status(0);
        home.until_quiet();
        let later = home.run(["slow"]);
        assert_eq!(later.stdout_text(), "new\n", "invalidated by {selector:?}");
    }
}

#[test]
fn a_fetch_overtaken_by_a_deletion_is_not_stored() {
    for selector in [&["slow"][..], &["--all"], &["--match", "sl*"]] {
        let (home, gate, caller) = with_a_fetch_under_way(&[]);
        home.cacheback(["delete"]).arg_all(selector).go().counted(0);
        gate.open();
        caller.wait().stdout("old\n").status(0);
        home.run(["--only-if-cached", "slow"]).stdout("").status(1);
        home.run(["--async", "slow"]).stdout("new\n").status(0);
    }
}

#[test]
fn a_refresh_overtaken_by_an_invalidation_is_not_fresh() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.script("slow", &format!("cat state; {}", gate.pass()));
    std::fs::write(home.work("state"), "older\n").unwrap();
    gate.let_one_go();
    home.run(["slow"]).stdout("older\n");
    std::fs::write(home.work("state"), "old\n").unwrap();
    let caller = home.start(["--ttl", "0", "slow"]);
    caller.until_stdout("old\n");
    std::fs::write(home.work("state"), "new\n").unwrap();
    home.invalidate(["slow"]).counted(1);
    gate.open();
    caller.wait().stdout("old\n");
    home.until_quiet();
    home.run(["slow"]).stdout("new\n").status(0);
}

#[test]
fn a_background_fetch_overtaken_by_an_invalidation_is_not_fresh() {
    let (home, gate, caller) = with_a_fetch_under_way(&["--warm"]);
    caller.wait().stdout("").status(0);
    home.invalidate(["--all"]).status(0);
    gate.open();
    home.until_quiet();
    home.run(["slow"]).stdout("new\n").status(0);
}

#[test]
fn a_background_fetch_overtaken_by_a_deletion_is_not_stored() {
    let (home, gate, caller) = with_a_fetch_under_way(&["--warm"]);
    caller.wait().stdout("").status(0);
    home.delete(["--all"]).counted(0);
    gate.open();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("").status(1);
}

#[test]
fn a_call_after_an_invalidation_or_deletion_does_not_get_the_overtaken_run() {
    for change in ["invalidate", "delete"] {
        let (home, gate, caller) = with_a_fetch_under_way(&[]);
        home.cacheback([change, "slow"]).go().status(0);
        let later = home.start(["slow"]);
        home.until_joined(&later);
        gate.open();
        caller.wait().stdout("old\n");
        assert_eq!(later.wait().status(0).stdout_text(), "new\n", "{change}");
    }
}

#[test]
fn a_later_call_does_not_get_the_failure_of_the_overtaken_run() {
    for change in ["invalidate", "delete"] {
        for selector in [&["slow"][..], &["--all"], &["--tag", "some"]] {
            let (home, gate, caller) = with_a_fetch_under_way(&["--tag", "some", "--cache-exit", "7"]);
            home.cacheback([change]).arg_all(selector).go().counted(0);
            let later = home.start(["--tag", "some", "--cache-exit", "7", "slow"]);
            home.until_joined(&later);
            gate.open();
            caller.wait().stdout("old\n").status(0);
            later.wait().stdout("new\n").status(0);
            assert_eq!(home.runs("slow"), 2, "{change} {selector:?}");
        }
    }
}

#[test]
fn a_waiting_caller_gets_a_failure_that_was_not_overtaken() {
    let (home, gate, caller) = with_a_fetch_under_way(&["--cache-exit", "7"]);
    home.invalidate(["--match", "other*"]).counted(0);
    let later = home.start(["--cache-exit", "7", "slow"]);
    home.until_joined(&later);
    gate.open();
    caller.wait().stdout("old\n");
    later.wait().stdout("old\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn other_entries_are_not_overtaken() {
    let (home, gate, caller) = with_a_fetch_under_way(&[]);
    home.invalidate(["--match", "other*"]).counted(0);
    home.delete(["--scope", "other"]).counted(0);
    gate.open();
    caller.wait().stdout("old\n");
    home.run(["--only-if-cached", "slow"]).stdout("old\n").status(0);
}

#[test]
fn a_background_fetch_that_was_started_before_a_deletion_stores_nothing() {
    let home = Home::new();
    home.script("quick", "echo done");
    let calls = ["run --warm quick", "run --async --ttl 0 quick", "run --no-fetch-on-miss quick", "invalidate quick"];
    for call in calls {
        for _ in 0..12 {
            home.shell(&format!("cacheback {call}; cacheback delete quick")).go().status(0);
            home.until_quiet();
            home.run(["--only-if-cached", "quick"]).stdout("").status(1);
            home.run(["quick"]).stdout("done\n");
        }
        home.delete(["quick"]).counted(1);
    }
}

#[test]
fn a_fetch_overtaken_by_set_is_served_to_its_callers_and_not_stored() {
    for size in [4, 300_000, 3_000_000] {
        let home = Home::new();
        let gate = home.gate("slow");
        home.script("slow", &format!("head -c {size} /dev/zero; : > was-read; {}", gate.pass()));
        let caller = home.running(["slow"]).spawn();
        wait_until("the output was written", || home.work("was-read").exists());
        let waiter = home.start(["slow"]);
        home.until_joined(&waiter);
        home.shell("echo by hand | cacheback set slow").go().status(0);
        gate.open();
        for call in [caller, waiter] {
            call.wait().stdout(vec![0; size]).status(0);
        }
        assert_eq!(home.runs("slow"), 1, "of {size} bytes");
        home.until_quiet();
        home.run(["slow"]).stdout("by hand\n").status(0);
    }
}
