//! Which variables of the environment are part of the key.

use super::*;

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
fn values_of_variables_and_input_are_not_in_the_database() {
    let home = with_a_counter();
    let call = home.running(["--env", "TOKEN", "--stdin", "count"]).env("TOKEN", "correct-horse");
    call.stdin("battery-staple").go().stdout("1\n").status(0);
    let stored = home.shell(&format!("cat '{}'*", home.db().display())).go().stdout.clone();
    let has = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("TOKEN") && !has("correct-horse") && !has("battery-staple"));
}
