//! What stands in a flight's file: how the flight ended, and a transcript behind that.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use super::TRANSCRIPT_AT;
use crate::codec::record::{Reader, Record};
use crate::codec::seal::Seal;
use crate::model::exit::ExitStatus;
use crate::model::time::Moment;
use crate::store::ResultId;

/// The digit changes with what follows, so that what another version wrote is no outcome.
const MAGIC: [u8; 4] = *b"CBF2";

/// Zeroes before the checksum.
const RESERVED: usize = 16;

/// How a flight ended, for those who waited for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// When the fetch began.
    pub began: Moment,
    /// How the command ended.
    pub status: ExitStatus,
    /// Where its output is.
    pub output: Output,
}

/// Where the output of a flight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// In the store, under this name.
    Stored(ResultId),
    /// In the flight's own file: a transcript with this seal.
    InFile(Seal),
    /// Nowhere: it was larger than the leader's limit of so many bytes, or than there was room for.
    TooLarge(u64),
}

/// The size of a file whose outcome could not be written, which takes no room on a full disk. No other has it.
const LOST: u64 = 1;

impl Outcome {
    /// Writes it; if that fails, those who wait find at least that there was one.
    pub(super) fn write(&self, file: &File) -> io::Result<()> {
        self.write_bytes(file).inspect_err(|_| {
            // If this fails too they try again, one after another.
            let _ = file.set_len(LOST);
        })
    }

    fn write_bytes(&self, file: &File) -> io::Result<()> {
        let (kind, value, checksum) = match self.output {
            Output::Stored(id) => (1, id.bits(), 0),
            Output::InFile(seal) => (2, seal.size, seal.checksum),
            Output::TooLarge(limit) => (3, limit, 0),
        };
        let record = Record::<{ TRANSCRIPT_AT as usize }>::default()
            .put(MAGIC)
            .put(self.status.to_bytes())
            .put([kind, 0])
            .put(self.began.as_nanos().to_le_bytes())
            .put(value.to_le_bytes())
            .put(checksum.to_le_bytes())
            .put([0; RESERVED]);
        file.write_all_at(&record.sealed().bytes(), 0)
    }

    pub(super) fn read(file: &File) -> io::Result<Option<Self>> {
        let mut bytes = [0; TRANSCRIPT_AT as usize];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Ok((file.metadata()?.len() == LOST).then(Self::lost));
            }
            other => other?,
        }
        Ok(Self::decode(&bytes))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut record = Reader::new(bytes);
        let (magic, status, [kind, _]) = (record.take()?, record.take()?, record.take()?);
        let (began, value, checksum) = (Moment::from_nanos(record.u64()?), record.u64()?, record.u128()?);
        record.take::<RESERVED>()?;
        if magic != MAGIC || !record.is_sealed() {
            return None;
        }
        let output = match kind {
            1 => Output::Stored(ResultId::from_bits(value)),
            2 => Output::InFile(Seal { size: value, checksum }),
            _ => Output::TooLarge(value),
        };
        Some(Self { began, status: ExitStatus::from_bytes(status)?, output })
    }

    /// What could not be written is of no use to anybody, whenever they asked.
    fn lost() -> Self {
        Self { began: Moment::now(), status: ExitStatus::Failed, output: Output::TooLarge(u64::MAX) }
    }
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
    use crate::flight::Leader;

    pub(in crate::flight) fn outcome_with(transcript: &[u8]) -> Outcome {
        let output = Output::InFile(Seal::of(transcript));
        Outcome { began: Moment::now(), status: ExitStatus::Exited(3), output }
    }

    #[test]
    fn what_is_written_is_read() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Outcome::read(&file).unwrap(), None);
        for output in [
            Output::Stored(ResultId::from_bits(u64::MAX - 4)),
            Output::InFile(Seal::of(b"hello")),
            Output::TooLarge(u64::MAX),
        ] {
            let outcome = Outcome { output, ..outcome_with(b"") };
            outcome.write(&file).unwrap();
            assert_eq!(Outcome::read(&file).unwrap(), Some(outcome));
        }
    }

    #[test]
    fn a_damaged_outcome_is_none() {
        let file = tempfile::tempfile().unwrap();
        outcome_with(b"hello").write(&file).unwrap();
        for at in 0..TRANSCRIPT_AT {
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], at).unwrap();
            assert_eq!(Outcome::read(&file).unwrap(), None, "byte {at}");
            file.write_all_at(&byte, at).unwrap();
        }
        assert!(Outcome::read(&file).unwrap().is_some());
    }

    #[test]
    fn the_outcome_of_another_version_is_none() {
        let file = tempfile::tempfile().unwrap();
        let mut bytes = [0; 24];
        bytes[..7].copy_from_slice(b"CBF1\x01\x00\x02");
        let bytes = Record::<{ TRANSCRIPT_AT as usize }>::default().put(bytes).sealed().bytes();
        file.write_all_at(&bytes, 0).unwrap();
        assert_eq!(Outcome::read(&file).unwrap(), None);
    }

    #[test]
    fn who_leads_is_no_outcome_and_an_outcome_is_nobody_who_leads() {
        let file = tempfile::tempfile().unwrap();
        Leader::this().write(&file).unwrap();
        assert_eq!(Outcome::read(&file).unwrap(), None);
        outcome_with(b"hello").write(&file).unwrap();
        assert_eq!(Leader::read(&file), None);
    }
}
