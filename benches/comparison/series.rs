//! Figures of many runs of the same command: order statistics, never means, because machines are noisy.

use std::time::Duration;

use crate::process::Exit;

/// One run.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub elapsed: Duration,
    /// In KiB, the largest of all processes of the run.
    pub max_rss: u64,
    pub minor_faults: u64,
}

impl Sample {
    pub fn new(elapsed: Duration, exit: &Exit) -> Self {
        Self { elapsed, max_rss: exit.max_rss, minor_faults: exit.minor_faults }
    }

    /// The same with the memory of the processes that outlived their parent.
    pub fn with(mut self, orphans: &[Exit]) -> Self {
        self.max_rss = orphans.iter().map(|exit| exit.max_rss).fold(self.max_rss, u64::max);
        self
    }
}

/// Many runs.
#[derive(Clone, Debug, Default)]
pub struct Series {
    samples: Vec<Sample>,
}

impl Series {
    pub fn push(&mut self, sample: Sample) {
        self.samples.push(sample);
    }

    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// In milliseconds, by nearest rank.
    pub fn quantile(&self, quantile: f64) -> f64 {
        self.nearest_rank(quantile, |sample| sample.elapsed.as_secs_f64() * 1e3)
    }

    /// In milliseconds.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    pub fn median_faults(&self) -> f64 {
        self.nearest_rank(0.5, |sample| sample.minor_faults as f64)
    }

    /// The largest of all runs, in MiB.
    pub fn max_rss(&self) -> f64 {
        self.nearest_rank(1.0, |sample| sample.max_rss as f64 / 1024.0)
    }

    fn nearest_rank(&self, quantile: f64, value: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.samples.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let rank = (quantile * values.len() as f64).ceil() as usize;
        values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}
