//! A command that runs itself through cacheback ends at once, with a message.

use std::fs;

use crate::common::{Home, Outcome, weakness};

/// Asserts that the call has ended with one message, after `runs` runs of `name`.
#[track_caller]
fn assert_loop_ended(home: &Home, outcome: &Outcome, name: &str, runs: usize) {
    outcome.stdout("").warned_once().stderr_has("would run itself without end").status(125);
    home.until_quiet();
    assert_eq!(home.runs(name), runs);
}

#[test]
fn a_wrapper_script_of_its_own_name_ends_in_its_second_round() {
    let home = Home::new();
    home.script("tool", "exec cacheback run -- tool \"$@\"");
    assert_loop_ended(&home, &home.call(home.bin("tool"), ["x"]).go(), "tool", 2);
    // Called through cacheback, the script itself is the second round.
    home.script("other", "exec cacheback run -- other \"$@\"");
    assert_loop_ended(&home, &home.run(["other", "x"]), "other", 1);
    home.script("twice", "cacheback run -- twice \"$@\"; exit $?");
    assert_loop_ended(&home, &home.run(["--timeout", "20s", "twice"]), "twice", 1);
}

#[test]
fn a_script_that_cacheback_interprets_ends_in_its_second_round() {
    let home = Home::new();
    home.executable(&home.bin("script"), &format!("#!{} run\necho hello\n", Home::program().display()));
    home.call(home.bin("script"), [""; 0]).go().stdout("").stderr_has("run itself without end").status(125);
}

#[test]
fn a_loop_of_two_commands_ends() {
    let home = Home::new();
    home.script("one", "cacheback run two");
    home.script("two", "cacheback run one");
    assert_loop_ended(&home, &home.run(["one"]), "one", 1);
    assert_eq!(home.runs("two"), 1);
}

#[test]
fn a_loop_in_the_background_ends() {
    let home = Home::new();
    home.script("tool", "echo old");
    home.run(["tool"]).stdout("old\n");
    home.script("tool", "exec cacheback run --async --ttl 0 -- tool");
    home.run(["--async", "--ttl", "0", "tool"]).stdout("old\n").status(0);
    home.until_quiet();
    // The old result was not stored as a new one.
    let explained = home.cacheback(["explain", "--ttl", "0", "tool"]).go().stdout_text();
    assert!(explained.contains("status 125"), "{explained}");
    home.script("warm", "exec cacheback run --warm warm");
    home.run(["--warm", "warm"]).status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "warm"]).stdout("").status(1);
    home.configure("[job.loop]\ncommand = [\"cacheback\", \"get\", \"loop\"]\nfetch_on_miss = true\n");
    home.get(["loop"]).warned_once().status(125);
}

#[test]
fn a_loop_without_a_cache_ends() {
    let home = Home::new();
    fs::write(home.path().join(".cache"), "not a directory").unwrap();
    home.script("tool", "exec cacheback run -q -- tool");
    assert_loop_ended(&home, &home.run(["-q", "tool"]), "tool", 1);
    home.script("deep", "exec cacheback run -- deep");
    let disabled = home.running(["deep"]).env("CACHEBACK_DISABLE", "1").go();
    assert_loop_ended(&home, &disabled, "deep", 20);
}

#[test]
fn a_loop_that_loses_the_marker_ends_after_a_second() {
    if weakness::ANCESTORS.is_here() {
        return;
    }
    let home = Home::new();
    home.script("tool", "exec env -u CACHEBACK_RUNNING cacheback run -- tool");
    assert_loop_ended(&home, &home.run(["tool"]), "tool", 1);
}

#[test]
fn a_wrapper_that_changes_its_arguments_ends_after_eight_rounds() {
    let home = Home::new();
    home.script("tool", "exec cacheback run -- tool --color=always \"$@\"");
    let outcome = home.call(home.bin("tool"), ["x"]).go();
    assert!(outcome.stderr_text().contains("8 runs of the same program"), "{outcome:?}");
    assert_loop_ended(&home, &outcome, "tool", 9);
    home.script("stale", "exec cacheback run --async --ttl 0 -- stale \"$@\" x");
    home.run(["--warm", "stale"]).status(0);
    home.until_quiet();
    assert_eq!(home.runs("stale"), 8);
}

#[test]
fn a_loop_of_many_programs_that_change_their_arguments_ends_after_twenty_runs() {
    let home = Home::new();
    for number in 0..3 {
        home.script(&format!("p{number}"), &format!("exec cacheback run -- p{} \"$@\" x", (number + 1) % 3));
    }
    home.run(["p0"]).stdout("").warned_once().stderr_has("20 runs have led to this call").status(125);
    let names = ["p0 p1 p2", "p1 p2 p0"];
    let message = home.run(["p1"]).stderr_text();
    assert!(names.iter().any(|names| message.contains(names)), "{message}");
}

#[test]
fn a_call_for_something_else_is_no_loop() {
    let home = Home::new();
    home.script("down", "[ $1 = 0 ] && echo end || { echo $1; cacheback run down $(($1 - 1)); }");
    home.run(["down", "3"]).stdout("3\n2\n1\nend\n").stderr("").status(0);
    home.run(["down", "7"]).stdout("7\n6\n5\n4\n3\n2\n1\nend\n").stderr("").status(0);
    home.script("deeper", "[ $DEPTH ] && echo deep || DEPTH=1 cacheback run --env DEPTH deeper");
    home.run(["--env", "DEPTH", "deeper"]).stdout("deep\n").stderr("").status(0);
    home.script("inner", "echo inner");
    home.script("outer", "cacheback run inner; cacheback run inner; cacheback run --scope s inner");
    home.run(["outer"]).stdout("inner\ninner\ninner\n").stderr("").status(0);
    // A call that runs nothing is no loop.
    home.script("before", "cacheback run --only-if-cached before || echo nothing");
    home.run(["before"]).stdout("nothing\n").status(0);
    home.run(["--refresh", "before"]).stdout("nothing\n").status(0);
    // The same without a cache.
    home.script("itself", "[ $DEPTH ] && echo deep || DEPTH=1 cacheback run itself");
    home.running(["itself"]).env("CACHEBACK_DISABLE", "1").go().stdout("deep\n").stderr("").status(0);
}

#[test]
fn the_marker_is_not_part_of_a_key() {
    let home = Home::new();
    home.counter("count");
    home.script("outer", "cacheback run --env CACHEBACK_RUNNING count");
    home.run(["--env", "CACHEBACK_RUNNING", "count"]).stdout("1\n");
    home.run(["outer"]).stdout("1\n").stderr("").status(0);
}
