//! How the scripts ask the program for completions; other calls with the same variables run their command.

use std::os::unix::fs::symlink;

use crate::common::Home;

#[test]
fn elvish_and_powershell_are_answered() {
    let home = Home::new();
    for (shell, call) in [("elvish", "arg-completer[cacheback]"), ("powershell", "-CommandName cacheback")] {
        let script = home.cacheback(["completions", shell]).go().status(0).stdout_text();
        assert!(script.contains(call) && script.contains("cacheback -- "), "{script}");
        let ask = home.cacheback(["--", "cacheback", "-q", "dele"]).env("_CACHEBACK_COMPLETE", shell);
        let answer = ask.env("_CLAP_COMPLETE_INDEX", "2").go().stderr("").status(0).stdout_text();
        assert!(answer.starts_with("delete") && answer.lines().count() == 1, "{answer}");
    }
}

#[test]
fn a_variable_that_asks_for_completion_does_not_change_a_command() {
    let home = Home::new();
    home.script("talk", r#"printf '<%s>' "$@""#);
    for variable in ["COMPLETE", "_CACHEBACK_COMPLETE"] {
        for value in ["bash", "nonsense"] {
            let call = |args: &[&str]| home.cacheback(args).env(variable, value);
            call(&["run", "--", "talk", variable, value]).go().stdout(format!("<{variable}><{value}>")).status(0);
            call(&["run", "talk", "--", value]).go().stdout(format!("<--><{value}>")).status(0);
        }
    }
    home.cacheback(["--", "cacheback", "ru"]).env("COMPLETE", "bash").go().stdout("").status(125);
    symlink(Home::program(), home.root().join("work/talk")).unwrap();
    let link = home.call("./talk", ["--", "cacheback", "ru"]).env("_CACHEBACK_COMPLETE", "bash");
    link.go().stdout("<--><cacheback><ru>").stderr("").status(0);
}
