//! Calls in real shells: the same output and status as without a cache.

use crate::common::{Home, has};

/// Runs `script` in each of these shells, each in a home of its own, twice: to fetch, and to hit.
#[track_caller]
fn prints_in(shells: &[&str], script: &str, expected: &str) {
    for shell in shells {
        let Some(home) = Home::with(shell) else { continue };
        home.script("talk", "echo \"out $1\"; echo \"err $1\" >&2; exit ${2:-0}");
        for call in ["fetch", "hit"] {
            let outcome = home.call(shell, ["-c", script]).go();
            assert_eq!(outcome.stdout_text(), expected, "{shell}, {call}\n{outcome}");
        }
        home.until_quiet();
    }
}

const POSIX: &[&str] = &["sh", "bash", "dash", "zsh"];
const ALL: &[&str] = &["sh", "bash", "dash", "zsh", "fish"];

#[test]
fn every_shell_sees_output_and_status() {
    prints_in(POSIX, "cacheback run --cache-exit any talk a 7; echo $?", "out a\n7\n");
    prints_in(&["fish"], "cacheback run --cache-exit any talk a 7; echo $status", "out a\n7\n");
}

#[test]
fn every_shell_substitutes_the_output() {
    prints_in(POSIX, "x=$(cacheback run talk a 2>&1); echo \"[$x]\"", "[out a\nerr a]\n");
    prints_in(&["fish"], "set x (cacheback run talk a 2>/dev/null); echo \"[$x]\"", "[out a]\n");
}

#[test]
fn every_shell_pipes_the_output() {
    prints_in(ALL, "cacheback run talk a | tr a-z A-Z", "OUT A\n");
    prints_in(ALL, "cacheback run talk a 2>&1 | cat -n | tail -1", "     2\terr a\n");
}

#[test]
fn every_shell_branches_on_the_status() {
    prints_in(POSIX, "if cacheback run --cache-exit any talk a 1; then echo yes; else echo no; fi", "out a\nno\n");
    prints_in(
        POSIX,
        "set -e; cacheback run talk a; cacheback run --cache-exit any talk b 3 || echo \"failed $?\"",
        "out a\nout b\nfailed 3\n",
    );
    prints_in(&["fish"], "if cacheback run --cache-exit any talk a 1; echo yes; else; echo no; end", "out a\nno\n");
}

#[test]
fn a_loop_that_reads_its_input_is_not_disturbed() {
    let posix = "printf '%s\\n' a b c | while read -r h; do cacheback run talk \"$h\"; done";
    prints_in(POSIX, posix, "out a\nout b\nout c\n");
    let fish = "printf '%s\\n' a b c | while read h; cacheback run talk $h; end";
    prints_in(&["fish"], fish, "out a\nout b\nout c\n");
}

#[test]
fn stderr_of_a_hit_goes_where_the_shell_sends_it() {
    prints_in(POSIX, "cacheback run talk a 2>log; cat log", "out a\nerr a\n");
    // zsh would write it to both destinations.
    prints_in(&["sh", "bash"], "cacheback run talk a 2>&1 >/dev/null | sed s/^/E:/", "E:err a\n");
}

#[test]
fn pipefail_sees_the_status() {
    prints_in(
        &["bash", "zsh"],
        "set -o pipefail; cacheback run --cache-exit any talk a 4 | cat; echo $?",
        "out a\n4\n",
    );
}

#[test]
fn words_pass_through_every_shell() {
    let home = Home::new();
    home.script("show", r#"printf '<%s>' "$@""#);
    for shell in ALL.iter().filter(|shell| has(shell)) {
        for _ in 0..2 {
            let script = "cacheback run -- show 'a  b' '' '*' '$HOME' '-x' \"it's\"";
            home.call(shell, ["-c", script]).go().stdout("<a  b><><*><$HOME><-x><it's>").status(0);
        }
    }
    assert_eq!(home.runs("show"), 1);
}

#[test]
fn a_script_can_wait_for_calls_in_its_background() {
    prints_in(POSIX, "cacheback run talk a & cacheback run talk a & wait; echo done", "out a\nout a\ndone\n");
}

#[test]
fn xargs_find_and_env_run_cacheback() {
    prints_in(POSIX, "echo a b | xargs -n1 cacheback run -- talk", "out a\nout b\n");
    prints_in(POSIX, "find /dev/null -exec cacheback run -- talk {} \\;", "out /dev/null\n");
    prints_in(
        POSIX,
        "env -i HOME=\"$HOME\" PATH=\"$PATH\" CACHEBACK_TEST_ID=$CACHEBACK_TEST_ID nice cacheback run talk a",
        "out a\n",
    );
}
