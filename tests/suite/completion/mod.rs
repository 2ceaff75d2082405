//! The completion scripts in real shells: a test types a line with a tab at a prompt, and runs what it became.

mod elsewhere;
mod ids;
mod jobs;
mod protocol;
mod words;
mod wrapped;

use std::fs;
use std::path::Path;

use crate::common::pty::Terminal;
use crate::common::{Home, skipped, wait_until};

/// Makes a command `talk`, whose arguments complete to two words, and the scripts of `shell`.
fn set_up(home: &Home, shell: &str) {
    fs::create_dir_all(home.work("completions")).unwrap();
    let name = if shell == "zsh" { "_cacheback" } else { "cacheback" };
    let script = home.cacheback(["completions", shell]).go();
    fs::write(home.work("completions").join(name), &script.status(0).stdout).unwrap();
    home.script("talk", r#"printf '<%s>' "$@"; echo"#);
    home.script("talkative", "echo \"[talkative $*]\"");
}

/// An interactive shell that can complete.
fn at_prompt(home: &Home, shell: &str, more: &str) -> Terminal {
    set_up(home, shell);
    let (args, lines): (&[&str], &str) = match shell {
        "bash" => (
            &["--norc", "--noprofile", "-i"],
            "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\n\
             _talk() { COMPREPLY=($(compgen -W 'checkout cherish' -- \"$2\")); }\n\
             . completions/cacheback; complete -o nospace -F _talk talk; complete -W 'checkout cherish' talkative",
        ),
        _ => (
            &["-f", "-i"],
            "fpath=($PWD/completions $fpath); autoload -U compinit; compinit -D -u\n\
             _talk() { _arguments '1:verb:(checkout cherish)' }; compdef _talk talk talkative",
        ),
    };
    let mut terminal = Terminal::with(home.call(shell, args).env("TERM", "dumb").env("PS1", "prompt> "));
    terminal.until_seen("prompt> ");
    for line in more.lines().chain(lines.lines()) {
        terminal.send(&format!("{line}\n"));
    }
    terminal.send("echo is re''ady\n");
    terminal.until_seen("is ready");
    terminal
}

/// Types `line` with its tab, and waits until the words that it became are `words`; the line is not run.
#[track_caller]
fn becomes(terminal: &mut Terminal, line: &str, words: &[&str]) {
    let before = terminal.seen().len();
    // Control-A goes to the beginning of the line; `printf` before it prints the words.
    terminal.send(&format!("{line}\x01printf '<%s>' \n"));
    let shown: String = words.iter().map(|word| format!("<{word}>")).collect();
    wait_until(&format!("{line:?} becomes {shown}"), || terminal.seen()[before..].contains(&shown));
    terminal.send("echo do''ne\n");
    wait_until("the next prompt", || terminal.seen()[before..].contains("done"));
}

/// What fish offers for `line`.
#[track_caller]
fn fish_offers(home: &Home, line: &str) -> String {
    let script = "complete -c talk -f -a 'checkout cherish'; . completions/cacheback; complete -C $argv[1]";
    home.call("fish", ["--no-config", "-c", script, "--", line]).go().status(0).stdout_text()
}

/// Two entries, with ids of which none begins the other.
fn two_entries(home: &Home) -> [String; 2] {
    ["a", "b  c"].map(|word| home.run(["--status", "talk", word]).cache_status().get("key").unwrap().to_owned())
}

/// Tests bash with the package of completions that distributions have, if it is there.
fn with_completion_package(test: impl Fn(&str, &str)) {
    const PACKAGE: &str = "/usr/share/bash-completion/bash_completion";
    match Path::new(PACKAGE).exists() {
        true => test("bash", &format!(". {PACKAGE}")),
        false => skipped("there is no bash-completion"),
    }
}
