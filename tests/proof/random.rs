//! Random numbers from a seed, by SplitMix64.

use std::ops::Range;
use std::time::Duration;

#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// A source of its own for part `number` of the work.
    pub fn branch(seed: u64, number: u64) -> Self {
        let mut mixed = Self(seed ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93));
        mixed.next();
        Self(mixed.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One of the numbers in `range`, which is not empty.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub fn index(&mut self, length: usize) -> usize {
        self.within(0..length as u64) as usize
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.index(from.len())]
    }

    /// A time in `range`, evenly distributed by its logarithm: short times are as likely as long ones.
    pub fn moment(&mut self, range: Range<Duration>) -> Duration {
        let (low, high) = ((range.start.as_nanos() as f64).max(1.0).ln(), (range.end.as_nanos() as f64).ln());
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::from_nanos((low + (high - low) * share).exp() as u64)
    }
}
