//! Standard input that is part of the key: read to its end once, hashed, and given to the command.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;

use sha2::{Digest as _, Sha256};

use crate::key::Digest;
use crate::system::words;

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// Captured standard input, in a file without a name.
#[derive(Debug)]
pub struct Input {
    digest: Digest,
    file: File,
}

impl Input {
    /// Reads `source` to its end.
    ///
    /// # Errors
    ///
    /// `source` cannot be read, or neither the temporary directory nor memory can hold it.
    pub fn read(mut source: impl Read) -> Result<Self, InputError> {
        let mut file = match nameless_file() {
            Ok(file) => file,
            Err(error) => return Err(NotKept { error, file: None, size: 0, piece: Vec::new() }.into()),
        };
        let mut hash = Sha256::new();
        let mut written = 0;
        let mut piece = vec![0; PIECE];
        loop {
            match source.read(&mut piece) {
                Ok(0) => break,
                Ok(size) => {
                    hash.update(&piece[..size]);
                    if file.write_all(&piece[..size]).is_err() {
                        // The temporary directory is full: memory has to do.
                        file = match in_memory(&file, written, &piece[..size]) {
                            Ok(memory) => memory,
                            Err(error) => {
                                piece.truncate(size);
                                return Err(NotKept { error, file: Some(file), size: written, piece }.into());
                            }
                        };
                    }
                    written += size as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(InputError::Unreadable(error)),
            }
        }
        Ok(Self { digest: hash.finalize().into(), file })
    }

    /// SHA-256 of the bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The bytes from their beginning, for one reader at a time.
    ///
    /// # Errors
    ///
    /// Descriptors are lacking.
    pub fn open(&self) -> io::Result<File> {
        File::open(format!("/proc/self/fd/{}", self.file.as_raw_fd())).or_else(|_| {
            // Without /proc, as in a bare chroot, the descriptor itself has to do, and its position.
            let mut file = self.file.try_clone()?;
            file.rewind()?;
            Ok(file)
        })
    }
}

/// Why there is no input.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It cannot be read.
    #[error("reading standard input: {}", words(.0))]
    Unreadable(io::Error),
    /// It can be read, but there is no place for it.
    #[error(transparent)]
    NotKept(#[from] NotKept),
}

/// Input that there is no place for, as far as it was read.
#[derive(Debug, thiserror::Error)]
#[error("standard input cannot be kept: {}", words(error))]
pub struct NotKept {
    error: io::Error,
    file: Option<File>,
    /// So much of `file` counts.
    size: u64,
    /// What has been read and is not in it.
    piece: Vec<u8>,
}

impl NotKept {
    /// What was read.
    ///
    /// # Errors
    ///
    /// What was kept cannot be read.
    pub fn so_far(self) -> io::Result<impl Read> {
        let mut file = match self.file {
            Some(file) => file,
            None => File::open("/dev/null")?,
        };
        file.rewind()?;
        Ok(file.take(self.size).chain(io::Cursor::new(self.piece)))
    }
}

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Input {}

/// An unlinked file in the temporary directory; in memory where that has no room for one.
pub(crate) fn nameless_file() -> io::Result<File> {
    use nix::fcntl::{OFlag, open};
    use nix::sys::stat::Mode;
    let flags = OFlag::O_TMPFILE | OFlag::O_RDWR | OFlag::O_CLOEXEC;
    open(&std::env::temp_dir(), flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from).or_else(|_| memory_file())
}

fn memory_file() -> io::Result<File> {
    use nix::sys::memfd;
    Ok(memfd::memfd_create(c"cacheback-stdin", memfd::MFdFlags::MFD_CLOEXEC)?.into())
}

/// A file in memory with the first `size` bytes of `file`, and `piece`.
fn in_memory(file: &File, size: u64, piece: &[u8]) -> io::Result<File> {
    let mut memory = memory_file()?;
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
        let input = Input::read(&bytes[..]).unwrap();
        assert_eq!(input.digest(), crate::key::digest(&bytes));
        for _ in 0..2 {
            let mut again = Vec::new();
            input.open().unwrap().read_to_end(&mut again).unwrap();
            assert_eq!(again, bytes);
        }
    }
}
