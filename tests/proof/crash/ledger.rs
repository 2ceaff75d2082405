//! The results that `set` was given, and so may be printed.

use std::ops::RangeInclusive;

use super::super::random::Random;
use super::given::{Given, Got, SIZES, examine};

/// All results that were given in one home.
#[derive(Default)]
pub struct Ledger(Vec<Line>);

struct Line {
    given: Given,
    /// How many bytes may have been fed, if its feeder was killed.
    fed: Option<RangeInclusive<u64>>,
    /// How many bytes were printed when the result was first printed.
    length: Option<u64>,
}

impl Ledger {
    /// The next result for the command called `name`.
    pub fn next(&mut self, name: u64, exit: u8, random: &mut Random) -> Given {
        let given = Given { name, number: self.0.len() as u64, size: *random.pick(&SIZES), exit };
        self.0.push(Line { given, fed: None, length: None });
        given
    }

    /// Notes that its feeder was killed after `fed` bytes.
    pub fn note_cut(&mut self, given: &Given, fed: RangeInclusive<u64>) {
        self.0[given.number as usize].fed = Some(fed);
    }

    /// Whether a call that was not killed may print this and end like this: the whole result, or as much of it as was
    /// fed, and as much as the last time.
    pub fn is_right(&mut self, got: Got, status: Option<i32>) -> bool {
        let (given, length, is_whole) = match got {
            Got::Whole(given) => (given, given.length(), true),
            Got::Part(given, length) => (given, length, false),
            Got::Begun | Got::Wrong => return false,
        };
        let Some(line) = self.0.get_mut(given.number as usize).filter(|line| line.given == given) else { return false };
        let is_all = is_whole && line.fed.is_none();
        let is_what_was_fed = line.fed.as_ref().is_some_and(|fed| fed.contains(&length));
        (is_all || is_what_was_fed) && status == Some(given.exit.into()) && *line.length.get_or_insert(length) == length
    }
}

/// Mistakes of the checker itself: if it accepted a torn result, it would prove nothing.
pub fn failings(random: &mut Random) -> Vec<String> {
    let mut failings = Vec::new();
    for size in SIZES {
        let mut ledger = Ledger::default();
        let given = Given { size, ..ledger.next(3, 0, random) };
        ledger.0[0].given = given;
        let bytes = given.bytes();
        let mut expect = |what: &str, stdout: &[u8], stderr: &[u8], is_right: bool| {
            let got = examine(3, stdout, stderr);
            if got.is_some_and(|got| ledger.is_right(got, Some(0))) != is_right {
                failings.push(format!("the checker is wrong about {given:?}, {what}: {got:?}"));
            }
        };
        for _ in 0..20 {
            let at = random.index(bytes.len());
            expect("cut", &bytes[..at], b"", false);
            let (mut torn, mut flipped) = (bytes.clone(), bytes.clone());
            torn[at..].fill(0);
            expect("torn", &torn, b"", torn == bytes);
            flipped[at] ^= 1 << random.index(8);
            expect("with another bit", &flipped, b"", false);
        }
        expect("with an error", &bytes, b"err", false);
        expect("twice", &bytes.repeat(2), b"", false);
        expect("of another command", &Given { name: 4, ..given }.bytes(), b"", false);
        expect("never given", &Given { number: 1, ..given }.bytes(), b"", false);
        expect("whole", &bytes, b"", true);
        if ledger.is_right(Got::Whole(given), Some(1)) {
            failings.push("the checker lets another status pass".to_owned());
        }
        ledger = Ledger(vec![Line { given, fed: Some(20..=1_000), length: None }]);
        let printed = [19, 1_001, 30, 31, 30].map(|length| ledger.is_right(Got::Part(given, length), Some(0)));
        if printed != [false, false, true, false, true] {
            failings.push(format!("the checker is wrong about a killed feeder's: {printed:?}"));
        }
    }
    failings
}
