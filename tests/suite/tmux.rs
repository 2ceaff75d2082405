//! In tmux: panes that end with their server, and a status line that does not wait for a refresh.

use std::fs;

use crate::common::pty::Terminal;
use crate::common::tmux::Server;
use crate::common::{Gate, Home, Process, wait_until};

/// Makes a command `slow` whose entry is `old`, and whose refreshes wait at a gate before they print `new`.
fn stale(home: &Home) -> Gate {
    let gate = home.gated("slow", "cat state");
    gate.let_one_go();
    fs::write(home.work("state"), "old\n").unwrap();
    home.run(["slow"]).stdout("old\n").status(0);
    fs::write(home.work("state"), "new\n").unwrap();
    gate
}

#[test]
fn a_refresh_outlives_the_server_of_its_pane() {
    let Some(home) = Home::with("tmux") else { return };
    let gate = stale(&home);
    let server = Server::with_pane(&home, "cacheback run --async --ttl 0 -- slow; cat");
    wait_until("the pane shows the old output", || {
        server.tmux(&["capture-pane", "-p"]).go().stdout_text().starts_with("old\n")
    });
    home.until_runs("slow", 2);
    let pids = server.processes();
    server.tmux(&["kill-server"]).go().status(0);
    wait_until("the server and its pane are gone", || !pids.iter().any(|pid| Process::is_alive(*pid)));
    gate.let_one_go();
    home.until_quiet();
    assert_eq!(home.runs("slow"), 2);
    home.run(["--only-if-cached", "slow"]).stdout("new\n").status(0);
}

#[test]
fn a_status_line_shows_the_old_output_until_the_new_one_is_there() {
    let Some(home) = Home::with("tmux") else { return };
    let gate = stale(&home);
    let server = Server::with_pane(&home, "cat");
    server.tmux(&["set", "-g", "status-interval", "1"]).go().status(0);
    server.tmux(&["set", "-g", "status-right", "[#(cacheback run --async --ttl 0 -- slow)]"]).go().status(0);
    let mut terminal = Terminal::with(server.tmux(&["attach"]));
    terminal.until_seen("[old]");
    home.until_runs("slow", 2);
    gate.open();
    terminal.until_seen("[new]");
    // The gate is dropped last: a refresh that has just begun still reads from it.
    drop((terminal, server));
    home.until_quiet();
}
