//! Who leads a flight: written into its file for those who wait, between the outcome and the transcript.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use crate::codec::record::{Reader, Record};
use crate::model::time::Moment;
use crate::sys::proc;

/// The process that fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its number; it passes on a signal to the command.
    pub pid: u32,
    /// When it began.
    pub began: Moment,
    /// A signal had stopped it (Ctrl-Z) when it was looked at; not written anywhere.
    pub is_stopped: bool,
}

const MAGIC: [u8; 4] = *b"CBL1";

/// Behind the outcome.
const AT: u64 = 32;

const SIZE: usize = 32;

impl Leader {
    /// This process, beginning now.
    pub fn this() -> Self {
        Self { pid: std::process::id(), began: Moment::now(), is_stopped: false }
    }

    /// For how long it has been fetching.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(Moment::now().as_nanos().saturating_sub(self.began.as_nanos()))
    }

    /// Finds out whether it is stopped. It has to be a process that has `flight` open: in another container its number
    /// means something else.
    pub(super) fn looked_at(self, flight: &File) -> Self {
        Self { is_stopped: proc::is_stopped(self.pid) && proc::has_open(self.pid, flight), ..self }
    }

    pub(super) fn write(&self, file: &File) -> io::Result<()> {
        let record =
            Record::<SIZE>::default().put(MAGIC).put(self.pid.to_le_bytes()).put(self.began.as_nanos().to_le_bytes());
        file.write_all_at(&record.sealed().bytes(), AT)
    }

    /// `None` if it is not written yet, or not any more.
    pub(super) fn read(file: &File) -> Option<Self> {
        let mut bytes = [0; SIZE];
        file.read_exact_at(&mut bytes, AT).ok()?;
        let mut record = Reader::new(&bytes);
        let (magic, pid, began) = (record.take()?, record.u32()?, Moment::from_nanos(record.u64()?));
        (magic == MAGIC && record.is_sealed()).then_some(Self { pid, began, is_stopped: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_noticed() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Leader::read(&file), None);
        let leader = Leader::this();
        leader.write(&file).unwrap();
        assert_eq!(Leader::read(&file), Some(leader));
        for at in 0..24 {
            let mut byte = [0];
            file.read_exact_at(&mut byte, AT + at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], AT + at).unwrap();
            assert_eq!(Leader::read(&file), None, "byte {at}");
            file.write_all_at(&byte, AT + at).unwrap();
        }
    }
}
