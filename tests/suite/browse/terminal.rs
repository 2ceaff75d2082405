//! The terminal is as before, whatever ends or stops the browser.

use std::fs;

use nix::sys::signal::Signal;

use super::{browse, browser, last_line, start, with_entries};
use crate::common::tmux::Server;
use crate::common::{Home, Process, wait_until};

/// Asserts that the pane shows the shell again, in the same state as before, after the browser has ended.
#[track_caller]
fn is_restored(server: &Server<'_>, home: &Home, status: &str) {
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$" && screen.contains("before\n"));
    server.tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]).go().stdout("0 1\n");
    server.enter("echo \"status $?\"; stty -g > after");
    server.until_shows(&format!("\nstatus {status}\n"));
    wait_until("the modes are written", || fs::read(home.work("after")).is_ok_and(|modes| modes.ends_with(b"\n")));
    assert_eq!(fs::read(home.work("after")).unwrap(), fs::read(home.work("modes")).unwrap());
}

fn at_shell(home: &Home) -> Server<'_> {
    let server = Server::with_shell(home, 80, 24);
    server.enter("rm -f after; stty -g > modes; ulimit -c 0; echo before");
    server.until_shows("\nbefore\n");
    server
}

#[test]
fn keys_end_it() {
    let Some(home) = with_entries(1) else { return };
    for (key, status) in [("q", "0"), ("Escape", "0"), ("C-c", "130"), ("C-\\", "131")] {
        let server = at_shell(&home);
        start(&server, "");
        server.keys(&[key]);
        is_restored(&server, &home, status);
    }
}

#[test]
fn signals_end_it() {
    let Some(home) = with_entries(1) else { return };
    for (signal, status) in [(Signal::SIGTERM, "143"), (Signal::SIGHUP, "129"), (Signal::SIGINT, "130")] {
        let server = at_shell(&home);
        start(&server, "");
        browser(&home).kill(signal);
        is_restored(&server, &home, status);
    }
}

#[test]
fn a_signal_ends_it_while_it_waits_for_a_lock() {
    let Some(home) = with_entries(1) else { return };
    let server = at_shell(&home);
    start(&server, "");
    let sql = rusqlite::Connection::open(home.db()).unwrap();
    sql.execute_batch("BEGIN EXCLUSIVE").unwrap();
    server.keys(&["C-l"]);
    server.until("it waits again and again", |screen| !last_line(screen).starts_with("? help"));
    browser(&home).kill(Signal::SIGTERM);
    is_restored(&server, &home, "143");
}

#[test]
fn a_panic_ends_it_with_its_message_on_the_shells_screen() {
    let Some(home) = with_entries(1) else { return };
    let server = at_shell(&home);
    start(&server, "");
    server.types("\u{e000}");
    server.until_shows("this key is for tests of a panic");
    is_restored(&server, &home, "134");
}

#[test]
fn it_is_stopped_and_continued() {
    let Some(home) = with_entries(1) else { return };
    let server = at_shell(&home);
    start(&server, "");
    server.keys(&["C-z"]);
    server.until("the shell", |screen| screen.contains("Stopped"));
    server.tmux(&["display-message", "-p", "#{alternate_on}"]).go().stdout("0\n");
    server.enter("stty -g | cmp - modes && echo same");
    server.until_shows("\nsame\n");
    server.enter("fg");
    server.until_shows("1 entry, by age");
    // By a signal from outside, and by one that no program can handle.
    for signal in [Signal::SIGTSTP, Signal::SIGSTOP] {
        browser(&home).kill(signal);
        server.until_shows("Stopped");
        server.enter("fg");
        server.until("the browser", |screen| screen.contains("1 entry, by age") && last_line(screen).contains("help"));
    }
    server.keys(&["q"]);
    is_restored(&server, &home, "0");
}

#[test]
fn it_ends_when_the_terminal_is_gone_even_if_a_hangup_is_ignored() {
    let Some(home) = with_entries(1) else { return };
    let server = browse(&home, "");
    server.keys(&["q"]);
    server.until("the shell", |screen| last_line(screen.trim_end()) == "$");
    server.enter("trap '' HUP");
    start(&server, "");
    let pid = browser(&home).pid;
    server.tmux(&["kill-server"]).go().status(0);
    wait_until("the browser has ended", || !Process::is_alive(pid));
}

#[test]
fn it_needs_a_terminal() {
    let home = Home::new();
    let error = "cacheback: 'cacheback browse' needs a terminal; without one: cacheback list\n";
    home.cacheback(["browse"]).go().stdout("").stderr(error).status(125);
}

/// A terminal that cannot move its cursor cannot show the browser.
#[test]
fn it_needs_a_terminal_that_can_show_it() {
    let Some(home) = with_entries(1) else { return };
    let server = Server::with_shell(&home, 80, 24);
    server.enter("TERM=dumb cacheback browse; echo \"status $?\"");
    server.until_shows("needs a terminal");
    server.until_shows("status 125");
}
