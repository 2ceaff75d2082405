//! A server that fails at any step of any sequence of commands costs a call its time budget at most: output and status
//! are the command's, and what is stored here is right.
//!
//! A proxy between a host and a real server counts the commands of a sequence, and fails at one of them, or from one of
//! them on, in each of the ways in [`fault`]. Short forms take some at random; with enough `--faults` every failure
//! happens at every step.

mod fault;
mod proxy;
mod sequence;

use std::time::Duration;

use crate::Chapter;
use crate::options::Asked;
use crate::random::Random;
use crate::report::Report;
use fault::{FAULTS, Fault};
use proxy::Plan;
use sequence::{SEQUENCES, Sequence, Stage};

pub const CHAPTER: Chapter = Chapter {
    name: "outage",
    claim: "a server that fails at any moment costs a call its time budget at most, and never its output",
    options: &[("faults", "failures, each at one command of one sequence", 12)],
    run,
};

/// More than a call may lose: the budget of its question, the shortest one of a copy, and that of a mark, each in full,
/// and what a busy machine may add.
const MOST: Duration = Duration::from_secs(3);

/// One failure at one moment.
struct Trial {
    sequence: &'static Sequence,
    /// How long the call takes where nothing fails.
    took: Duration,
    command: String,
    fault: &'static str,
    plan: Plan,
}

impl std::fmt::Display for Trial {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sequence, command, fault, plan, .. } = self;
        let later = if plan.lasts { " and later" } else { "" };
        write!(out, "{}: {fault} at command {}, {command}{later}", sequence.name, plan.at)
    }
}

fn run(asked: &Asked) -> Report {
    let Some(mut stage) = Stage::set() else { return Report::skipped("no redis-server is installed") };
    let mut report = Report::default();
    let mut trials = Vec::new();
    for sequence in SEQUENCES {
        let (commands, took) = stage.rehearse(sequence);
        report.count("commands", commands.len() as u64);
        let plan = Plan { at: 0, fault: Fault::Refused, lasts: true };
        trials.push(Trial { sequence, took, command: commands[0].clone(), fault: "a refused connection", plan });
        for (at, command) in commands.iter().enumerate() {
            for (fault, kind) in FAULTS {
                trials.extend([false, true].map(|lasts| {
                    let plan = Plan { at, fault: *kind, lasts };
                    Trial { sequence, took, command: command.clone(), fault, plan }
                }));
            }
        }
    }
    let mut random = Random::branch(asked.seed, 0);
    for at in (1..trials.len()).rev() {
        trials.swap(at, random.index(at + 1));
    }
    trials.truncate(asked.number(&CHAPTER, "faults") as usize);
    let mut most = Duration::ZERO;
    for trial in trials {
        report.count("failures of the server", 1);
        match stage.play(trial.sequence, Some(trial.plan)) {
            Ok(elapsed) => {
                let lost = elapsed.saturating_sub(trial.took);
                most = most.max(lost);
                if lost > MOST {
                    report.failures.push(format!("{trial}: {lost:?} lost"));
                }
            }
            Err(error) => report.failures.push(format!("{trial}: {error}")),
        }
    }
    report.count("ms lost at most", most.as_millis() as u64);
    report
}
