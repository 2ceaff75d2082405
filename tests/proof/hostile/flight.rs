//! Files of flights that are changed after the leader has ended and before a waiting caller reads them.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use cacheback::ExitStatus;
use cacheback::program::codec::seal::Seal;
use cacheback::program::flight::{
    Attempt, Directory, Flights as _, Lead as _, Outcome, Output, TRANSCRIPT_AT, Wait as _, Waited,
};
use cacheback::program::model::key::Key;
use cacheback::program::model::time::Moment;
use cacheback::program::store::ResultId;
use tempfile::TempDir;

use super::super::random::Random;
use super::damage::spoil;

/// Bytes of a transcript: none, within a page, over some, over many.
const SIZES: [usize; 4] = [0, 40, 20_000, 300_000];
const DEADLINE: Duration = Duration::from_secs(10);

/// How many outcomes were used and how many refused.
#[derive(Default)]
pub struct Counts {
    pub served: u64,
    pub refused: u64,
}

pub struct Flights {
    directory: TempDir,
}

impl Flights {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// Lets one flight land, changes its file, and joins it.
    pub fn try_mutant(&self, mut random: Random, counts: &mut Counts) {
        let key = Key([random.next() as u8; 32]);
        let Ok(Attempt::Leads(flight)) = Directory(self.directory.path()).attempt(&key) else {
            panic!("another leads")
        };
        let Ok(Attempt::Busy(waiting)) = Directory(self.directory.path()).attempt(&key) else { panic!("no one leads") };
        flight.sign();
        let transcript: Vec<u8> = (0..*random.pick(&SIZES)).map(|_| random.next() as u8).collect();
        flight.file().write_all_at(&transcript, TRANSCRIPT_AT).expect("a file of ours");
        let output = match random.index(6) {
            0 => Output::Stored(ResultId::from_bits(random.next())),
            1 => Output::TooLarge(random.next()),
            _ => Output::InFile(Seal::of(&transcript)),
        };
        let outcome = Outcome { began: Moment::now(), status: ExitStatus::Exited(random.next() as u8), output };
        let file = flight.file().try_clone().expect("a descriptor");
        flight.end(Some(outcome)).expect("a file of ours");
        if !random.one_in(20) {
            change(&file, &mut random);
        }
        // A file of one byte means that the outcome could not be written.
        let is_lost = file.metadata().expect("a descriptor").len() == 1;
        // Closing the last descriptor of the leader releases the lock.
        drop(file);
        let waited = waiting.wait(Some(DEADLINE), Duration::MAX, |_, _| Duration::MAX);
        let is_served = match waited.expect("a file of ours") {
            Waited::Landed(landed) if is_lost => {
                assert_eq!(landed.outcome.output, Output::TooLarge(u64::MAX), "a lost outcome was read");
                false
            }
            Waited::Landed(landed) => {
                assert_eq!(landed.outcome, outcome, "another outcome was read");
                match (output, landed.transcript()) {
                    (Output::InFile(_), Some(mut found)) => {
                        let mut bytes = Vec::new();
                        found.read_to_end(&mut bytes).expect("a file of ours");
                        assert!(bytes == transcript, "another transcript was read");
                        true
                    }
                    (Output::InFile(_), None) => false,
                    (_, found) => found.is_none(),
                }
            }
            Waited::Again | Waited::Dismissed(_) => false,
            Waited::Leads(_) | Waited::TimedOut | Waited::InItself => panic!("a flight that has ended is in progress"),
        };
        let count = if is_served { &mut counts.served } else { &mut counts.refused };
        *count += 1;
    }
}

fn change(file: &File, random: &mut Random) {
    let mut bytes = vec![0; file.metadata().expect("it is open").len() as usize];
    file.read_exact_at(&mut bytes, 0).expect("a file of ours");
    if random.one_in(3) {
        // The outcome is small beside most transcripts, so it is chosen more often.
        let at = random.index(64);
        bytes[at] ^= 1 << random.index(8);
    } else {
        spoil(&mut bytes, random);
    }
    file.set_len(0).and_then(|()| file.write_all_at(&bytes, 0)).expect("a file of ours");
}
