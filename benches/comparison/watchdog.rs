//! A limit on every wait: a contestant that hangs is killed, and its row fails.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{fs, process, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How many seconds any one run may take; the generation of a million entries is the longest.
const PATIENCE: u32 = 300;

static SECONDS_WITHOUT_PROGRESS: AtomicU32 = AtomicU32::new(0);

/// Starts the watch, which ends with the process.
pub fn start() {
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_secs(1));
            if SECONDS_WITHOUT_PROGRESS.fetch_add(1, Ordering::Relaxed) > PATIENCE {
                kill_children();
            }
        }
    });
}

/// To be called whenever a run has ended.
pub fn progress() {
    SECONDS_WITHOUT_PROGRESS.store(0, Ordering::Relaxed);
}

/// Kills the children of every thread of this process, adopted ones included, and no others.
fn kill_children() {
    let Ok(threads) = fs::read_dir(format!("/proc/{}/task", process::id())) else { return };
    for thread in threads.flatten() {
        let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
            // The child may have ended by now.
            let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
        }
    }
}
