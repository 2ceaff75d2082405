//! Which calls have the same key.

mod environment;
mod files;

use std::ffi::{CString, OsStr};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use nix::unistd::execve;

use crate::common::{Home, Outcome};

/// A home with a command that prints how many times it has run.
fn with_a_counter() -> Home {
    let home = Home::new();
    home.counter("count");
    home
}

#[test]
fn words_are_not_joined() {
    let home = Home::new();
    home.script("show", r#"printf '<%s>' "$@""#);
    home.run(["show", "a", "b"]).stdout("<a><b>");
    home.run(["show", "a b"]).stdout("<a b>");
    home.run(["show", "a", "b", ""]).stdout("<a><b><>");
    home.run(["show", "ab"]).stdout("<ab>");
    home.run(["show", "a", "b"]).stdout("<a><b>");
    assert_eq!(home.runs("show"), 4);
}

#[test]
fn words_may_hold_any_bytes() {
    let home = Home::new();
    home.script("show", r#"printf '<%s>' "$@""#);
    for word in [&b"spaced  out"[..], b"two\nlines", b"\xff\xfe", b"\xff", b"*", b"'\"\\$x", b"\xe2\x82\xac"] {
        let expected = [b"<", word, b">"].concat();
        for _ in 0..2 {
            home.running(["--", "show"]).arg(OsStr::from_bytes(word)).go().stdout(&expected).stderr("").status(0);
        }
    }
    assert_eq!(home.runs("show"), 7);
}

#[test]
fn a_shell_string_and_a_program_of_the_same_name_have_different_keys() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n");
    home.run(["--shell", "count"]).stdout("2\n");
    home.run(["-s", "count"]).stdout("2\n");
}

#[test]
fn the_directory_is_part_of_the_key_only_if_asked_for() {
    let home = with_a_counter();
    fs::create_dir(home.work("a")).unwrap();
    let in_dir = |name: &str, args: &[&str]| home.running(args).arg("count").cwd(home.work(name)).go();
    in_dir("", &[]).stdout("1\n");
    in_dir("a", &[]).stdout("1\n");
    in_dir("", &["--cwd"]).stdout("2\n");
    in_dir("a", &["--cwd"]).stdout("3\n");
    in_dir("", &["--cwd"]).stdout("2\n");
    in_dir("a", &["--cwd"]).stdout("3\n");
    in_dir("a", &[]).stdout("1\n");
}

#[test]
fn a_relative_program_has_another_key_in_another_directory() {
    let home = Home::new();
    for name in ["a", "b"] {
        fs::create_dir(home.work(name)).unwrap();
        home.executable(&home.work(name).join("build.sh"), &format!("#!/bin/sh\necho {name}\n"));
        home.executable(&home.work(name).join("-x"), &format!("#!/bin/sh\necho minus {name}\n"));
    }
    for _ in 0..2 {
        for name in ["a", "b"] {
            home.running(["./build.sh"]).cwd(home.work(name)).go().stdout(format!("{name}\n")).status(0);
            home.running(["--", "./-x"]).cwd(home.work(name)).go().stdout(format!("minus {name}\n")).status(0);
        }
    }
}

#[test]
fn a_relative_program_is_keyed_by_its_path_without_links() {
    let home = Home::new();
    home.shell(
        "mkdir v1 v2; for v in v1 v2; do printf '#!/bin/sh\\necho %s\\n' $v > $v/b.sh; chmod +x $v/b.sh; done; ln -s v1 cur",
    )
    .go()
    .status(0);
    home.run(["cur/b.sh"]).stdout("v1\n");
    home.shell("ln -sfn v2 cur").go().status(0);
    home.run(["cur/b.sh"]).stdout("v2\n");
    home.run(["--only-if-cached", "v2/b.sh"]).stdout("v2\n").status(0);
}

#[test]
fn a_scope_is_a_namespace() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n");
    home.run(["--scope", "a", "count"]).stdout("2\n");
    home.run(["--scope", "b", "count"]).stdout("3\n");
    home.run(["--scope", "a", "count"]).stdout("2\n");
    home.running(["count"]).env("CACHEBACK_SCOPE", "b").go().stdout("3\n");
    home.running(["--scope", "a", "count"]).env("CACHEBACK_SCOPE", "b").go().stdout("2\n");
}

#[test]
fn key_replaces_the_command_line() {
    let home = with_a_counter();
    home.run(["--key", "k", "count", "a"]).stdout("1\n");
    home.run(["--key", "k", "count", "b"]).stdout("1\n");
    home.run(["--key", "k", "echo", "something else"]).stdout("1\n");
    home.run(["--key", "l", "count", "a"]).stdout("2\n");
    home.run(["--key", "k", "--scope", "s", "count"]).stdout("3\n");
    home.run(["count", "a"]).stdout("4\n");
    home.run(["--key", "count", "count"]).stdout("5\n");
    home.run(["count"]).stdout("6\n");
}

#[test]
fn options_of_the_policy_are_not_part_of_the_key() {
    let home = with_a_counter();
    for args in [
        &[][..],
        &["--ttl", "1h"],
        &["--async"],
        &["--max-stale", "1h"],
        &["--keep", "1h"],
        &["--no-fetch-on-miss", "--empty", "x"],
        &["--cache-exit", "any"],
        &["--max-size", "1M"],
        &["--timeout", "1m"],
        &["--refresh-timeout", "1m"],
        &["--only-if-cached"],
    ] {
        home.running(args).arg("count").go().stdout("1\n").stderr("").status(0);
    }
}

#[test]
fn a_program_is_looked_up_at_each_fetch() {
    let home = Home::new();
    home.script("first", "echo first");
    home.script("second", "echo second");
    symlink("first", home.bin("tool")).unwrap();
    home.run(["tool"]).stdout("first\n");
    fs::remove_file(home.bin("tool")).unwrap();
    symlink("second", home.bin("tool")).unwrap();
    home.run(["tool"]).stdout("first\n");
    home.run(["--refresh", "tool"]).stdout("second\n");
}
