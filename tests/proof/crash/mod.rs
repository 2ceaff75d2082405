//! `kill -9` of any process at any moment: no wrong output, no blocked key, and nothing is left behind.
//!
//! Several drivers run side by side, each a process with a home of its own. A driver starts random calls and kills
//! random processes below them: callers, fetchers, detached fetches, the user's command, and the feeder of a `set`. It
//! is the subreaper of them all and waits for each, so that "nothing is left behind" is exact.

mod aftermath;
mod driver;
mod given;
mod judge;
pub mod kin;
mod ledger;
mod operation;

use std::process::{Command, Stdio};

pub use driver::drive;
pub use given::{FEEDER, feed};

use super::Chapter;
use super::options::Asked;
use super::random::Random;
use super::report::Report;

/// The first word on the command line of this program when it is a driver.
pub const DRIVER: &str = "--be-a-crash-driver";

pub const CHAPTER: Chapter = Chapter {
    name: "crash",
    claim: "kill -9 of anything, at any point, wedges nothing, damages nothing, leaves nothing behind",
    options: &[("kills", "processes to kill", 2_000), ("drivers", "homes in which that happens side by side", 4)],
    run,
};

fn run(asked: &Asked) -> Report {
    let drivers = asked.number(&CHAPTER, "drivers").max(1);
    let kills = asked.number(&CHAPTER, "kills").div_ceil(drivers);
    let program = std::env::current_exe().expect("this program has a path");
    let start = |number: u64| {
        let words = [asked.seed, number, kills].map(|number| number.to_string());
        Command::new(&program).arg(DRIVER).args(words).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
    };
    let started: Vec<_> = (0..drivers).map(|number| start(number).expect("a driver starts")).collect();
    let failures = ledger::failings(&mut Random::branch(!asked.seed, 0));
    let mut report = Report { failures, ..Report::default() };
    for (number, driver) in started.into_iter().enumerate() {
        let output = driver.wait_with_output().expect("it is our child");
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            report.failures.push(format!("driver {number} ended with {}", output.status));
        }
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("fail", what)) => report.failures.push(format!("driver {number}: {what}")),
                Some((count, what)) => {
                    let known = driver::COUNTS.iter().find(|known| **known == what);
                    report.count(known.expect("a count of a driver's"), count.parse().expect("a number"));
                }
                None => report.failures.push(format!("driver {number} said {line:?}")),
            }
        }
    }
    report
}
