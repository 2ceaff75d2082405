//! What is in a flight's file: the outcome, the leader, and a transcript.
//!
//! | bytes | |
//! |---|---|
//! | 0 to 63 | the outcome, when there is one |
//! | 32 to 63 | until then, the leader |
//! | 64 to 191 | the data of shared calls: see `fleet.rs` |
//! | from 192 on | a transcript, or a part of one |

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use crate::codec::record::{Reader, Record};
use crate::codec::seal::Seal;
use crate::flight::{Leader, Outcome, Output};
use crate::model::exit::ExitStatus;
use crate::model::time::Moment;
use crate::store::ResultId;

/// Where the transcript begins.
pub const TRANSCRIPT_AT: u64 = 192;

/// The digit changes with the layout, so that an outcome in the layout of another version is not read.
const OUTCOME: [u8; 4] = *b"CBF3";
const OUTCOME_SIZE: usize = 64;

/// Zeroes before the checksum of an outcome.
const RESERVED: usize = 16;

const LEADER: [u8; 4] = *b"CBL2";
const LEADER_AT: u64 = 32;
const LEADER_SIZE: usize = 32;

/// The size of a file whose outcome could not be written: to set it takes no room on a full disk. No other file has it.
const LOST: u64 = 1;

/// Writes the outcome. If that fails, waiters still find that there was one.
pub(super) fn write_outcome(file: &File, outcome: &Outcome) -> io::Result<()> {
    let (kind, value, checksum) = match outcome.output {
        Output::Stored(id) => (1, id.bits(), 0),
        Output::InFile(seal) => (2, seal.size, seal.checksum),
        Output::TooLarge(limit) => (3, limit, 0),
    };
    let record = Record::<OUTCOME_SIZE>::default()
        .put(OUTCOME)
        .put(outcome.status.to_bytes())
        .put([kind, 0])
        .put(outcome.began.as_nanos().to_le_bytes())
        .put(value.to_le_bytes())
        .put(checksum.to_le_bytes())
        .put([0; RESERVED]);
    file.write_all_at(&record.sealed().bytes(), 0).inspect_err(|_| {
        // If this fails as well, waiters run the command one after another.
        let _ = file.set_len(LOST);
    })
}

pub(super) fn read_outcome(file: &File) -> io::Result<Option<Outcome>> {
    let mut bytes = [0; OUTCOME_SIZE];
    match file.read_exact_at(&mut bytes, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Ok((file.metadata()?.len() == LOST).then(lost_outcome))
        }
        other => other.map(|()| decode_outcome(&bytes)),
    }
}

fn decode_outcome(bytes: &[u8]) -> Option<Outcome> {
    let mut record = Reader::new(bytes);
    let (magic, status, [kind, _]) = (record.take()?, record.take()?, record.take()?);
    let (began, value, checksum) = (Moment::from_nanos(record.u64()?), record.u64()?, record.u128()?);
    record.take::<RESERVED>()?;
    if magic != OUTCOME || !record.is_sealed() {
        return None;
    }
    let output = match kind {
        1 => Output::Stored(ResultId::from_bits(value)),
        2 => Output::InFile(Seal { size: value, checksum }),
        _ => Output::TooLarge(value),
    };
    Some(Outcome { began, status: ExitStatus::from_bytes(status)?, output })
}

/// An outcome without an output, which counts as new for every waiter.
fn lost_outcome() -> Outcome {
    Outcome { began: Moment::now(), status: ExitStatus::Failed, output: Output::TooLarge(u64::MAX) }
}

pub(super) fn write_leader(file: &File, leader: &Leader) -> io::Result<()> {
    let record = Record::<LEADER_SIZE>::default()
        .put(LEADER)
        .put(leader.pid.to_le_bytes())
        .put(leader.began.as_nanos().to_le_bytes());
    file.write_all_at(&record.sealed().bytes(), LEADER_AT)
}

/// The leader; `None` if it is not written yet, or the outcome is in its place.
pub(super) fn read_leader(file: &File) -> Option<Leader> {
    let mut bytes = [0; LEADER_SIZE];
    file.read_exact_at(&mut bytes, LEADER_AT).ok()?;
    let mut record = Reader::new(&bytes);
    let (magic, pid, began) = (record.take()?, record.u32()?, Moment::from_nanos(record.u64()?));
    (magic == LEADER && record.is_sealed()).then_some(Leader { pid, began, is_stopped: false })
}

/// Reads part of a transcript from a flight's file without moving the descriptor's own position.
#[derive(Debug)]
pub struct TranscriptReader<'a> {
    file: &'a File,
    position: u64,
    end: u64,
}

impl<'a> TranscriptReader<'a> {
    /// From byte `from` of the transcript up to byte `to`.
    pub fn new(file: &'a File, from: u64, to: u64) -> Self {
        Self { file, position: TRANSCRIPT_AT + from, end: TRANSCRIPT_AT + to }
    }
}

impl Read for TranscriptReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..wanted], self.position)?;
        if read == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::flight::file) fn outcome_with(transcript: &[u8]) -> Outcome {
        let output = Output::InFile(Seal::of(transcript));
        Outcome { began: Moment::now(), status: ExitStatus::Exited(3), output }
    }

    #[test]
    fn an_outcome_is_read() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(read_outcome(&file).unwrap(), None);
        for output in [
            Output::Stored(ResultId::from_bits(u64::MAX - 4)),
            Output::InFile(Seal::of(b"hello")),
            Output::TooLarge(u64::MAX),
        ] {
            let outcome = Outcome { output, ..outcome_with(b"") };
            write_outcome(&file, &outcome).unwrap();
            assert_eq!(read_outcome(&file).unwrap(), Some(outcome));
        }
    }

    #[test]
    fn a_damaged_outcome_is_none() {
        let file = tempfile::tempfile().unwrap();
        write_outcome(&file, &outcome_with(b"hello")).unwrap();
        for at in 0..OUTCOME_SIZE as u64 {
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], at).unwrap();
            assert_eq!(read_outcome(&file).unwrap(), None, "byte {at}");
            file.write_all_at(&byte, at).unwrap();
        }
        assert!(read_outcome(&file).unwrap().is_some());
    }

    #[test]
    fn the_outcome_of_another_version_is_none() {
        let file = tempfile::tempfile().unwrap();
        let mut bytes = [0; 24];
        bytes[..7].copy_from_slice(b"CBF1\x01\x00\x02");
        let bytes = Record::<OUTCOME_SIZE>::default().put(bytes).sealed().bytes();
        file.write_all_at(&bytes, 0).unwrap();
        assert_eq!(read_outcome(&file).unwrap(), None);
    }

    #[test]
    fn a_leader_is_no_outcome_and_an_outcome_is_no_leader() {
        let file = tempfile::tempfile().unwrap();
        write_leader(&file, &Leader::this()).unwrap();
        assert_eq!(read_outcome(&file).unwrap(), None);
        write_outcome(&file, &outcome_with(b"hello")).unwrap();
        assert_eq!(read_leader(&file), None);
    }

    #[test]
    fn a_leader_is_read_and_damage_is_noticed() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(read_leader(&file), None);
        let leader = Leader::this();
        write_leader(&file, &leader).unwrap();
        assert_eq!(read_leader(&file), Some(leader));
        for at in 0..24 {
            let mut byte = [0];
            file.read_exact_at(&mut byte, LEADER_AT + at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], LEADER_AT + at).unwrap();
            assert_eq!(read_leader(&file), None, "byte {at}");
            file.write_all_at(&byte, LEADER_AT + at).unwrap();
        }
    }
}
