//! The seal of a transcript that passes through a file: its size and checksum. If they differ, it is not used.

use std::io::{self, Read};

use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

/// Bytes that are checked at a time when a transcript is read again.
const PIECE: u64 = 512 * 1024;

/// The size of a transcript, and its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// In bytes.
    pub size: u64,
    /// XXH3 of these bytes.
    pub checksum: u128,
}

impl Seal {
    /// The seal of a transcript in memory.
    pub fn of(transcript: &[u8]) -> Self {
        Self { size: transcript.len() as u64, checksum: xxh3_128(transcript) }
    }

    /// Reads the transcript that `open` returns, and returns a reader of it; `None` if it is damaged or unreadable.
    ///
    /// The reader reads the transcript again, and fails where it has changed since.
    pub fn verify<R: Read>(&self, open: impl Fn() -> R) -> Option<Verified<R>> {
        let mut transcript = Sealed::new(open(), *self);
        let mut checksums = Vec::new();
        let mut piece = Vec::with_capacity(PIECE.min(self.size) as usize);
        while read_piece(&mut transcript, &mut piece).ok()? > 0 {
            checksums.push(xxh3_128(&piece));
        }
        piece.clear();
        Some(Verified { transcript: open().take(self.size), checksums: checksums.into_iter(), piece, at: 0 })
    }
}

/// Replaces `piece` by the next one.
fn read_piece(transcript: &mut impl Read, piece: &mut Vec<u8>) -> io::Result<usize> {
    piece.clear();
    transcript.take(PIECE).read_to_end(piece)
}

/// The seal of a transcript that arrives piece by piece.
#[derive(Clone, Default)]
pub struct Sealing {
    size: u64,
    hash: Xxh3Default,
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sealing").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Sealing {
    /// The next piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.size += piece.len() as u64;
        self.hash.update(piece);
    }

    /// Bytes of the pieces up to now.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The seal of all of them.
    pub fn seal(&self) -> Seal {
        Seal { size: self.size, checksum: self.hash.digest128() }
    }
}

/// A transcript whose last piece can be read only if all of it fits its seal.
#[derive(Debug)]
pub struct Sealed<R> {
    transcript: R,
    expected: Seal,
    found: Sealing,
}

impl<R: Read> Sealed<R> {
    /// `transcript`, which is as long as `expected` says.
    pub fn new(transcript: R, expected: Seal) -> Self {
        Self { transcript, expected, found: Sealing::default() }
    }
}

impl<R: Read> Read for Sealed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.expected.size - self.found.size).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.transcript.read(&mut buffer[..wanted])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.found.add(&buffer[..read]);
        if read == left && self.found.seal() != self.expected {
            return Err(damaged());
        }
        Ok(read)
    }
}

/// A transcript that fits its seal, a piece at a time.
#[derive(Debug)]
pub struct Verified<R> {
    transcript: io::Take<R>,
    /// The checksums of the pieces that are still to be read.
    checksums: std::vec::IntoIter<u128>,
    piece: Vec<u8>,
    /// How many bytes of `piece` were returned.
    at: usize,
}

impl<R: Read> Read for Verified<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len()
            && let Some(expected) = self.checksums.next()
        {
            self.at = 0;
            read_piece(&mut self.transcript, &mut self.piece)?;
            if xxh3_128(&self.piece) != expected {
                self.piece.clear();
                return Err(damaged());
            }
        }
        let read = (&self.piece[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the transcript in the file is damaged")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SIZE: usize = 2_000_000;

    fn transcript() -> Vec<u8> {
        (0..SIZE).map(|number| (number % 251) as u8).collect()
    }

    fn read(mut reader: impl Read) -> (Vec<u8>, Option<io::ErrorKind>) {
        let mut bytes = Vec::new();
        let error = reader.read_to_end(&mut bytes).err().map(|error| error.kind());
        (bytes, error)
    }

    #[test]
    fn the_seal_of_pieces_is_that_of_the_whole() {
        for size in [7, 4096, SIZE] {
            let mut sealing = Sealing::default();
            transcript().chunks(size).for_each(|piece| sealing.add(piece));
            assert_eq!(sealing.seal(), Seal::of(&transcript()));
        }
        assert_eq!(Sealing::default().seal(), Seal::of(b""));
    }

    #[test]
    fn what_fits_its_seal_is_read_to_its_end_and_no_further() {
        for bytes in [&b""[..], b"one", &transcript()[..PIECE as usize], &transcript()] {
            let (seal, more) = (Seal::of(bytes), [bytes, b"more"].concat());
            assert!(read(Sealed::new(&more[..], seal)) == (bytes.to_vec(), None));
            assert!(read(seal.verify(|| &more[..]).unwrap()) == (bytes.to_vec(), None));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_before_its_end() {
        let (transcript, seal) = (transcript(), Seal::of(&transcript()));
        assert!(seal.verify(|| &transcript[..SIZE - 1]).is_none(), "one byte less");
        for at in [0, SIZE / 2, SIZE - 1] {
            let mut damaged = transcript.clone();
            damaged[at] ^= 1;
            assert!(seal.verify(|| &damaged[..]).is_none(), "byte {at}");
            let (bytes, error) = read(Sealed::new(&damaged[..], seal));
            assert_eq!(error, Some(io::ErrorKind::InvalidData));
            assert!(bytes.len() < SIZE);
        }
    }

    #[test]
    fn what_changes_after_it_was_verified_is_not_returned() {
        let (transcript, seal) = (transcript(), Seal::of(&transcript()));
        let mut damaged = transcript.clone();
        damaged[SIZE - 1] ^= 1;
        for later in [&damaged[..], &damaged[..SIZE - 1]] {
            let is_later = Cell::new(false);
            let open = || if is_later.replace(true) { later } else { &transcript[..] };
            let (bytes, error) = read(seal.verify(open).unwrap());
            assert_eq!(error, Some(io::ErrorKind::InvalidData));
            assert!(transcript.starts_with(&bytes) && bytes.len() >= SIZE - PIECE as usize);
        }
    }
}
