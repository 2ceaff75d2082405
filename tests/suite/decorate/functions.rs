//! Functions of shells: found, keyed by their source, and memoised with the options of their shell.

use super::*;

#[test]
fn the_options_of_the_calling_shell_are_not_part_of_the_key_of_a_function() {
    for shell in WITH_FUNCTIONS {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("count");
        let lines = format!(
            "f() {{ count; }}\n{}f; echo \"$(f)\"\nset -e; f; echo \"$(f)\"; (set -u; f); set -o pipefail; f | cat",
            decorate(shell, "f")
        );
        script(&home, shell, &lines).stdout("1\n1\n1\n1\n1\n1\n").stderr("").status(0);
    }
}

#[test]
fn a_function_of_zsh_is_read_with_the_options_of_its_definition() {
    let Some(home) = Home::with("zsh") else { return };
    let lines = format!(
        "setopt extendedglob ksharrays shwordsplit\nf() {{ local a=(x y) b='p q'; [[ $1 == z#a ]] && print -l ${{a[0]}} $b; }}\n\
         {}f zza; unsetopt extendedglob; f zza",
        decorate("zsh", "f")
    );
    let own = script(&home, "zsh", &lines.replace("eval", ": ").replace("unsetopt extendedglob", ":"));
    script(&home, "zsh", &lines).stdout(own.stdout_text()).stderr("");
}

#[test]
fn entries_of_a_function_are_selected_by_its_name() {
    for shell in [WITH_FUNCTIONS, &["fish"]].concat() {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("tally");
        let body = |text: &str| match shell {
            "fish" => format!("function w; echo {text} (tally) $argv; end\n"),
            _ => format!("w() {{ echo {text} $(tally) $*; }}\n"),
        };
        let decorated = decorate(shell, "--ttl 1h -- w");
        let one = format!("{}{decorated}", body("one"));
        script(&home, shell, &format!("{one}w x; w y; w x")).stdout("one 1 x\none 2 y\none 1 x\n");
        let cacheback = |words: &str| home.cacheback(words.split(' ')).go();
        let listed = cacheback("list").stdout_text();
        for line in listed.lines().skip(1) {
            let (_, command) = line.split_once(" w ").unwrap_or_else(|| panic!("{listed}"));
            assert!(["x  # function sha256:", "y  # function sha256:"].iter().any(|call| command.starts_with(call)));
        }
        assert_eq!(cacheback("list --json --match w*").stdout_text().matches("\"function\":\"w\"").count(), 2);
        assert!(cacheback("stats").stdout_text().contains(" w x"), "{shell}");
        cacheback("peek -- w x").stdout("one 1 x\n").status(0);
        assert!(cacheback("show -- w x").status(0).stdout_text().contains("w x\n"));
        let explained = cacheback("explain --ttl 1h -- w x").stdout_text();
        assert!(explained.starts_with("would hit") && explained.contains("w x\n"), "{explained}");
        assert!(!explained.contains("tally"), "{explained}");
        home.cacheback(["set", "--", "w", "y"]).stdin("set\n").go().status(0);
        script(&home, shell, &format!("{one}w y")).stdout("set\n");
        // Two versions of the function: `delete` selects both, `peek` the newer one.
        let two = format!("{}{decorated}", body("two"));
        script(&home, shell, &format!("{two}w x")).stdout("two 3 x\n");
        cacheback("peek -- w x").stdout("two 3 x\n").status(0);
        home.delete(["--", "w", "x"]).counted(2);
        home.delete(["--", "w", "x"]).counted(0);
        cacheback("peek -- w x").status(1);
        let explained = cacheback("explain -- w x").stdout_text();
        assert!(explained.starts_with("would run the command"), "{explained}");
        home.invalidate(["--", "w", "y"]).counted(1);
    }
}

#[test]
fn a_rule_for_a_function_names_it() {
    let home = Home::new();
    home.configure("[[rule]]\ncommand = \"w *\"\nscope = \"mine\"\n");
    let lines = format!("w() {{ echo $1; }}\n{}w x", decorate("bash", "w"));
    script(&home, "bash", &lines).stdout("x\n");
    assert!(home.cacheback(["list"]).go().stdout_text().contains("scope mine"));
    home.delete(["--", "w", "x"]).counted(1);
}

#[test]
fn a_function_runs_once_for_each_of_its_sources() {
    for shell in WITH_FUNCTIONS {
        let Some(home) = Home::with(shell) else { continue };
        home.counter("count");
        let decorated = decorate(shell, "--ttl 1h --cache-exit any -- f");
        let lines = format!(
            "f() {{ echo \"one $(count) [$1]\"; echo err >&2; return 3; }}\n\
             {decorated}f 'a  b'; echo $?; f 'a  b'; echo $?; f c\n\
             f() {{ echo \"two $(count) [$1]\"; }}\n{decorated}f 'a  b'; f 'a  b'\n\
             f() {{ echo \"one $(count) [$1]\"; echo err >&2; return 3; }}\n{decorated}f 'a  b'"
        );
        let outcome = script(&home, shell, &lines);
        outcome.stdout("one 1 [a  b]\n3\none 1 [a  b]\n3\none 2 [c]\ntwo 3 [a  b]\ntwo 3 [a  b]\none 1 [a  b]\n");
        assert_eq!(home.runs("count"), 3, "{shell}\n{outcome}");
        outcome.stderr("err\nerr\nerr\nerr\n").status(3);
    }
}

#[test]
fn a_function_may_call_itself_and_may_be_exported() {
    for shell in WITH_FUNCTIONS {
        let Some(home) = Home::with(shell) else { continue };
        let lines = format!(
            "sum() {{ if [[ $1 -eq 0 ]]; then echo 0; else echo $(($1 + $(sum $(($1 - 1))))); fi; }}\n{}sum 4; sum 4",
            decorate(shell, "sum")
        );
        script(&home, shell, &lines).stdout("10\n10\n").stderr("");
    }
    let home = Home::new();
    let lines = format!(
        "f() {{ echo \"<$1>\"; }}\n{}export -f f; export __cacheback_f\nprintf '%s\\n' a b | xargs -I% bash -c 'f %'",
        decorate("bash", "f")
    );
    script(&home, "bash", &lines).stdout("<a>\n<b>\n").stderr("");
}

#[test]
fn a_function_of_bash_may_use_extended_globs() {
    let home = Home::new();
    let lines = format!(
        "shopt -s extglob\nf() {{ case $1 in !(a|b)) echo other ;; *) echo known ;; esac; }}\n{}f a; f z",
        decorate("bash", "f")
    );
    script(&home, "bash", &lines).stdout("known\nother\n").stderr("");
}

#[test]
fn an_autoloaded_function_of_zsh_is_loaded_first() {
    let Some(home) = Home::with("zsh") else { return };
    home.counter("count");
    std::fs::create_dir(home.work("functions")).unwrap();
    std::fs::write(home.work("functions/f"), "echo \"f $1 $(count)\"\n").unwrap();
    let lines = format!("fpath=($PWD/functions)\nautoload -Uz f\n{}f a; f a; cd /; f a", decorate("zsh", "f"));
    script(&home, "zsh", &lines).stdout("f a 1\nf a 1\nf a 1\n").stderr("");
}

#[test]
fn a_function_of_fish_is_memoised_by_its_source() {
    let Some(home) = Home::with("fish") else { return };
    home.counter("tally");
    let decorated = decorate("fish", "--cache-exit any -- f");
    let lines = format!(
        "function f --description 'it\\'s mine'\n    echo one (tally) (count $argv) \"[$argv[1]]\"\n    return 3\nend\n\
         {decorated}f 'a  b' ''; echo $status; f 'a  b' ''; echo $status; f -x\n\
         function f; echo two (tally); end\n{decorated}f; f"
    );
    let outcome = script(&home, "fish", &lines);
    outcome.stdout("one 1 2 [a  b]\n3\none 1 2 [a  b]\n3\none 2 1 [-x]\ntwo 3\ntwo 3\n").stderr("").status(0);
}

#[test]
fn sh_reports_that_it_cannot_memoise_a_function() {
    for shell in ["dash", "bash"] {
        let Some(home) = Home::with(shell) else { continue };
        let lines = format!("f() {{ echo plain; }}\n{}echo $?; f", decorate("sh", "f"));
        script(&home, shell, &lines).stdout("1\nplain\n").warned_once();
        home.counter("count");
        let twice = decorate("sh", "count").repeat(2);
        script(&home, shell, &format!("{twice}count; count")).stdout("1\n1\n").stderr("");
    }
}
