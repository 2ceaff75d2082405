//! A flight that this process leads, and one that has ended.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{FlightToken, TranscriptReader, fleet, record};
use crate::flight::{Lead, Leader, Outcome, Output, RemoteLeader};
use crate::sys::file;

/// A flight that this process leads. If it is dropped, the next caller leads.
#[derive(Debug)]
pub struct Flight {
    file: File,
    path: PathBuf,
    dead: Option<FlightToken>,
}

/// A flight that has ended, with its file.
#[derive(Debug)]
pub struct Landed {
    /// How it ended.
    pub outcome: Outcome,
    pub(super) file: File,
}

impl Flight {
    pub(super) fn begin(file: File, path: PathBuf) -> io::Result<Self> {
        let mut dead = None;
        if file.metadata()?.len() > 0 {
            dead = fleet::read_token(&file);
            file.set_len(0)?;
        }
        Ok(Self { file, path, dead })
    }
}

impl Lead for Flight {
    fn sign(&self) {
        // If this fails, waiters do not know the leader.
        let _ = record::write_leader(&self.file, &Leader::this());
    }

    fn follow(&self, remote: Option<&RemoteLeader>) {
        self.sign();
        // If this fails, waiters do not know the other host.
        let _ = fleet::write_remote(&self.file, remote);
    }

    fn dead(&self) -> Option<FlightToken> {
        self.dead
    }

    fn succeed(&mut self, token: FlightToken) {
        self.dead = Some(token);
    }

    fn leave(&self, token: FlightToken) -> io::Result<()> {
        fleet::write_token(&self.file, token)
    }

    fn left(&self) -> Option<FlightToken> {
        fleet::read_token(&self.file)
    }

    fn is_dismissed(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }

    fn file(&self) -> &File {
        &self.file
    }

    fn scratch(&self) -> io::Result<File> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        file::nameless(directory)
    }

    fn hand_over(self) {
        drop(self.file);
    }

    fn land(&self, outcome: Option<Outcome>) -> io::Result<()> {
        let written = outcome.map_or(Ok(()), |outcome| record::write_outcome(&self.file, &outcome));
        // If the file has no name, the path is another flight's by now.
        let removed = self.file.metadata().and_then(|metadata| match metadata.nlink() {
            0 => Ok(()),
            _ => std::fs::remove_file(&self.path),
        });
        self.file.unlock()?;
        removed.and(written)
    }

    fn end_with(self, outcome: Outcome) -> io::Result<Landed> {
        self.land(Some(outcome))?;
        Ok(Landed { outcome, file: self.file })
    }
}

impl Landed {
    /// Unlocks the file, so that the next waiter gets the outcome. The file stays readable.
    ///
    /// # Errors
    ///
    /// The file cannot be unlocked.
    pub fn pass_on(&self) -> io::Result<()> {
        self.file.unlock()
    }

    /// The transcript, if the outcome says that it is in the file; `None` if it is not, or not as the leader wrote it.
    pub fn transcript(&self) -> Option<impl Read> {
        let Output::InFile(seal) = self.outcome.output else { return None };
        seal.verify(|| TranscriptReader::new(&self.file, 0, seal.size))
    }
}
