//! Files that other programs or disks have changed: the right output is printed, or the command runs again.
//!
//! Most damaged files, the mutants, are read through the library, in worker processes that may hang or crash; some are
//! read through the program itself. Mutant N of a seed is always the same: `--from N --mutants 1` repeats it.

mod damage;
mod flight;
mod library;
mod program;
mod sample;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub use library::be_a_worker;

use super::Chapter;
use super::options::Asked;
use super::progress::Progress;
use super::report::Report;

/// The first word on the command line of this program when it is a worker.
pub const WORKER: &str = "--be-a-mutant-worker";

pub const CHAPTER: Chapter = Chapter {
    name: "hostile",
    claim: "whatever is in the files, nothing wrong is printed and nothing crashes or hangs",
    options: &[
        ("mutants", "databases, and as many files of flights, to look at through the library", 1_500),
        ("programs", "the same through the program", 60),
        ("from", "number of the first one", 0),
    ],
    run,
};

/// How long one mutant may take: far more than any of the program's own limits.
const DEADLINE: Duration = Duration::from_secs(40);
const WORKERS: u64 = 2;

fn run(asked: &Asked) -> Report {
    let (from, mutants) = (asked.number(&CHAPTER, "from"), asked.number(&CHAPTER, "mutants"));
    let mut report = Report::default();
    let home = tempfile::tempdir().expect("a temporary directory");
    let program = std::env::current_exe().expect("this program has a path");
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        let path = home.path().join(number.to_string());
        let progress = Progress::at(&path).expect("a file of ours");
        progress.note(from + number);
        let words = [asked.seed, from + number, WORKERS, from + mutants].map(|number| number.to_string());
        let mut command = Command::new(&program);
        command.arg(WORKER).args(words).arg(&path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        workers.push((command.spawn().expect("a worker starts"), progress));
    }
    report.absorb(program::run(asked, &CHAPTER));
    for (mut worker, progress) in workers {
        let (mut last, mut since) = (progress.read(), Instant::now());
        while let Ok(None) = worker.try_wait() {
            std::thread::sleep(Duration::from_millis(20));
            let now = progress.read();
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > DEADLINE {
                report.failures.push(format!("mutant {last} takes for ever"));
                let _ = worker.kill();
            }
        }
        let output = worker.wait_with_output().expect("it is our child");
        if output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout);
            let mut counts = text.split_whitespace().filter_map(|word| word.parse().ok());
            for what in
                ["mutants", "entries served", "entries lost", "files set aside", "flights served", "flights refused"]
            {
                report.count(what, counts.next().unwrap_or(0));
            }
        } else {
            let said = String::from_utf8_lossy(&output.stderr).replace('\n', " | ");
            report.failures.push(format!("mutant {}: {}, {said}", progress.read(), output.status));
        }
    }
    report
}
