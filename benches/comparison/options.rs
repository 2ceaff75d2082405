//! The command line of the comparison.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Measure cacheback against its peer and against the floor, row by row
///
/// Prints a table of figures, ratios, targets and verdicts. Exits 1 if a target is missed and 2 if nothing could be
/// measured.
#[derive(Debug, Parser)]
#[command(name = "benches/compare", max_term_width = 100)]
pub struct Options {
    /// The rows to measure, by family (see --list); all of them without this
    #[arg(value_name = "ROW")]
    pub families: Vec<String>,

    /// Print the families of rows and exit
    #[arg(long)]
    pub list: bool,

    /// Write the results to FILE as well
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Runs of each small command (at least 30) [default: 1000]; large outputs take a two-hundredth of it, at least 3
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(30..))]
    pub runs: Option<u32>,

    /// A smoke test of the harness: few runs, smaller outputs, fewer entries
    #[arg(long)]
    pub quick: bool,

    /// The directory with the programs, made by the script
    #[arg(long, value_name = "DIR", hide = true)]
    pub stage: Option<PathBuf>,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Runs of a small command.
    pub small_runs: usize,
    /// Runs with a large output.
    pub large_runs: usize,
    /// Bytes of a large output.
    pub large_size: u64,
    /// How many large outputs pass through uncached.
    pub passes: usize,
    /// Rounds of concurrent callers.
    pub rounds: usize,
    /// Entries in a full cache.
    pub entries: u64,
    /// Hosts that wait for the run of another one.
    pub followers: usize,
    /// How long hits are measured while writers store results.
    pub load: Duration,
}

const FULL: Pace = Pace {
    small_runs: 1000,
    large_runs: 5,
    large_size: 256 << 20,
    passes: 16,
    rounds: 5,
    entries: 1_000_000,
    followers: 1000,
    load: Duration::from_secs(20),
};

const QUICK: Pace = Pace {
    small_runs: 50,
    large_runs: 3,
    large_size: 64 << 20,
    passes: 8,
    rounds: 2,
    entries: 20_000,
    followers: 100,
    load: Duration::from_secs(4),
};

impl Options {
    pub fn pace(&self) -> Pace {
        let mut pace = if self.quick { QUICK } else { FULL };
        if let Some(runs) = self.runs {
            pace.small_runs = runs as usize;
            pace.large_runs = (pace.small_runs / 200).max(3);
        }
        pace
    }
}
