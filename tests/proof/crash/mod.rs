//! `kill -9` of anything at any moment: nothing wrong is printed, no key is wedged, nothing is left behind.
//!
//! Drivers side by side, each a process with a home of its own, start random calls and kill random processes of
//! theirs: callers, fetchers, detached ones, their workers, the user's command, and who feeds a `set`. As the subreaper of all of them a
//! driver sees each one to its end, so that "nothing left over" is exact.

mod aftermath;
mod driver;
mod given;
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

/// First word on this program's command line when it is to be a driver.
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
