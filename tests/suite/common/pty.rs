//! A pseudo-terminal with a process in its foreground.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::process::ExitStatus;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::Signal;

use super::screen::screen;
use super::{Call, Counting, Home, Running, wait_until};

/// A process whose controlling terminal is ours.
pub struct Terminal {
    master: Option<File>,
    seen: Vec<u8>,
    columns: u16,
    pub running: Running,
}

impl Terminal {
    /// Starts `call` as the leader of a session on a new terminal.
    pub fn with(call: Call) -> Self {
        Self::with_columns(200, call)
    }

    /// The same with this many columns.
    pub fn with_columns(columns: u16, call: Call) -> Self {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None).expect("a pseudo-terminal");
        for end in [pty.master.as_fd(), pty.slave.as_fd()] {
            fcntl(end, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC)).expect("an open descriptor");
        }
        fcntl(pty.master.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("an open descriptor");
        let slave = || pty.slave.try_clone().expect("a descriptor");
        let call = call.stdin_from(slave()).stdout_to(slave()).stderr_to(slave());
        let running = call.before_exec(take_terminal).spawn();
        Self { master: Some(File::from(pty.master)), seen: Vec::new(), columns, running }
    }

    /// An interactive bash, at its prompt.
    pub fn at_prompt(home: &Home) -> Self {
        let shell = home.call("bash", ["--norc", "--noprofile", "-i"]).env("PS1", "prompt> ").env("TERM", "dumb");
        let mut terminal = Self::with(shell);
        terminal.until_seen("prompt> ");
        terminal
    }

    /// Types these keys.
    pub fn send(&self, keys: &str) {
        self.master.as_ref().expect("it is open").write_all(keys.as_bytes()).expect("somebody reads the keyboard");
    }

    /// What the screen has shown so far.
    pub fn seen(&mut self) -> String {
        let mut piece = [0; 4096];
        while let Some(Ok(length @ 1..)) = self.master.as_mut().map(|master| master.read(&mut piece)) {
            self.seen.extend_from_slice(&piece[..length]);
        }
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// The lines that the screen shows now.
    pub fn screen(&mut self) -> Vec<String> {
        self.seen();
        screen(&self.seen, self.columns.into())
    }

    /// Waits until the screen has shown `text`.
    #[track_caller]
    pub fn until_seen(&mut self, text: &str) {
        let mut seen = String::new();
        wait_until(&format!("{text:?} is on the screen"), || {
            seen = self.seen();
            seen.contains(text)
        });
    }

    /// Changes the number of columns.
    pub fn resize(&mut self, columns: u16) {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let master = self.master.as_ref().expect("it is open");
        // SAFETY: TIOCSWINSZ reads one `winsize`.
        assert_eq!(unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &size) }, 0);
        self.columns = columns;
    }

    /// Waits until the process has ended, and reads meanwhile what it prints: a terminal holds a few KiB, and a process
    /// whose terminal is full waits.
    #[track_caller]
    pub fn until_ended(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the process has ended", || {
            self.seen();
            status = self.running.ended();
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// Closes the terminal, as with a window that is closed.
    pub fn hang_up(&mut self) {
        self.master = None;
    }
}

/// Asserts that a command that survives Ctrl-C gets it once, when it is called with `options`.
#[track_caller]
pub fn gets_ctrl_c_once(options: &[&str]) {
    let home = Home::new();
    let counting = Counting::new(&home, "INT", "HUP");
    let mut terminal = Terminal::with(home.running(options).arg("counting"));
    terminal.until_seen("ready");
    terminal.send("\x03");
    terminal.until_seen("^C");
    terminal.running.signal(Signal::SIGHUP);
    assert_eq!(terminal.until_ended().code(), Some(9));
    assert_eq!(counting.count(), 1);
}

/// Makes the calling process the leader of a new session on the terminal that is its standard input.
fn take_terminal() -> io::Result<()> {
    nix::unistd::setsid()?;
    // SAFETY: takes no pointer.
    match unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
