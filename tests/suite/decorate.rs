//! `cacheback decorate`: commands and functions that are memoised under their own names, in each shell.

mod functions;

use crate::common::{Home, Outcome, has};

const POSIX: &[&str] = &["sh", "dash", "bash", "zsh"];
const WITH_FUNCTIONS: &[&str] = &["bash", "zsh"];

/// The line in which `shell` decorates a command; `words` are the options and its name.
fn decorate(shell: &str, words: &str) -> String {
    let kind = if shell == "dash" { "sh" } else { shell };
    let print = format!("cacheback decorate --shell-kind {kind} {words}");
    if shell == "fish" { format!("{print} | source\n") } else { format!("eval \"$({print})\"\n") }
}

#[track_caller]
fn script(home: &Home, shell: &str, script: &str) -> Outcome {
    home.call(shell, ["-c", script]).go()
}

#[test]
fn a_decorated_command_runs_once_in_every_shell() {
    for shell in [POSIX, &["fish"]].concat() {
        let Some(home) = Home::with(shell) else { continue };
        home.script("talk", "echo \"out $1\"; echo \"err $1\" >&2; exit ${2:-0}");
        let script = format!("{}talk a; talk a; talk b; command talk a", decorate(shell, "--ttl 20m -- talk"));
        let outcome = home.call(shell, ["-c", &script]).go();
        outcome.stdout("out a\nout a\nout b\nout a\n").stderr("err a\nerr a\nerr b\nerr a\n").status(0);
        assert_eq!(home.runs("talk"), 3, "{shell}");
    }
}

#[test]
fn words_and_status_pass_through_a_decorated_command() {
    let home = Home::new();
    home.script("show", r#"printf '<%s>' "$@"; exit 7"#);
    let words = "show 'a  b' '' '*' '$HOME' '-x' \"it's\" 'two\nlines' -- --ttl";
    for shell in POSIX.iter().filter(|shell| has(shell)) {
        let script = format!("{}{words}; echo \" $?\"", decorate(shell, "--cache-exit any -- show"));
        let expected = "<a  b><><*><$HOME><-x><it's><two\nlines><--><--ttl> 7\n";
        home.call(shell, ["-c", &script]).go().stdout(expected).status(0);
    }
    if has("fish") {
        let script = format!("{}{words}; echo \" $status\"", decorate("fish", "--cache-exit any -- show"));
        home.call("fish", ["-c", &script]).go().status(0);
    }
    assert_eq!(home.runs("show"), 1);
}

#[test]
fn options_are_passed_on_as_they_are() {
    for shell in [POSIX, &["fish"]].concat() {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("count");
        let options = "--scope \"it's \\\\ a scope; \\$(exit)\" --no-fetch-on-miss --empty 'no\nthing' -q";
        let script = format!("{}count", decorate(shell, &format!("{options} -- count")));
        home.call(shell, ["-c", &script]).go().stdout("no\nthing").stderr("").status(0);
        home.until_quiet();
        home.run(["--scope", r"it's \ a scope; $(exit)", "--only-if-cached", "count"]).stdout("1\n").status(0);
    }
}

#[test]
fn decorations_work_under_strict_options() {
    for shell in WITH_FUNCTIONS {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("count");
        let decorated = decorate(shell, "count");
        let function = decorate(shell, "twice");
        let lines = format!(
            "set -euo pipefail\n{decorated}count; count | cat\n\
             twice() {{ echo \"$# <$1>\"; }}\n{function}twice ''; if twice a b; then echo yes; fi\n\
             failing() {{ set -o pipefail; false | cat; }}\n{}failing; echo unreachable",
            decorate(shell, "failing")
        );
        script(&home, shell, &lines).stdout("1\n1\n1 <>\n2 <a>\nyes\n").stderr("").status(1);
        assert_eq!(home.runs("count"), 1, "{shell}");
    }
    let Some(home) = Home::with("dash") else { return };
    home.counter("count");
    script(&home, "dash", &format!("set -eu\n{}count; count", decorate("sh", "count"))).stdout("1\n1\n").stderr("");
}

#[test]
fn decorations_work_under_other_options_of_zsh() {
    let options = ["shwordsplit", "ksharrays", "nullglob", "noglob", "rcquotes", "ignorebraces", "warncreateglobal"];
    for option in
        [&options[..], &["errreturn", "posixbuiltins", "globsubst", "noaliasfuncdef", "cshjunkiequotes"]].concat()
    {
        let Some(home) = Home::with("zsh") else { return };
        home.script("show", r#"printf '<%s>' "$@""#);
        let decorated = decorate("zsh", "--scope \"it's\" show");
        let function = decorate("zsh", "f");
        let lines = format!(
            "setopt {option}\nset_up() {{ {decorated}}}\nset_up\nshow 'a b' '' '*'; show 'a b' '' '*'\n\
             f() {{ printf '(%s)' \"$@\"; }}\n{function}f 'a b' '' '*'"
        );
        let outcome = script(&home, "zsh", &lines);
        outcome.stdout("<a b><><*><a b><><*>(a b)()(*)").stderr("").status(0);
        assert_eq!(home.runs("show"), 1, "{option}");
    }
}

#[test]
fn decorating_again_replaces_the_decoration() {
    for shell in [WITH_FUNCTIONS, &["fish"]].concat() {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("count");
        let first = decorate(shell, "--scope first -- count");
        let second = decorate(shell, "--scope second -- count");
        script(&home, shell, &format!("{first}{second}{second}count; count")).stdout("1\n1\n").stderr("");
        home.run(["--scope", "first", "--only-if-cached", "count"]).status(1);
        home.run(["--scope", "second", "--only-if-cached", "count"]).stdout("1\n");
        let f = if shell == "fish" { "function f; command count; end\n" } else { "f() { command count; }\n" };
        let ttl = |ttl: &str| decorate(shell, &format!("--ttl {ttl} -- f"));
        script(&home, shell, &format!("{f}{}{}f; f; {}f", ttl("0"), ttl("1h"), ttl("0"))).stdout("2\n2\n3\n");
        home.run(["--only-if-cached", "f"]).status(1);
    }
}

#[test]
fn a_decoration_can_be_undone_as_its_first_line_says() {
    for shell in [WITH_FUNCTIONS, &["fish"]].concat() {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("tally");
        let undo = |name: &str| {
            let printed = home.cacheback(["decorate", "--shell-kind", shell, name]).go().stdout_text();
            printed.lines().next().unwrap().split_once("to undo it: ").unwrap().1.to_owned()
        };
        let f = if shell == "fish" { "function f; tally; end" } else { "f() { tally; }" };
        let lines = format!(
            "{f}\n{}{}f; f; tally; tally\n{}\n{}\nf; f; tally; tally",
            decorate(shell, "f"),
            decorate(shell, "tally"),
            undo("f"),
            undo("tally")
        );
        script(&home, shell, &lines).stdout("1\n1\n2\n2\n3\n4\n5\n6\n").stderr("").status(0);
        let lines = format!("{f}\n{}f; CACHEBACK_DISABLE=1 f; f", decorate(shell, "f"));
        script(&home, shell, &lines).stdout("1\n7\n1\n").stderr("").status(0);
    }
}

#[test]
fn names_that_look_odd_are_memoised_where_the_shell_has_them() {
    for shell in [WITH_FUNCTIONS, &["fish"]].concat() {
        for name in ["docker-compose", "g++", "7z", "python3.11"] {
            let Some(home) = Home::with(shell) else { continue };
            home.counter(name);
            script(&home, shell, &format!("{}{name}; {name}", decorate(shell, name))).stdout("1\n1\n").stderr("");
            let function = if shell == "fish" {
                format!("function {name}; echo f; end\n")
            } else {
                format!("function {name} {{ echo f; }}\n")
            };
            let lines = format!("{function}{}{name}; {name}", decorate(shell, name));
            script(&home, shell, &lines).stdout("f\nf\n").stderr("");
        }
    }
}

#[test]
fn an_alias_of_the_same_name_stays_an_alias() {
    for (shell, args) in [("bash", "--norc -O expand_aliases"), ("zsh", "-f")] {
        let Some(home) = Home::with(shell) else { continue };
        home.script("show", r#"printf '<%s>' "$@""#);
        let lines = format!("alias show='show -v'\n{}show a\nshow a\n", decorate(shell, "show"));
        std::fs::write(home.work("lines"), lines).unwrap();
        let outcome = home.call(shell, args.split(' ').chain(["./lines"])).go();
        outcome.stdout("<-v><a><-v><a>").stderr("").status(0);
        assert_eq!(home.runs("show"), 1, "{shell}");
    }
}

/// What `$SHELL` may be in any shell; the empty one is not set.
const USERS: [&str; 6] = ["", "/bin/sh", "/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/tcsh"];

#[test]
fn the_calling_shell_gets_its_own_definition_whatever_the_users_shell_is() {
    for shell in ["bash", "zsh", "fish"] {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("tally");
        let (call, function) = match shell {
            "fish" => ("cacheback decorate NAME | source\n", "function f; echo $argv; tally; end\n"),
            _ => ("eval \"$(cacheback decorate NAME)\"\n", "f() { echo \"$@\"; tally; }\n"),
        };
        let decorate = |name: &str| call.replace("NAME", name);
        let options = "--scope \"it's\" -- f";
        for (runs, user) in (1..).zip(USERS) {
            let lines = format!("{function}{}f 'a  b'; f 'a  b'; f; f", decorate(options));
            let script = |lines: &str| match user {
                "" => home.call(shell, ["-c", lines]).without_env("SHELL").go(),
                user => home.call(shell, ["-c", lines]).env("SHELL", user).go(),
            };
            home.delete(["--all"]);
            let (first, second) = (2 * runs - 1, 2 * runs);
            let expected = format!("a  b\n{first}\na  b\n{first}\n\n{second}\n\n{second}\n");
            script(&lines).stdout(expected).stderr("").status(0);
            let odd = format!("{}docker-compose; docker-compose", decorate("docker-compose"));
            home.script("docker-compose", "echo up");
            script(&odd).stdout("up\nup\n").stderr("").status(0);
        }
    }
}

#[test]
fn a_definition_that_asks_for_the_reader_is_read_by_all_but_fish() {
    let home = Home::new();
    let ask = |words: &[&str]| {
        let script = format!("cacheback decorate {}; true", words.join(" "));
        home.call("bash", ["-c", &script]).env("SHELL", "/bin/sh").go()
    };
    let text = ask(&["--cache-exit", "any", "show"]).status(0).stdout_text();
    home.script("show", "printf '<%s>' \"$@\"; exit 7");
    for shell in POSIX.iter().filter(|shell| has(shell)) {
        for strict in ["", "set -eu\n"] {
            let lines = format!("{strict}{text}show 'a  b' '' || echo $?; show 'a  b' '' || echo $?");
            script(&home, shell, &lines).stdout("<a  b><>7\n<a  b><>7\n").stderr("").status(0);
            let undo = "unset -f show; eval \"${__cacheback_show-}\"";
            assert!(text.lines().next().is_some_and(|line| line.ends_with(undo)), "{text}");
            let lines = format!("{text}show x\n{undo}\ncommand -v show");
            let outcome = script(&home, shell, &lines);
            assert!(outcome.stdout_text().ends_with(&format!("{}\n", home.bin("show").display())), "{outcome}");
        }
    }
    assert_eq!(home.runs("show"), 2);
    if has("dash") {
        let text = ask(&["docker-compose"]).status(0).stdout_text();
        script(&home, "dash", &text).stderr_has("as for any function of sh").stdout("");
    }
}

#[test]
fn the_first_line_is_a_comment() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "sh"] {
        let text = home.cacheback(["decorate", "--shell-kind", shell, "ls"]).go().stdout_text();
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("# ") && first.contains("command ls"), "{first}");
    }
}

#[test]
fn wrong_options_and_names_are_refused_at_once() {
    let home = Home::new();
    for (words, named) in [
        (&["--ttl", "soon", "ls"][..], "'soon'"),
        (&["--tll", "5", "ls"], "--ttl"),
        (&["--warm", "--refresh", "ls"], "--refresh"),
        (&["--shell", "ls"], "--shell"),
        (&["--shell-kind", "csh", "ls"], "bash, zsh, fish, sh"),
        (&["--", "ls", "-l"], "'-l'"),
        (&["--ttl", "5"], "NAME"),
        (&["./ls"], "path"),
        (&["a b"], "'a b'"),
        (&["--shell-kind", "sh", "docker-compose"], "--shell-kind"),
        (&["cacheback"], "'cacheback'"),
    ] {
        let outcome = words.iter().fold(home.cacheback(["decorate"]), |call, word| call.arg(word)).go();
        outcome.stdout("").status(125).stderr_has(named).warned_once();
    }
}

#[test]
fn an_exported_function_is_a_plain_function_in_other_shells() {
    let home = Home::new();
    let text = format!("ff() {{ echo \"f $1\"; }}; export -f ff; {}bash -c 'ff q'; ff q", decorate("bash", "ff"));
    script(&home, "bash", &text).stdout("f q\nf q\n").stderr("").status(0);
}
