//! How a list looks: at terminals, in pipes, and its commands when they are typed again.

use std::fs;

use super::{commands, filled, list, objects};
use crate::common::Home;
use crate::common::pty::Terminal;

#[test]
fn colour_is_for_terminals_or_by_option() {
    let home = filled();
    let green = "\x1b[32mfresh\x1b[0m";
    let table = |options: &[&str]| list(&home, options).status(0).stdout_text();
    assert!(!table(&[]).contains('\x1b'));
    assert!(table(&["--color", "always"]).contains(green));
    let on_terminal = |options: &[&str], no_color: &str| {
        let call = home.cacheback(["list"].iter().chain(options)).env("TERM", "xterm").env("NO_COLOR", no_color);
        let mut terminal = Terminal::with(call);
        assert!(terminal.until_ended().success());
        terminal.seen()
    };
    assert!(on_terminal(&[], "").contains(green));
    assert!(!on_terminal(&[], "1").contains('\x1b'));
    assert!(!on_terminal(&["--color", "never"], "").contains('\x1b'));
    list(&home, &["--color", "sometimes"]).stderr_has("auto, always, never").status(125);
}

#[test]
fn a_table_is_no_wider_than_the_terminal() {
    let home = Home::new();
    let long = "long ".repeat(100);
    home.run(["echo", &long]).status(0);
    let mut terminal = Terminal::with(home.cacheback(["list"]));
    assert!(terminal.until_ended().success());
    let seen = terminal.seen();
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines.len(), 2, "{seen}");
    assert!(lines[1].ends_with('…') && lines[1].chars().count() <= 200, "{seen}");
    assert!(list(&home, &[]).stdout_text().contains(&long), "without a terminal nothing is cut off");
}

#[test]
fn words_are_shown_as_a_shell_reads_them() {
    let home = Home::new();
    home.run(["echo", "a\nb", "\x1b[31m", "$x"]).status(0);
    let table = list(&home, &[]).stdout_text();
    assert!(table.ends_with("  echo $'a\\nb' $'\\033[31m' '$x'\n"), "{table}");
}

#[test]
fn lists_contain_no_control_codes_and_no_invisible_characters() {
    let home = Home::new();
    let word = "a\u{7f}\u{9b}31m\u{ad}\u{61c}\u{202e}\u{2060}\u{e0041}b";
    home.run(["echo", word]).status(0);
    let id = list(&home, &["--ids"]).stdout_text();
    let calls: [&[&str]; 9] = [
        &["list"],
        &["list", "--json"],
        &["list", "--jsonl"],
        &["show", "--json", id.trim()],
        &["show", id.trim()],
        &["peek", "--json", "--", "echo", word],
        &["explain", "--json", "--", "echo", word],
        &["explain", "--", "echo", word],
        &["stats", "--json"],
    ];
    home.run(["echo", word]).status(0);
    for call in calls {
        let text = home.cacheback(call).go().status(0).stdout_text();
        assert!(!text.contains(|c: char| word.contains(c) && !c.is_ascii_alphanumeric()), "{call:?}: {text:?}");
    }
    assert_eq!(objects(&home, &[])[0]["argv"][1], word, "the value is the same");
    let refused = home.cacheback(["show", "--id", word]).go().status(125).stderr_text();
    assert!(!refused.contains(|c: char| word.contains(c) && !c.is_ascii_alphanumeric()), "{refused:?}");
}

#[test]
fn a_command_that_is_listed_can_be_put_behind_run() {
    let home = Home::new();
    home.run(["-s", "echo \"$1\"", "x", "y z"]).stdout("x\n").status(0);
    home.run(["-s", "--", "-x 2> /dev/null || echo $0"]).stdout("sh\n").status(0);
    let listed = commands(&home, &[]);
    assert_eq!(listed, ["-s -- '-x 2> /dev/null || echo $0'", "-s 'echo \"$1\"' x 'y z'"]);
    for command in &listed {
        home.shell(&format!("cacheback run --status {command}")).go().stderr_has("hit").status(0);
    }
    assert_eq!(commands(&home, &["--match", "echo \"$1\" x y z"]), &listed[1..], "`-s` is not part of the words");
    home.run(["-s", "echo \"$1\"", "x", "z"]).status(0);
    let explained = home.cacheback(["explain", "-s", "echo \"$1\"", "x", "a"]).go().stdout_text();
    assert!(explained.contains("  -s 'echo \"$1\"' x 'y z'\n"), "{explained}");
}

#[test]
fn lines_of_different_entries_differ() {
    let home = Home::new();
    for directory in ["one", "two"] {
        let directory = home.work(directory);
        fs::create_dir(&directory).unwrap();
        home.executable(&directory.join("b.sh"), "#!/bin/sh\necho b\n");
        home.running(["./b.sh"]).cwd(&directory).go().status(0);
        home.running(["./b.sh"]).cwd(&directory).go().status(0);
    }
    for value in ["x", "y"] {
        home.running(["--env", "E", "echo"]).env("E", value).go().status(0);
        home.running(["--stdin", "cat"]).stdin(value).go().status(0);
    }
    let table = list(&home, &[]).status(0).stdout_text();
    let mut ends: Vec<&str> =
        table.lines().skip(1).map(|line| line.split_once("  0  ").or(line.split_once("  1  ")).unwrap().1).collect();
    ends.sort_unstable();
    ends.dedup();
    assert_eq!(ends.len(), 6, "{table}");
    assert!(
        table.contains(&format!("./b.sh  # program {}", home.work("one").canonicalize().unwrap().display())),
        "{table}"
    );
    let stats = home.cacheback(["stats"]).go().stdout_text();
    assert!(stats.contains("one/b.sh\n") && stats.contains("two/b.sh\n"), "{stats}");
}

#[test]
fn a_closed_pipe_ends_the_list_quietly() {
    let home = Home::new();
    home.shell("for n in $(seq 100); do cacheback run echo $n; done").go().status(0);
    let script = "cacheback list --jsonl --match 'echo*' | head -1 | grep -c key; echo ${PIPESTATUS[0]}";
    let outcome = home.call("bash", ["-c", script]).go();
    assert!(["1\n0\n", "1\n141\n"].contains(&outcome.stdout_text().as_str()), "{outcome}");
    outcome.stderr("");
    // Where the caller ignores SIGPIPE, a reader that has ended before the list was written is an error.
    let ignoring = "trap '' PIPE; (cacheback list --jsonl; echo $? > status) | :; cat status";
    let outcome = home.call("bash", ["-c", ignoring]).go();
    let messages = ["", "cacheback: writing the output: Broken pipe\n"];
    assert!(["0\n", "1\n"].contains(&outcome.stdout_text().as_str()), "{outcome}");
    assert!(messages.contains(&outcome.stderr_text().as_str()), "{outcome}");
}

#[test]
fn other_parts_of_the_key_are_shown_behind_the_command() {
    let home = Home::new();
    for (number, options) in
        [&[][..], &["--key", "k"], &["--scope", "a b", "--cwd", "--env", "E", "--env", "F"], &["--stdin", "--pty"]]
            .iter()
            .enumerate()
    {
        home.run(options.iter().chain(&["echo", "x"])).status(0);
        assert_eq!(objects(&home, &[]).len(), number + 1, "{options:?}");
    }
    let cwd = home.work(".").canonicalize().unwrap();
    let expected = [
        "echo x  # stdin sha256:e3b0c442, pty",
        &format!("echo x  # scope 'a b', cwd {}, env E unset, env F unset", cwd.display()),
        "echo x  # key k",
        "echo x",
    ];
    let table = list(&home, &[]).stderr("").status(0).stdout_text();
    let ends: Vec<&str> = table.lines().skip(1).map(|line| line.split_once("  0  ").expect("no hits").1).collect();
    assert_eq!(ends, expected);
    let candidates = home.cacheback(["show", "--match", "*"]).go();
    for command in expected {
        candidates.stderr_has(&format!("  {command}\n")).status(125);
    }
    let commands = objects(&home, &[]).iter().all(|object| object["command"] == "echo x");
    assert!(commands, "in JSON, the other parts of the key have fields of their own");
}
