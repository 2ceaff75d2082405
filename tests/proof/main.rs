//! The guarantees, each attacked at random and reproducibly, for seconds or for hours.
//!
//! `cargo test` runs the short form of every chapter. `cargo test --release --test proof -- CHAPTER [OPTION N]...`
//! runs one for as long as is asked for; `--help` lists the chapters and what they can be asked for. Everything that
//! is left to chance comes from a seed, which is printed; `--seed N` repeats it. What runs side by side repeats only
//! its choices, not their order.

#[allow(dead_code, unused_imports)]
#[path = "../suite/common/mod.rs"]
mod common;

mod caller;
mod hostile;
mod input;
mod options;
mod output;
mod privacy;
mod progress;
mod random;
mod report;
mod rows;
mod syscalls;
mod upgrade;
mod vfs;

mod clock;
mod concurrency;
mod crash;
mod disk;

use std::process::ExitCode;

use options::Asked;
use report::Report;

/// One guarantee and the ways to break it.
pub struct Chapter {
    pub name: &'static str,
    /// What is guaranteed.
    pub claim: &'static str,
    /// Options with a number, what each means, and the number of the short form.
    pub options: &'static [(&'static str, &'static str, u64)],
    pub run: fn(&Asked) -> Report,
}

const CHAPTERS: &[Chapter] = &[
    crash::CHAPTER,
    hostile::CHAPTER,
    syscalls::CHAPTER,
    vfs::CHAPTER,
    disk::CHAPTER,
    concurrency::CHAPTER,
    clock::CHAPTER,
    input::CHAPTER,
    upgrade::CHAPTER,
    privacy::CHAPTER,
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // The program also plays the command that is memoised, and the drivers that are killed with it.
    match words.split_first() {
        Some((first, rest)) if first == output::COMMAND => output::command(rest),
        Some((first, rest)) if first == crash::DRIVER => crash::drive(rest),
        Some((first, rest)) if first == crash::FEEDER => crash::feed(rest),
        Some((first, rest)) if first == hostile::WORKER => hostile::be_a_worker(rest),
        _ => match options::parse(&words, CHAPTERS) {
            Ok(asked) => report::run_all(&asked, CHAPTERS),
            Err(answer) => answer.give(),
        },
    }
}
