//! Both streams are replayed as they arrived: the same bytes, order and stream.

use crate::common::{Home, weakness};

/// Runs `script` directly, on a fetch and on a hit, all with both streams into one, and expects no difference.
#[track_caller]
fn reads_the_same(script: &str) {
    let home = Home::new();
    home.script("talk", script);
    let direct = home.shell("exec 2>&1; talk").go();
    for call in ["fetch", "hit"] {
        let outcome = home.shell("exec 2>&1; cacheback run -- talk").go();
        assert!(outcome.stdout == direct.stdout, "on the {call}\n{outcome}\ndirectly:\n{direct}");
        outcome.status(direct.status.code().unwrap());
    }
    assert_eq!(home.runs("talk"), 2);
}

/// Runs `script`, which writes faster than it can be read. Expects the hit to print what the fetch printed, and each
/// stream by itself as it was written.
#[track_caller]
fn replays_as_it_arrived(script: &str) {
    let home = Home::new();
    home.script("talk", script);
    let fetched = home.shell("exec 2>&1; cacheback run -- talk").go();
    let replayed = home.shell("exec 2>&1; cacheback run -- talk").go();
    assert!(fetched.stdout == replayed.stdout, "fetched:\n{fetched}\nreplayed:\n{replayed}");
    let direct = home.shell("talk").go();
    for _ in 0..2 {
        let outcome = home.run(["talk"]);
        assert!(outcome.stdout == direct.stdout && outcome.stderr == direct.stderr, "{outcome}");
        home.run(["--refresh", "talk"]);
    }
}

#[test]
fn writes_back_to_back_keep_their_order() {
    if weakness::ORDER.is_here() {
        return;
    }
    reads_the_same("echo a; echo b >&2; echo c");
    reads_the_same("printf a >&2; printf b; printf c >&2; printf d");
    reads_the_same("for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done");
}

#[test]
fn the_order_is_right_a_hundred_times_out_of_a_hundred() {
    if weakness::ORDER.is_here() {
        return;
    }
    let home = Home::new();
    home.script("talk", "echo a; echo b >&2; echo c");
    let script = "for n in $(seq 100); do cacheback run -- talk $n; cacheback run -- talk $n; done 2>&1";
    home.shell(script).go().stdout("a\nb\nc\n".repeat(200)).status(0);
    assert_eq!(home.runs("talk"), 100);
}

#[test]
fn writes_of_several_processes_keep_their_order() {
    if weakness::ORDER.is_here() {
        return;
    }
    reads_the_same("echo a; /bin/echo b >&2; (echo c; sh -c 'echo d >&2'; echo e) ; printf f | cat; echo g >&2");
}

#[test]
fn many_short_writes_are_replayed_as_they_arrived() {
    replays_as_it_arrived("i=0; while [ $i -lt 2000 ]; do echo $i; echo $i >&2; i=$((i+1)); done");
}

#[test]
fn writes_larger_than_a_pipe_are_replayed_as_they_arrived() {
    replays_as_it_arrived(
        "for i in 1 2 3; do head -c 300000 /dev/zero; echo $i >&2; head -c 300000 /dev/zero >&2; echo $i; done",
    );
}

#[test]
fn what_is_written_just_before_the_end_is_not_lost() {
    if weakness::ORDER.is_here() {
        return;
    }
    let home = Home::new();
    let script = "for n in $(seq 100); do cacheback run -s 'echo first >&2; echo last' $n; done";
    home.shell(script).go().stdout("last\n".repeat(100)).stderr("first\n".repeat(100)).status(0);
}

#[test]
fn each_stream_is_replayed_to_its_own() {
    let home = Home::new();
    home.script("talk", "echo a; echo b >&2; echo c");
    for _ in 0..2 {
        home.run(["talk"]).stdout("a\nc\n").stderr("b\n").status(0);
        home.shell("cacheback run -- talk 2> /dev/null").go().stdout("a\nc\n").stderr("");
        home.shell("cacheback run -- talk > /dev/null").go().stdout("").stderr("b\n");
        home.shell("cacheback run -- talk 2>&1 > /dev/null").go().stdout("b\n").stderr("");
    }
    assert_eq!(home.runs("talk"), 1);
}

#[test]
fn streams_that_the_command_joined_stay_joined() {
    let home = Home::new();
    for _ in 0..2 {
        home.run(["-s", "exec 2>&1; echo a; echo b >&2; echo c"]).stdout("a\nb\nc\n").stderr("").status(0);
    }
}

#[test]
fn order_is_kept_in_a_file_too() {
    if weakness::ORDER.is_here() {
        return;
    }
    let home = Home::new();
    home.script("talk", "echo a; echo b >&2; echo c");
    for _ in 0..2 {
        home.shell("echo before > log; cacheback run -- talk >> log 2>&1; cacheback run -- talk >> log 2>&1; cat log")
            .go()
            .stdout("before\na\nb\nc\na\nb\nc\n");
        home.shell("cacheback run -- talk > log 2>&1; cat log").go().stdout("a\nb\nc\n");
    }
}

#[test]
fn a_background_fetch_keeps_the_order_too() {
    if weakness::ORDER.is_here() {
        return;
    }
    let home = Home::new();
    home.script("talk", "echo a; echo b >&2; echo c");
    home.run(["--warm", "talk"]).status(0);
    home.until_quiet();
    home.shell("cacheback run --only-if-cached -- talk 2>&1").go().stdout("a\nb\nc\n").status(0);
}
