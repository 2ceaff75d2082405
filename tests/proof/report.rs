//! Runs chapters and prints their results in the format of Rust's own test runner.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use super::Chapter;
use super::options::Asked;

/// What a chapter has done and found.
#[derive(Default)]
pub struct Report {
    /// `(what, how many)`.
    pub counts: Vec<(&'static str, u64)>,
    pub failures: Vec<String>,
    /// Why the chapter cannot run here, if it cannot.
    pub skipped: Option<&'static str>,
}

impl Report {
    pub fn skipped(why: &'static str) -> Self {
        super::common::skipped(why);
        Self { skipped: Some(why), ..Self::default() }
    }

    pub fn count(&mut self, what: &'static str, how_many: u64) {
        match self.counts.iter_mut().find(|(known, _)| *known == what) {
            Some((_, sum)) => *sum += how_many,
            None => self.counts.push((what, how_many)),
        }
    }

    pub fn absorb(&mut self, other: Self) {
        other.counts.into_iter().for_each(|(what, how_many)| self.count(what, how_many));
        self.failures.extend(other.failures);
    }
}

pub fn run_all(asked: &Asked, chapters: &'static [Chapter]) -> ExitCode {
    let chosen: Vec<&Chapter> = chapters.iter().filter(|chapter| asked.includes(chapter)).collect();
    println!("\nrunning {} tests, seed {}", chosen.len(), asked.seed);
    let started = Instant::now();
    let (mut passed, mut ignored, mut failed) = (0, 0, Vec::new());
    for chapter in &chosen {
        let begun = Instant::now();
        let report = catch_unwind(AssertUnwindSafe(|| (chapter.run)(asked)));
        let report = report.unwrap_or_else(|panic| Report { failures: vec![text_of(&*panic)], ..Report::default() });
        let counts: Vec<String> = report.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let verdict = match (report.failures.is_empty(), report.skipped) {
            (false, _) => "FAILED",
            (true, Some(_)) => "ignored",
            (true, None) => "ok",
        };
        println!("test {} ... {verdict} ({}; {:.1?})", chapter.name, counts.join(", "), begun.elapsed());
        match verdict {
            "ok" => passed += 1,
            "ignored" => ignored += 1,
            _ => {
                for failure in report.failures.iter().take(40) {
                    println!("  {failure}");
                }
                println!("  again: cargo test --test proof -- {} --seed {}", chapter.name, asked.seed);
                failed.push(chapter.name);
            }
        }
    }
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {} failed; {ignored} ignored; 0 measured; {} filtered out; \
         finished in {:.2}s\n",
        failed.len(),
        chapters.len() - chosen.len(),
        started.elapsed().as_secs_f64()
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

pub fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").to_owned()
}
