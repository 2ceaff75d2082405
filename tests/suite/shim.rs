//! A link to cacheback that is named like a command, earlier in PATH, memoises that command.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::common::{Call, Home};

/// A directory of links to cacheback, one for each of these commands.
fn links(home: &Home, directory: &str, commands: &[&str]) -> PathBuf {
    let directory = home.root().join(directory);
    fs::create_dir_all(&directory).unwrap();
    commands.iter().for_each(|command| symlink(Home::program(), directory.join(command)).unwrap());
    directory
}

/// A shell script with these directories first in its PATH.
fn shell(home: &Home, directories: &[&str], script: &str) -> Call {
    let paths: Vec<String> = directories.iter().map(|name| home.root().join(name).display().to_string()).collect();
    home.shell(script).env("PATH", format!("{}:/usr/bin:/bin", paths.join(":")))
}

#[test]
fn a_link_runs_the_next_command_of_its_name_once() {
    let home = Home::new();
    links(&home, "links", &["talk"]);
    home.script("talk", "echo \"out $*\"; echo \"err $#\" >&2");
    for _ in 0..2 {
        let outcome = shell(&home, &["links", "bin"], "talk 'a  b' '' --ttl 0 --help").go();
        outcome.stdout("out a  b  --ttl 0 --help\n").stderr("err 5\n").status(0);
    }
    assert_eq!(home.runs("talk"), 1);
    shell(&home, &["links", "bin"], "talk 'a  b'").go().stdout("out a  b\n");
    assert_eq!(home.runs("talk"), 2);
}

#[test]
fn the_status_is_that_of_the_command() {
    let home = Home::new();
    links(&home, "links", &["fail"]);
    home.script("fail", "exit ${1:-7}");
    shell(&home, &["links", "bin"], "fail; echo $?; fail 0; echo $?; fail 0").go().stdout("7\n0\n").status(0);
    assert_eq!(home.runs("fail"), 2);
}

#[test]
fn a_link_shares_its_results_with_run() {
    let home = Home::new();
    links(&home, "links", &["count"]);
    home.counter("count");
    shell(&home, &["links", "bin"], "count a").go().stdout("1\n");
    home.run(["--only-if-cached", "count", "a"]).stdout("1\n").status(0);
    home.run(["count", "b"]).stdout("2\n");
    shell(&home, &["links", "bin"], "count b; cacheback delete -q -- count b; count b")
        .go()
        .stdout("2\n3\n")
        .stderr("");
}

#[test]
fn run_skips_a_link() {
    let home = Home::new();
    links(&home, "links", &["count"]);
    home.counter("count");
    shell(&home, &["links", "bin"], "cacheback run --ttl 0 -- count; cacheback run --refresh -- count")
        .go()
        .stdout("1\n2\n");
    shell(&home, &["links", "bin"], "cacheback invalidate -q -- count").go().stderr("").status(0);
    home.until_runs("count", 3);
    home.until_quiet();
    shell(&home, &["links", "bin"], "count").go().stdout("3\n");
}

#[test]
fn a_stale_result_is_refreshed_in_the_background() {
    let home = Home::new();
    links(&home, "links", &["count"]);
    home.counter("count");
    let call = || shell(&home, &["links", "bin"], "count").env("CACHEBACK_ASYNC", "1").env("CACHEBACK_TTL", "0").go();
    call().stdout("1\n");
    call().stdout("1\n");
    home.until_runs("count", 2);
    home.until_quiet();
    shell(&home, &["links", "bin"], "count").go().stdout("2\n");
}

#[test]
fn a_link_is_found_wherever_it_is_called_from() {
    let home = Home::new();
    let directory = links(&home, "links", &["count"]);
    links(&home, "more", &["count"]);
    home.counter("count");
    let link = directory.join("count");
    for (path, script) in [
        (&["links", "more", "bin"][..], "count".to_owned()),
        (&["links", "work", "bin"], "count".to_owned()),
        (&["bin"], link.display().to_string()),
        (&["bin", "links"], link.display().to_string()),
        (&["links", "bin"], "../links/count".to_owned()),
        (&["more", "bin"], format!("exec {}", link.display())),
    ] {
        fs::write(home.work("count"), "this is not executable").unwrap();
        shell(&home, path, &script).go().stdout("1\n").stderr("").status(0);
    }
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn relative_directories_in_the_path_are_searched() {
    let home = Home::new();
    let directory = links(&home, "links", &["count"]);
    home.counter("count");
    let call = home.shell("count; cd /; count").env("PATH", format!("{}:../bin:/usr/bin:/bin", directory.display()));
    call.go().stdout("1\n").status(127);
    home.script("here", "pwd");
    fs::rename(home.bin("here"), home.work("here")).unwrap();
    links(&home, "links", &["here"]);
    let call = home.shell("here").env("PATH", format!("{}::/usr/bin:/bin", directory.display()));
    call.go().stdout(format!("{}\n", home.root().join("work").display())).status(0);
}

#[test]
fn a_link_without_a_command_behind_it_is_127() {
    let home = Home::new();
    links(&home, "links", &["nothing"]);
    links(&home, "more", &["nothing"]);
    let outcome = shell(&home, &["links", "more", "bin"], "nothing --help").go();
    outcome.stdout("").status(127).stderr_has("'nothing'").warned_once();
    assert!(!home.db().exists());
    shell(&home, &["links", "bin"], "cacheback run -- nothing").go().status(127).warned_once();
}

#[test]
fn a_link_to_another_copy_of_cacheback_changes_nothing() {
    let home = Home::new();
    links(&home, "links", &["count"]);
    let copies = home.root().join("copies");
    fs::create_dir(&copies).unwrap();
    fs::copy(Home::program(), copies.join("other")).unwrap();
    symlink("other", copies.join("count")).unwrap();
    home.counter("count");
    shell(&home, &["links", "copies", "bin"], "count; count").go().stdout("1\n1\n").stderr("").status(0);
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn a_command_that_calls_itself_runs_uncached_within_its_run() {
    let home = Home::new();
    links(&home, "links", &["down"]);
    home.script("down", "echo \"$1 ${CACHEBACK_SHIM}\"; if [ \"$1\" -gt 0 ]; then down $(($1 - 1)); down 0; fi");
    let expected = "2 down\n1 down/down\n0 down/down/down\n0 down/down/down\n0 down/down\n";
    for _ in 0..2 {
        shell(&home, &["links", "bin"], "down 2").go().stdout(expected).stderr("").status(0);
    }
    assert_eq!(home.runs("down"), 5);
    // The same words again: without the marker the call would wait for its own end.
    home.script("again", "if [ -z \"$AGAIN\" ]; then AGAIN=1 again; else echo end; fi");
    links(&home, "links", &["again"]);
    shell(&home, &["links", "bin"], "again; cacheback run --refresh again").go().stdout("end\nend\n").stderr("");
}

#[test]
fn a_script_that_calls_the_link_for_ever_is_stopped() {
    let home = Home::new();
    links(&home, "links", &["loop"]);
    home.script("loop", "loop \"$@\" more");
    let outcome = shell(&home, &["links", "bin"], "loop").go();
    outcome.stdout("").status(125).stderr_has("'loop'").warned_once();
    assert!(home.runs("loop") <= 30, "{} runs", home.runs("loop"));
}

#[test]
fn a_wrapper_before_the_link_may_call_it() {
    let home = Home::new();
    let link = links(&home, "links", &["count"]).join("count");
    fs::create_dir(home.root().join("wrappers")).unwrap();
    home.executable(&home.root().join("wrappers/count"), &format!("#!/bin/sh\nexec {} \"$@\"\n", link.display()));
    home.counter("count");
    shell(&home, &["wrappers", "links", "bin"], "count; count").go().stdout("1\n1\n").stderr("").status(0);
}

#[test]
fn a_disabled_link_runs_the_command() {
    let home = Home::new();
    links(&home, "links", &["double", "show"]);
    home.script("double", "read -r line; echo \"$line$line\"; exit 4");
    let call = shell(&home, &["links", "bin"], "echo ab | double").env("CACHEBACK_DISABLE", "1");
    call.go().stdout("abab\n").stderr("").status(4);
    assert!(!home.db().exists());
}

#[test]
fn a_call_by_a_name_of_cacheback_or_by_no_name_is_cacheback() {
    let home = Home::new();
    home.counter("count");
    for name in ["", "/", "cacheback", "./cacheback-2.0", "cacheback.new"] {
        let outcome = home.call("bash", ["-c", "exec -a \"$1\" cacheback run -- count", "bash", name]).go();
        outcome.stdout("1\n").stderr("").status(0);
    }
}

#[test]
fn only_commands_behind_links_have_the_marker_of_links() {
    let home = Home::new();
    links(&home, "links", &["show"]);
    home.script("show", "echo \"<${CACHEBACK_SHIM-unset}> $0\"");
    let script = home.bin("show").display().to_string();
    home.run(["show"]).stdout(format!("<unset> {script}\n"));
    home.delete(["--all"]);
    shell(&home, &["links", "bin"], "show").go().stdout(format!("<show> {script}\n"));
}

#[test]
fn a_script_without_a_first_line_runs_behind_a_link() {
    let home = Home::new();
    links(&home, "links", &["plain"]);
    home.executable(&home.bin("plain"), "echo \"plain $1\"\n");
    shell(&home, &["links", "bin"], "plain a; cacheback run -- plain b").go().stdout("plain a\nplain b\n").stderr("");
}

#[test]
fn a_command_behind_a_link_is_called_by_its_name() {
    let home = Home::new();
    links(&home, "links", &["ls", "cat"]);
    let script = "ls --no-such-option 2>&1; exec cat no-such-file";
    let own = home.shell(script).go();
    for _ in 0..2 {
        shell(&home, &["links"], script).go().stdout(own.stdout_text()).stderr(own.stderr_text()).status(1);
        shell(&home, &["links"], &format!("export CACHEBACK_DISABLE=1; {script}")).go().stdout(own.stdout_text());
    }
    home.shell("PATH=../links:$PATH; cacheback run ls --no-such-option 2>&1").go().stdout(own.stdout_text());
}

#[test]
fn a_copy_under_another_name_is_cacheback() {
    let home = Home::new();
    fs::create_dir_all(home.bin("")).unwrap();
    fs::copy(Home::program(), home.bin("cb")).unwrap();
    home.counter("count");
    for _ in 0..2 {
        shell(&home, &["bin"], "cb run count").go().stdout("1\n").stderr("").status(0);
    }
    let help = shell(&home, &["bin"], "cb --help").go().status(0).stdout_text();
    assert!(help.contains("Usage: cacheback"), "{help}");
    links(&home, "links", &["count"]);
    fs::remove_file(home.root().join("links/count")).unwrap();
    symlink(home.bin("cb"), home.root().join("links/count")).unwrap();
    shell(&home, &["links", "bin"], "count").go().stdout("1\n").stderr("").status(0);
}

#[test]
fn a_link_without_a_command_suggests_an_alias() {
    let home = Home::new();
    links(&home, "links", &["cb"]);
    let outcome = shell(&home, &["links"], "cb --help").go();
    outcome.stderr_has("PATH has no other cb").stderr_has("alias cb=cacheback").status(127);
}

#[test]
fn a_wrong_variable_costs_one_warning_and_no_command() {
    let home = Home::new();
    links(&home, "links", &["count"]);
    home.counter("count");
    let with = |name: &str, value: &str| shell(&home, &["links", "bin"], "count").env(name, value).go();
    for (name, value) in [("CACHEBACK_TTL", "abc"), ("CACHEBACK_ASYNC", "maybe"), ("CACHEBACK_MAX_STALE", "-1")] {
        with(name, value).stdout("1\n").warned_once().stderr_has(name).stderr_has(value).status(0);
    }
    assert_eq!(home.runs("count"), 1);
}
