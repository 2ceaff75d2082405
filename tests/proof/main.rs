//! Random, reproducible attacks on each guarantee, for seconds or for hours.
//!
//! `cargo test` runs the short form of every chapter. `cargo test --release --test proof -- CHAPTER [OPTION N]...`
//! runs one with larger numbers; `--help` lists the chapters and their options. All random choices come from a seed,
//! which is printed; `--seed N` repeats them. Threads side by side repeat their choices, but not their order.

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
#[cfg(feature = "shared")]
mod shared;
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
#[cfg(feature = "shared")]
use shared::{fleet, outage, tamper};

/// One guarantee and the ways to break it.
pub struct Chapter {
    pub name: &'static str,
    /// What is guaranteed.
    pub claim: &'static str,
    /// Its options: name, meaning, and number in the short form.
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
    #[cfg(feature = "shared")]
    tamper::CHAPTER,
    #[cfg(feature = "shared")]
    outage::CHAPTER,
    #[cfg(feature = "shared")]
    fleet::CHAPTER,
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // This program is also the command that is memoised, and its own helper processes.
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
