//! The full-screen browser, in tmux.

mod actions;
mod database;
mod looks;
mod terminal;

use crate::common::tmux::Server;
use crate::common::{Home, Process, wait_until};

/// A shell in tmux that has started the browser with `options`.
fn browse<'a>(home: &'a Home, options: &str) -> Server<'a> {
    let server = Server::with_shell(home, 80, 24);
    start(&server, options);
    server
}

fn start(server: &Server<'_>, options: &str) {
    server.enter(&format!("cacheback browse {options}"));
    server.until("the keys are shown", |screen| last_line(screen).starts_with("? help"));
}

fn last_line(screen: &str) -> &str {
    screen.lines().last().unwrap_or_default()
}

/// A home with entries of `echo 1` to `echo COUNT`, if tmux is there.
fn with_entries(count: usize) -> Option<Home> {
    let home = Home::with("tmux")?;
    for number in 1..=count {
        home.run(["--ttl", "1h", "echo", &number.to_string()]).status(0);
    }
    Some(home)
}

/// The process of the browser.
fn browser(home: &Home) -> Process {
    let find = || home.processes().into_iter().find(|process| process.command_line.contains("browse"));
    wait_until("the browser runs", || find().is_some());
    find().expect("it runs")
}

/// Whether the selected row, which is shown reversed, ends with `command`.
fn selects(server: &Server<'_>, command: &str) -> bool {
    let screen = server.colors();
    let mut rows = screen.lines().skip(1).filter(|line| line.contains("\x1b[7m") || line.contains("\x1b[0;7m"));
    rows.next().is_some_and(|row| plain(row).trim_end().ends_with(command))
}

/// A line without its control sequences.
fn plain(line: &str) -> String {
    let mut parts = line.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[track_caller]
fn until_selects(server: &Server<'_>, command: &str) {
    server.until(&format!("{command} is selected"), |_| selects(server, command));
}
