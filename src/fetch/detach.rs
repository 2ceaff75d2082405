//! The detached child: a process that no caller waits for.

use std::io;

use crate::sys::process::{self, Fork};
use crate::sys::{background, signal};

/// Runs `work` in a forked process with a session of its own, its standard descriptors on `/dev/null` and every other
/// one closed that the caller has handed down. Returns at once; flush what was written before.
///
/// The working directory, the environment and the umask stay the caller's.
///
/// # Errors
///
/// The process cannot be forked; `work` has not been called.
pub fn in_background(work: impl FnOnce()) -> io::Result<()> {
    in_background_after(|| (), |()| work())
}

/// The same after `prepare`, which still has the caller's standard error for its messages, and must be quick.
///
/// # Errors
///
/// The process cannot be forked; nothing has been called.
pub fn in_background_after<T>(prepare: impl FnOnce() -> T, work: impl FnOnce(T)) -> io::Result<()> {
    // When the caller ends, its whole group may get SIGHUP, perhaps before the child has left the group.
    signal::hold_signals()?;
    let side = process::fork().inspect_err(|_| signal::let_signals_through())?;
    match side {
        Fork::Parent(_) => {
            signal::let_signals_through();
            Ok(())
        }
        Fork::Child => {
            background::leave_session_except_stderr();
            signal::discard_held_signals();
            let prepared = prepare();
            background::close_stderr();
            work(prepared);
            process::exit_now(0)
        }
    }
}

/// Leaves the caller's session and closes its terminal and pipes. For a fetcher whose caller has its answer.
pub fn leave_caller() {
    background::leave_session();
}

/// Child processes that work side by side, a bounded number at a time.
#[derive(Debug)]
pub struct Workers {
    limit: usize,
    running: usize,
}

impl Workers {
    /// At most `limit` at a time.
    pub fn new(limit: usize) -> Self {
        Self { limit, running: 0 }
    }

    /// Runs `work` in a process and session of its own, after waiting until fewer than the limit run. Where
    /// no process can be forked, the work is not done.
    pub fn start(&mut self, work: impl FnOnce()) {
        while self.running >= self.limit {
            self.wait_for_one();
        }
        match process::fork() {
            Ok(Fork::Child) => {
                background::leave_session();
                work();
                process::exit_now(0)
            }
            Ok(Fork::Parent(_)) => self.running += 1,
            Err(_) => {}
        }
    }

    /// Returns when all have ended.
    pub fn wait_for_all(&mut self) {
        while self.running > 0 {
            self.wait_for_one();
        }
    }

    fn wait_for_one(&mut self) {
        self.running = if process::wait_for_any_child() { self.running - 1 } else { 0 };
    }
}
