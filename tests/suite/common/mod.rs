//! What all tests use: a home directory for each, commands that count their runs, and waits for conditions.

mod call;
mod counting;
#[cfg(feature = "shared")]
pub mod fleet;
mod flight_file;
pub mod help;
mod home;
mod machine;
mod outcome;
mod process;
pub mod pty;
mod running;
mod screen;
pub mod server;
#[cfg_attr(not(feature = "browse"), expect(dead_code, reason = "what only the tests of browse type and read"))]
pub mod tmux;
pub mod weakness;

use std::thread;
use std::time::{Duration, Instant};

pub use call::Call;
pub use counting::Counting;
pub use flight_file::FlightFile;
pub use home::{Gate, Home};
pub use machine::{FORK, can_mount, can_trace, has, is_root, skipped, uid_of_nobody};
pub use outcome::Outcome;
pub use process::{Process, close_reader, is_full, kill};
pub use running::Running;

/// How long anything may take before the test gives up; far more than it ever takes.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for `condition`; `what` names it in the failure.
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < end, "not so within {DEADLINE:?}: {what}");
        thread::sleep(Duration::from_millis(4));
    }
}
