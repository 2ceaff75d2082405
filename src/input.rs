//! Standard input that is part of the key: read to its end once, hashed, and given to the command.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::AsRawFd;

use sha2::{Digest as _, Sha256};

use crate::key::Digest;

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
    /// `source` cannot be read, or the temporary directory cannot hold it.
    pub fn read(mut source: impl Read) -> io::Result<Self> {
        let mut file = nameless_file()?;
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
                        file = in_memory(&file, written)?;
                        file.write_all(&piece[..size])?;
                    }
                    written += size as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
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

/// A file in memory with the first `size` bytes of `file`.
fn in_memory(file: &File, size: u64) -> io::Result<File> {
    let mut memory = memory_file()?;
    let mut whole = file.try_clone()?;
    whole.rewind()?;
    io::copy(&mut whole.take(size), &mut memory)?;
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
