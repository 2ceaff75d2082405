//! A command that survives a signal and counts how often it gets it.

use std::fs;
use std::path::PathBuf;

use super::Home;

/// The command `counting` of a home: it prints `ready`, and exits 9 when it gets the fence.
pub struct Counting {
    log: PathBuf,
}

impl Counting {
    /// It counts `signal`. The test sends `fence` to cacheback last: signals are passed on in the order of their
    /// arrival, so the command gets the fence after all signals that it counts.
    pub fn new(home: &Home, signal: &str, fence: &str) -> Self {
        let log = home.work("signals");
        let note = format!("trap 'echo got >> \"{}\"' {signal}; trap fenced=1 {fence}", log.display());
        home.script("counting", &format!("{note}; echo ready; until [ $fenced ]; do sleep 0.01; done; exit 9"));
        Self { log }
    }

    /// How often it got the signal; it has ended.
    pub fn count(&self) -> usize {
        fs::read_to_string(&self.log).map_or(0, |log| log.lines().count())
    }
}
