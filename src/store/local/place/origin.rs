//! Whether the file in the place of the database is ours, judged by its content.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{APPLICATION_ID, FileId, Place, existing};
use crate::sys::file::NO_WAIT;
use crate::sys::lock::{Lock, lock_for_process};

/// What a database of SQLite begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// So many bytes at the beginning of a file are enough to recognise it.
const BEGINNING: usize = 4096;
/// Where the header of a database has its format for writing and that for reading: 1 with a rollback journal, 2 with
/// write-ahead logging. <https://www.sqlite.org/fileformat2.html#the_database_header>
const FORMATS: std::ops::Range<usize> = 18..20;
const ROLLBACK: [u8; 2] = [1, 1];
const WRITE_AHEAD: [u8; 2] = [2, 2];
/// The bytes by which SQLite locks a file.
const LOCK_FIRST: i64 = 0x4000_0000;
const LOCK_SIZE: i64 = 512;

/// What the beginning of a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
    /// It has our application id.
    Ours,
    /// The same, but a database tool has switched it to write-ahead logging.
    WriteAhead,
    /// It is a database with another application id, or with none.
    OtherDatabase,
    /// It is no database.
    NoDatabase { is_text: bool },
    /// There is nothing in it.
    Empty,
}

impl Beginning {
    fn of(file: &File) -> io::Result<Self> {
        let mut bytes = [0; BEGINNING];
        let mut length = 0;
        while length < BEGINNING {
            match file.read_at(&mut bytes[length..], length as u64)? {
                0 => break,
                read => length += read,
            }
        }
        Ok(Self::from_bytes(&bytes[..length]))
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        match bytes.get(68..72) {
            Some(id) if bytes.starts_with(MAGIC) => match id == APPLICATION_ID.to_be_bytes() {
                true if bytes[FORMATS] == WRITE_AHEAD => Self::WriteAhead,
                true => Self::Ours,
                false => Self::OtherDatabase,
            },
            // A file that ends within these letters is a database that was cut off.
            _ => Self::NoDatabase { is_text: !bytes.contains(&0) && !MAGIC.starts_with(bytes) },
        }
    }
}

/// What an unreadable file in the place of the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A damaged database of ours.
    Ours,
    /// A database of ours with write-ahead logging.
    WriteAhead,
    /// Not a cache.
    Foreign,
}

impl Place {
    /// Whose the file is. It is left open: closing it would drop the locks that this process has on it.
    pub(in crate::store) fn origin(&self) -> io::Result<Origin> {
        let file = ManuallyDrop::new(open(self.real_path())?);
        self.origin_of(&file)
    }

    pub(crate) fn origin_of(&self, file: &File) -> io::Result<Origin> {
        Ok(match Beginning::of(file)? {
            Beginning::WriteAhead => Origin::WriteAhead,
            Beginning::Ours | Beginning::Empty => Origin::Ours,
            Beginning::OtherDatabase => Origin::Foreign,
            // Damage may have destroyed the beginning. Then the directory of flights shows that the file is ours, also
            // in the default place. Damage does not turn a database into text.
            Beginning::NoDatabase { is_text: false } if self.flights_dir().is_dir() => Origin::Ours,
            Beginning::NoDatabase { .. } => Origin::Foreign,
        })
    }

    /// Switches the database back from write-ahead logging, which this program's SQLite may lack, unless another
    /// program has it open or has left data in its log. Returns whether the file has a rollback journal now.
    ///
    /// Closes the file: no connection of this process to it may be open.
    pub(in crate::store) fn leave_write_ahead(&self) -> io::Result<bool> {
        let file = File::options().read(true).write(true).custom_flags(NO_WAIT).open(self.real_path())?;
        if self.file.is_none_or(|known| file.metadata().is_ok_and(|metadata| FileId::of(&metadata) != known)) {
            return Ok(false);
        }
        if !matches!(lock_for_process(&file, Lock::Exclusive, LOCK_FIRST, LOCK_SIZE), Ok(true)) {
            return Ok(false);
        }
        match Beginning::of(&file)? {
            Beginning::WriteAhead => {}
            beginning => return Ok(beginning == Beginning::Ours),
        }
        let log = self.write_ahead_log();
        if existing(log.metadata())?.is_some_and(|log| log.len() > 0) {
            return Ok(false);
        }
        file.write_all_at(&ROLLBACK, FORMATS.start as u64)?;
        existing(std::fs::remove_file(log))?;
        existing(std::fs::remove_file(self.beside("-shm")))?;
        Ok(true)
    }

    /// Where write-ahead logging leaves what it has not written to the database yet.
    pub(in crate::store) fn write_ahead_log(&self) -> PathBuf {
        self.beside("-wal")
    }

    /// Whether the file, or something beside it, was certainly made by this program.
    ///
    /// This process must have no connection to it: closing the file drops every lock.
    pub fn is_cache(&self) -> bool {
        let says_so = || matches!(open(self.real_path()).and_then(|file| self.origin_of(&file)), Ok(Origin::Ours));
        self.is_default() || self.flights_dir().is_dir() || says_so()
    }

    fn is_default(&self) -> bool {
        Self::default_path().is_ok_and(|path| path == self.path)
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().read(true).custom_flags(NO_WAIT).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(id: u32, formats: [u8; 2]) -> Vec<u8> {
        let mut bytes = vec![0; BEGINNING];
        bytes[..16].copy_from_slice(b"SQLite format 3\0");
        bytes[FORMATS].copy_from_slice(&formats);
        bytes[68..72].copy_from_slice(&id.to_be_bytes());
        bytes
    }

    #[test]
    fn the_beginning_tells_whose_a_file_is() {
        for (bytes, expected) in [
            (vec![], Beginning::Empty),
            (database(APPLICATION_ID, ROLLBACK), Beginning::Ours),
            (database(APPLICATION_ID, WRITE_AHEAD), Beginning::WriteAhead),
            (database(0, ROLLBACK), Beginning::OtherDatabase),
            (database(7, WRITE_AHEAD), Beginning::OtherDatabase),
            (database(APPLICATION_ID, ROLLBACK)[..50].to_vec(), Beginning::NoDatabase { is_text: false }),
            (b"SQL".to_vec(), Beginning::NoDatabase { is_text: false }),
            (b"# Notes\n".to_vec(), Beginning::NoDatabase { is_text: true }),
        ] {
            assert_eq!(Beginning::from_bytes(&bytes), expected);
        }
    }
}
