//! How far a process has come that may be killed or hang, for another process to read.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A file with one number.
pub struct Progress {
    path: PathBuf,
    file: fs::File,
}

impl Progress {
    pub fn at(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Self { path: path.to_owned(), file })
    }

    pub fn note(&self, number: u64) {
        // It only serves to tell where a failure was.
        let _ = self.file.write_all_at(&number.to_le_bytes(), 0);
    }

    pub fn read(&self) -> u64 {
        let bytes = fs::read(&self.path).unwrap_or_default();
        bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}
