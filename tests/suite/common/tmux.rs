//! A tmux server with one pane.

use std::thread;
use std::time::{Duration, Instant};

use super::{Call, DEADLINE, Home, Process, wait_until};

/// The tmux server of one test; it ends with the test.
pub struct Server<'a> {
    home: &'a Home,
}

impl<'a> Server<'a> {
    /// Starts it with one pane, where `script` runs.
    pub fn with_pane(home: &'a Home, script: &str) -> Self {
        let server = Self { home };
        server.tmux(&["-f", "/dev/null", "new-session", "-d", script]).go().stderr("").status(0);
        server
    }

    /// Starts it with one pane of that size, where a shell is at its prompt, `$ `.
    pub fn with_shell(home: &'a Home, columns: u16, rows: u16) -> Self {
        let server = Self { home };
        let size = [columns, rows].map(|size| size.to_string());
        let shell = "PS1='$ ' HISTFILE= LC_ALL=C.UTF-8 exec bash --norc --noprofile";
        let call = server.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &size[0], "-y", &size[1], shell]);
        call.go().stderr("").status(0);
        server.until("the prompt", |screen| screen.starts_with('$'));
        server
    }

    pub fn tmux(&self, args: &[&str]) -> Call {
        let call =
            self.home.call("tmux", ["-u", "-L", "test"]).arg_all(args).env("SHELL", "/bin/sh").env("TERM", "xterm");
        call.env("TMUX_TMPDIR", self.home.root().join("tmp"))
    }

    /// Types this line.
    pub fn enter(&self, line: &str) {
        self.types(line);
        self.keys(&["Enter"]);
    }

    /// Types this text.
    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]).go().stderr("").status(0);
    }

    /// Presses these keys, by the names that tmux has for them.
    pub fn keys(&self, keys: &[&str]) {
        self.tmux(&["send-keys"]).arg_all(keys).go().stderr("").status(0);
    }

    /// What the pane shows.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).go().status(0).stdout_text()
    }

    /// The same with its colours.
    pub fn colors(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"]).go().status(0).stdout_text()
    }

    /// Waits until the pane shows something; returns what it shows.
    #[track_caller]
    pub fn until(&self, what: &str, mut is_shown: impl FnMut(&str) -> bool) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            let screen = self.screen();
            if is_shown(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "not within {DEADLINE:?}: {what}; the screen:\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the pane shows this text.
    #[track_caller]
    pub fn until_shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// The processes of the server and of its pane.
    pub fn processes(&self) -> Vec<i32> {
        let pids = self.tmux(&["display-message", "-p", "#{pid} #{pane_pid}"]).go().status(0).stdout_text();
        pids.split_whitespace().map(|pid| pid.parse().expect("a number")).collect()
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let pid = self.tmux(&["display-message", "-p", "#{pid}"]).go().stdout_text();
        self.tmux(&["kill-server"]).go();
        // The next one has the same name.
        if let Ok(pid) = pid.trim().parse() {
            wait_until("the server has ended", || !Process::is_alive(pid));
        }
    }
}
