//! Which calls have the same key.

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
fn the_environment_is_not_part_of_the_key_unless_named() {
    let home = with_a_counter();
    home.running(["count"]).env("FLAVOUR", "sweet").go().stdout("1\n");
    home.running(["count"]).env("FLAVOUR", "sour").go().stdout("1\n");
}

#[test]
fn a_named_variable_is_part_of_the_key_by_value_or_absence() {
    let home = with_a_counter();
    let with = |value: Option<&str>| -> Outcome {
        let call = home.running(["--env", "FLAVOUR", "count"]);
        value.into_iter().fold(call, |call, value| call.env("FLAVOUR", value)).go()
    };
    with(None).stdout("1\n");
    with(Some("")).stdout("2\n");
    with(Some("sour")).stdout("3\n");
    with(Some("sweet")).stdout("4\n");
    with(None).stdout("1\n");
    with(Some("")).stdout("2\n");
    with(Some("sour")).stdout("3\n");
}

#[test]
fn variables_are_named_one_by_one_or_in_a_list() {
    let home = with_a_counter();
    let with = |args: &[&str]| home.running(args).arg("count").env("A", "1").env("B", "2").go();
    with(&["--env", "A", "--env", "B"]).stdout("1\n");
    with(&["--env", "A,B"]).stdout("1\n");
    with(&["--env=B,A"]).stdout("1\n");
    with(&["--env", "A"]).stdout("2\n");
}

#[test]
fn a_glob_of_variables_is_all_that_match_it() {
    let home = Home::new();
    home.script("account", "echo \"$AWS_PROFILE $AWS_REGION\"");
    home.script("decoy", "echo decoy");
    let run = |variables: &[(&str, &str)]| {
        let call = home.running(["--env", "AWS_*, LANG", "account"]);
        variables.iter().fold(call, |call, (name, value)| call.env(name, value)).go()
    };
    run(&[("AWS_PROFILE", "one")]).stdout("one \n");
    run(&[("AWS_PROFILE", "two")]).stdout("two \n");
    run(&[("AWS_PROFILE", "one"), ("AWS_REGION", "eu")]).stdout("one eu\n");
    run(&[("AWS_PROFILE", "one"), ("AWSOME", "x")]).stdout("one \n");
    run(&[]).stdout(" \n");
    assert_eq!(home.runs("account"), 4);
    let listed = home.cacheback(["list"]).go().stdout_text();
    assert!(listed.contains("account  # env 'AWS_*' sha256:") && listed.contains(", env LANG "), "{listed}");
    let explained = home.cacheback(["explain", "--env", "AWS_*", "account"]).env("AWS_REGION", "us").go().stdout_text();
    assert!(explained.contains("env 'AWS_*'") && explained.contains("env AWS_REGION"), "{explained}");
    // Only the entry with the same variables as here is refreshed; the others are marked.
    home.cacheback(["invalidate", "--match", "account"]).env("AWS_PROFILE", "two").go().counted(4);
    home.until_runs("account", 5);
    home.until_quiet();
    let call = home.running(["--only-if-cached", "--env", "AWS_*", "--env", "LANG", "account"]);
    call.env("AWS_PROFILE", "two").go().stdout("two \n").status(0);
    assert_eq!(home.runs("account"), 5);
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
fn of_two_variables_of_one_name_the_command_gets_the_one_in_the_key() {
    let home = Home::new();
    let twice = |first: &str, second: &str| {
        let text = |text: &str| CString::new(text).unwrap();
        let program = CString::new(Home::program().as_os_str().as_bytes()).unwrap();
        let words = ["cacheback", "run", "--env", "TWICE", "--", "/bin/sh", "-c", "echo $TWICE"].map(text);
        let kept = format!("HOME={}", home.path().display());
        let variables = [format!("TWICE={first}"), format!("TWICE={second}"), kept].map(|variable| text(&variable));
        let exec = move || Err(execve(&program, &words, &variables).unwrap_err().into());
        home.call("true", [""; 0]).before_exec(exec).go().stderr("").stdout_text()
    };
    assert_eq!(twice("one", "two"), "one\n");
    assert_eq!(twice("one", "three"), "one\n");
    assert_eq!(twice("two", "one"), "two\n");
    home.running(["--only-if-cached", "--env", "TWICE", "--", "/bin/sh", "-c", "echo $TWICE"])
        .env("TWICE", "one")
        .go()
        .stdout("one\n")
        .status(0);
}

#[test]
fn a_variable_that_is_not_text_is_keyed_by_its_bytes() {
    let home = with_a_counter();
    let with = |value: &[u8]| home.running(["--env", "A", "count"]).env("A", OsStr::from_bytes(value)).go();
    with(b"\xff").stdout("1\n");
    with(b"\xfe").stdout("2\n");
    with(b"\xff").stdout("1\n");
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
fn values_of_variables_and_input_are_not_in_the_database() {
    let home = with_a_counter();
    let call = home.running(["--env", "TOKEN", "--stdin", "count"]).env("TOKEN", "correct-horse");
    call.stdin("battery-staple").go().stdout("1\n").status(0);
    let stored = home.shell(&format!("cat '{}'*", home.db().display())).go().stdout.clone();
    let has = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("TOKEN") && !has("correct-horse") && !has("battery-staple"));
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

/// A home with a `kubectl` that prints its configuration, the name of a cluster.
fn with_a_kubectl() -> Home {
    let home = Home::new();
    home.script("kubectl", r#"cat "$HOME/.kube/config"; echo pods"#);
    fs::create_dir(home.path().join(".kube")).unwrap();
    use_context(&home, "one");
    home
}

fn use_context(home: &Home, name: &str) {
    fs::write(home.path().join(".kube/config"), format!("{name}\n")).unwrap();
}

const KUBECTL: [&str; 6] = ["--async", "--key-file", "~/.kube/config", "kubectl", "get", "pods"];

#[test]
fn each_content_of_a_key_file_has_a_result_of_its_own() {
    let home = with_a_kubectl();
    home.run(KUBECTL).stdout("one\npods\n");
    use_context(&home, "two");
    home.run(KUBECTL).stdout("two\npods\n");
    use_context(&home, "one");
    home.run(KUBECTL).stdout("one\npods\n");
    assert_eq!(home.runs("kubectl"), 2);
    fs::remove_file(home.path().join(".kube/config")).unwrap();
    home.run(KUBECTL).stdout("pods\n");
    assert_eq!(home.runs("kubectl"), 3);
}

#[test]
fn key_files_of_a_rule_apply_to_all_subcommands() {
    let home = with_a_kubectl();
    home.configure("[[rule]]\ncommand = \"kubectl *\"\nkey_file = [\"~/.kube/config\"]\n");
    home.run(["kubectl", "get", "pods"]).stdout("one\npods\n");
    home.run(KUBECTL).stdout("one\npods\n");
    assert_eq!(home.runs("kubectl"), 1);
    home.cacheback(["peek", "kubectl", "get", "pods"]).go().stdout("one\npods\n");
    let listed = home.cacheback(["list", "--json"]).go().stdout_text();
    assert!(listed.contains("kubectl get pods"), "{listed}");
    let shown = home.cacheback(["show", "kubectl", "get", "pods"]).go().stdout_text();
    assert!(shown.contains(".kube/config") && shown.contains("sha256:"), "{shown}");
    use_context(&home, "two");
    let explained = home.cacheback(["explain", "kubectl", "get", "pods"]).go().stdout_text();
    assert!(explained.contains(".kube/config: other content"), "{explained}");
    home.cacheback(["invalidate", "--all"]).go().counted(1);
    home.until_quiet();
    assert_eq!(home.runs("kubectl"), 1);
    use_context(&home, "one");
    home.run(["--only-if-cached", "kubectl", "get", "pods"]).stdout("").status(1);
    home.cacheback(["invalidate", "--all"]).go().counted(1);
    home.until_quiet();
    home.run(["--only-if-cached", "kubectl", "get", "pods"]).stdout("one\npods\n");
    home.cacheback(["delete", "kubectl", "get", "pods"]).go().counted(1);
}

#[test]
fn a_result_is_not_stored_if_a_key_file_changed_during_the_fetch() {
    let home = Home::new();
    home.script("switch", "echo two > \"$HOME/choice\"; cat \"$HOME/choice\"");
    fs::write(home.path().join("choice"), "one\n").unwrap();
    home.run(["--key-file", "~/choice", "switch"]).stdout("two\n");
    fs::write(home.path().join("choice"), "one\n").unwrap();
    home.run(["--only-if-cached", "--key-file", "~/choice", "switch"]).stdout("").status(1);
}

#[test]
fn a_file_that_cannot_be_part_of_a_key_costs_a_warning_and_the_cache() {
    let home = with_a_counter();
    let large = fs::File::create(home.work("large")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    for (file, reason) in [("large", "has more than 16 MiB"), (".", "is not a regular file")] {
        let outcome = home.run(["--key-file", file, "count"]);
        outcome.status(0).stderr_has(reason);
        assert_eq!(outcome.stderr_text().lines().count(), 1, "{outcome}");
    }
    assert_eq!(home.runs("count"), 2);
    home.run(["--key-file", "", "count"]).status(125).stderr_has("--key-file");
}
