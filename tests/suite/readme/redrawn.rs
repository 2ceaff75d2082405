//! The recipes of `--on-refresh`: what shows a result is drawn again when its refresh ends.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::snippets::{RECIPES, find};
use crate::common::pty::Terminal;
use crate::common::{Home, wait_until};

#[test]
fn a_prompt_of_zsh_changes_without_a_key() {
    let Some(home) = Home::with("zsh") else { return };
    let gate = home.gated("git", "echo the-branch");
    fs::write(home.path().join(".zshrc"), find(RECIPES, "zsh", "TRAPUSR1")).unwrap();
    let mut terminal = Terminal::with(home.call("zsh", ["-d", "-i"]).env("TERM", "xterm"));
    terminal.until_seen("/work ");
    home.until_runs("git", 1);
    gate.open();
    terminal.until_seen("/work the-branch ");
    terminal.send("exit\n");
    terminal.until_ended();
    home.until_quiet();
}

#[test]
fn the_status_line_of_tmux_shows_a_new_number_before_its_interval_is_over() {
    let Some(home) = Home::with("tmux") else { return };
    let gate = home.gated("gh", "echo seven");
    let config = find(RECIPES, "tmux", "refresh-client");
    fs::write(home.work("tmux.conf"), format!("set -g status-interval 3600\n{config}\n")).unwrap();
    let tmux = |args: &[&str]| {
        let call = home.call("tmux", ["-L", "redrawn", "-f", "tmux.conf"]).arg_all(args);
        call.env("TMUX_TMPDIR", home.root().join("tmp")).env("TERM", "xterm").env("SHELL", "/bin/sh")
    };
    tmux(&["new-session", "-d", "cat"]).go().stderr("").status(0);
    let mut terminal = Terminal::with(tmux(&["attach"]));
    home.until_runs("gh", 1);
    gate.open();
    terminal.until_seen("seven");
    tmux(&["kill-server"]).go();
    terminal.until_ended();
    home.until_quiet();
}

/// A program in the place of waybar, and one in the place of pkill that sends the signal to it alone.
#[test]
fn a_module_of_waybar_gets_its_signal() {
    let Some(home) = Home::with("bash") else { return };
    home.counter("gh");
    home.executable(
        &home.bin("pkill"),
        "#!/bin/bash\ntest \"$*\" = '-RTMIN+8 -x waybar' && kill -RTMIN+8 \"$(cat pid)\"\n",
    );
    let module = find(RECIPES, "waybar", "custom/");
    let config: Value = serde_json::from_str(&format!("{{{module}}}")).expect("it is JSON");
    let module = &config["custom/notifications"];
    assert_eq!(module["signal"], 8);
    let bar = "trap 'echo >> drawn' RTMIN+8; echo $$ > pid.new; mv pid.new pid; while :; do sleep 0.05; done";
    let bar = home.call("bash", ["-c", bar]).spawn();
    wait_until("the bar waits for its signal", || home.work("pid").exists());
    home.shell(module["exec"].as_str().expect("a command")).go().stdout("").status(0);
    wait_until("the module is drawn", || home.work("drawn").exists());
    home.shell(module["exec"].as_str().expect("a command")).go().stdout("1\n").status(0);
    bar.signal(Signal::SIGKILL);
    bar.wait();
}
