//! The content of large outputs: every word can be computed from its position. So a check needs no second copy in
//! memory, and finds a block that is missing, doubled or out of place.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

const WORD: usize = size_of::<u64>();

fn word(number: u64) -> [u8; WORD] {
    number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()
}

/// Writes a file of `size` bytes, a multiple of eight.
pub fn write(path: &Path, size: u64) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for number in 0..size / WORD as u64 {
        file.write_all(&word(number))?;
    }
    file.flush()
}

/// Checks a stream that repeats a file of `period` bytes.
pub struct Checker {
    period: u64,
    position: u64,
    /// Whether to check every byte, or only the first and last ones of each piece: that finds a misplaced block, too,
    /// and does not slow down the measured process.
    thorough: bool,
    is_right: bool,
}

/// How many bytes at either end of a piece a check reads that is not thorough.
const SAMPLED: usize = 64;

impl Checker {
    pub fn new(period: u64, thorough: bool) -> Self {
        Self { period, position: 0, thorough, is_right: true }
    }

    pub fn feed(&mut self, piece: &[u8]) {
        if self.thorough || piece.len() <= 2 * SAMPLED {
            self.compare(0, piece);
        } else {
            self.compare(0, &piece[..SAMPLED]);
            self.compare(piece.len() - SAMPLED, &piece[piece.len() - SAMPLED..]);
        }
        self.position += piece.len() as u64;
    }

    fn compare(&mut self, at: usize, bytes: &[u8]) {
        let start = self.position + at as u64;
        let (first, offset) = (start / WORD as u64, start as usize % WORD);
        let words = self.period / WORD as u64;
        let mut rest = bytes;
        let mut number = first % words;
        let mut skip = offset;
        while !rest.is_empty() {
            let expected = &word(number)[skip..];
            let length = expected.len().min(rest.len());
            self.is_right &= rest[..length] == expected[..length];
            rest = &rest[length..];
            number = (number + 1) % words;
            skip = 0;
        }
    }

    /// Whether exactly `total` bytes have come, and all were right.
    pub fn is_complete(&self, total: u64) -> bool {
        self.is_right && self.position == total
    }
}
