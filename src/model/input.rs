//! Standard input that is part of the key: read to its end once, hashed, and given to the command.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use crate::sys::error::words;
use crate::sys::{errno, file};

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// The most bytes of standard input that a call keeps. Longer input is passed on and not kept.
pub const INPUT_MAX: u64 = 1024 * 1024 * 1024;

/// The most bytes of standard input that are kept in memory if the temporary directory has no room.
const MEMORY: u64 = 64 * 1024 * 1024;

/// Captured standard input, in a file without a name.
#[derive(Debug)]
pub struct Input {
    digest: Digest,
    file: File,
}

impl Input {
    /// Reads all of `source`, at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// `source` cannot be read, or is longer, or neither the temporary directory nor memory has room for it.
    pub fn read(mut source: impl Read, limit: u64) -> Result<Self, InputError> {
        let mut spool = match Spool::new(limit) {
            Ok(spool) => spool,
            Err(error) => return Err(NotKept { why: error.into(), spool: None, piece: Vec::new() }.into()),
        };
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE];
        loop {
            match source.read(&mut piece) {
                Ok(0) => break,
                Ok(size) => {
                    hash.update(&piece[..size]);
                    if let Err(why) = spool.append(&piece[..size]) {
                        piece.truncate(size);
                        return Err(NotKept { why, spool: Some(spool), piece }.into());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(InputError::Unreadable(error)),
            }
        }
        Ok(Self { digest: hash.finalize().into(), file: spool.file })
    }

    /// SHA-256 of the bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The bytes from their beginning, for one reader at a time.
    ///
    /// # Errors
    ///
    /// The process has too many open files.
    pub fn open(&self) -> io::Result<File> {
        file::opened_again(&self.file)
    }
}

/// Why standard input cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It cannot be read.
    #[error("reading standard input: {}", words(.0))]
    Unreadable(io::Error),
    /// It can be read, but not kept.
    #[error(transparent)]
    NotKept(#[from] NotKept),
}

/// The part of the input that was read until it could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("standard input cannot be kept: {why}")]
pub struct NotKept {
    why: Why,
    spool: Option<Spool>,
    /// What was read and is not in the spool.
    piece: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error("{}", words(.0))]
    Refused(#[from] io::Error),
}

impl NotKept {
    /// Whether the input is longer than the limit.
    pub fn is_too_large(&self) -> bool {
        matches!(self.why, Why::TooLarge(_))
    }

    /// What was read.
    ///
    /// # Errors
    ///
    /// The spool cannot be read.
    pub fn so_far(self) -> io::Result<impl Read> {
        let (mut file, size) = match self.spool {
            Some(Spool { file, size, .. }) => (file, size),
            None => (File::open("/dev/null")?, 0),
        };
        file.rewind()?;
        Ok(file.take(size).chain(io::Cursor::new(self.piece)))
    }
}

/// Bytes in a file without a name.
#[derive(Debug)]
struct Spool {
    file: File,
    /// Bytes of the input in the file. After an error the file may be longer.
    size: u64,
    limit: u64,
    is_memory: bool,
}

impl Spool {
    fn new(limit: u64) -> io::Result<Self> {
        let (file, is_memory) = match temporary_file() {
            Ok(file) => (file, false),
            Err(_) => (file::in_memory(c"cacheback-stdin")?, true),
        };
        Ok(Self { file, size: 0, limit, is_memory })
    }

    fn append(&mut self, piece: &[u8]) -> Result<(), Why> {
        let size = self.size + piece.len() as u64;
        if size > self.limit {
            return Err(Why::TooLarge(self.limit));
        }
        if self.is_memory && size > MEMORY {
            return Err(io::Error::from_raw_os_error(errno::ENOSPC).into());
        }
        if let Err(error) = self.file.write_all(piece) {
            // The temporary directory is full: use memory.
            if self.is_memory || size > MEMORY {
                return Err(error.into());
            }
            self.file = in_memory(&self.file, self.size, piece)?;
            self.is_memory = true;
        }
        self.size = size;
        Ok(())
    }
}

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Input {}

/// A file without a name in the temporary directory, or in memory if that directory has no room.
pub fn nameless_file() -> io::Result<File> {
    temporary_file().or_else(|_| file::in_memory(c"cacheback-stdin"))
}

fn temporary_file() -> io::Result<File> {
    file::nameless(&std::env::temp_dir())
}

/// A file in memory with the first `size` bytes of `file`, and `piece`.
fn in_memory(file: &File, size: u64, piece: &[u8]) -> io::Result<File> {
    let mut memory = file::in_memory(c"cacheback-stdin")?;
    let mut whole = file.try_clone()?;
    whole.rewind()?;
    io::copy(&mut whole.take(size), &mut memory)?;
    memory.write_all(piece)?;
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_can_be_read_more_than_once() {
        let bytes: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
        let input = Input::read(&bytes[..], INPUT_MAX).unwrap();
        assert_eq!(input.digest(), crate::model::digest::digest(&bytes));
        for _ in 0..2 {
            let mut again = Vec::new();
            input.open().unwrap().read_to_end(&mut again).unwrap();
            assert_eq!(again, bytes);
        }
    }

    #[test]
    fn input_that_is_too_large_is_not_kept_and_not_lost() {
        let bytes: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
        let Err(InputError::NotKept(input)) = Input::read(&bytes[..], 150_000) else { panic!("it is too large") };
        assert!(input.is_too_large());
        let mut so_far = Vec::new();
        input.so_far().unwrap().read_to_end(&mut so_far).unwrap();
        assert!(so_far.len() > 150_000 && bytes.starts_with(&so_far), "{} bytes", so_far.len());
        assert!(Input::read(&bytes[..], 200_000).is_ok());
    }
}
