//! The capture: the transcript of a fetch while it grows, in memory at first, then in a file.
//!
//! The file is the flight's own (see [`crate::flight`]): it has no other content while the command runs, it vanishes
//! with the flight, and those who wait for the flight can read the transcript from it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use crate::transcript::{self, Stream, Transcript};

/// A transcript is kept in memory up to this many bytes.
const IN_MEMORY: usize = 1024 * 1024;

/// Memory is taken in this step at least.
const FIRST_ALLOCATION: usize = 1024;

/// A growing transcript of bounded size.
#[derive(Debug)]
pub struct Capture<'a> {
    memory: Transcript,
    spool: &'a File,
    /// Where in the spool the transcript begins.
    start: u64,
    /// Bytes of transcript in the spool.
    spooled: u64,
    /// Bytes of output so far, and how many may come.
    output: u64,
    limit: u64,
    lost: Option<Lost>,
}

/// Why there is no capture any more.
#[derive(Debug)]
pub enum Lost {
    /// More came than may be stored.
    TooLarge,
    /// The caller was killed.
    Abandoned,
    /// The spool could not be written.
    Spool(io::Error),
}

impl<'a> Capture<'a> {
    /// An empty capture of at most `limit` bytes of output that overflows into `spool` from `start` on.
    pub fn new(spool: &'a File, start: u64, limit: u64) -> Self {
        Self { memory: Transcript::default(), spool, start, spooled: 0, output: 0, limit, lost: None }
    }

    /// Appends what arrived on `stream`; drops everything if it is too much.
    pub fn push(&mut self, stream: Stream, data: &[u8]) {
        if self.lost.is_some() {
            return;
        }
        self.output += data.len() as u64;
        if self.output > self.limit {
            self.lose(Lost::TooLarge);
        } else if self.spooled == 0 && self.memory.as_bytes().len() + data.len() <= IN_MEMORY {
            if self.memory.as_bytes().is_empty() {
                self.memory.reserve(FIRST_ALLOCATION.max(data.len() + transcript::HEADER));
            }
            self.memory.push(stream, data);
        } else if let Err(error) = self.spill(stream, data) {
            self.lose(Lost::Spool(error));
        }
    }

    fn spill(&mut self, stream: Stream, data: &[u8]) -> io::Result<()> {
        if self.spooled == 0 {
            self.spool.write_all_at(self.memory.as_bytes(), self.start)?;
            self.spooled = self.memory.as_bytes().len() as u64;
            self.memory = Transcript::default();
        }
        let end = self.start + self.spooled;
        self.spool.write_all_at(&transcript::header(stream, data.len()), end)?;
        self.spool.write_all_at(data, end + transcript::HEADER as u64)?;
        self.spooled += (transcript::HEADER + data.len()) as u64;
        Ok(())
    }

    /// Drops everything.
    pub(crate) fn lose(&mut self, why: Lost) {
        self.memory = Transcript::default();
        if self.spooled > 0 {
            // Frees the disk at once; a failure leaves the bytes until the flight ends.
            let _ = self.spool.set_len(0);
        }
        self.lost = Some(why);
    }

    /// Why the transcript is not complete, if it is not.
    pub fn lost(&self) -> Option<&Lost> {
        self.lost.as_ref()
    }

    /// Bytes of the transcript.
    pub fn size(&self) -> u64 {
        self.spooled.max(self.memory.as_bytes().len() as u64)
    }

    /// The part that is still in memory: all of it or nothing.
    pub fn in_memory(&self) -> &[u8] {
        self.memory.as_bytes()
    }

    /// The transcript from its beginning.
    pub fn reader(&self) -> impl Read {
        let spooled = At { file: self.spool, position: self.start, end: self.start + self.spooled };
        self.memory.as_bytes().chain(spooled)
    }
}

/// Reads a range of a file without moving the descriptor's own position.
#[derive(Debug)]
pub struct At<'a> {
    /// The file.
    pub file: &'a File,
    /// Where the next byte is.
    pub position: u64,
    /// Where to stop.
    pub end: u64,
}

impl Read for At<'_> {
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
mod tests {
    use super::*;
    use crate::transcript::Frames;

    fn output_of(capture: &Capture<'_>) -> Vec<(Stream, Vec<u8>)> {
        let mut bytes = Vec::new();
        capture.reader().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, capture.size());
        let mut out: Vec<(Stream, Vec<u8>)> = Vec::new();
        for (stream, data) in Frames::new(&bytes) {
            match out.last_mut() {
                Some((last, joined)) if *last == stream => joined.extend(data),
                _ => out.push((stream, data.to_vec())),
            }
        }
        out
    }

    #[test]
    fn a_capture_reads_back_the_same_in_memory_and_in_its_file() {
        for pieces in [1, 5, 40] {
            let spool = tempfile::tempfile().unwrap();
            let mut capture = Capture::new(&spool, 64, u64::MAX);
            for piece in 0..pieces {
                capture.push(Stream::Stdout, &vec![piece as u8; 50_000]);
                capture.push(Stream::Stderr, b"err");
            }
            let out = output_of(&capture);
            assert_eq!(out.len(), 2 * pieces);
            assert_eq!(out[0], (Stream::Stdout, vec![0; 50_000]));
            assert_eq!(out[2 * pieces - 1], (Stream::Stderr, b"err".to_vec()));
            assert_eq!(capture.in_memory().is_empty(), pieces == 40);
        }
    }

    #[test]
    fn too_much_output_frees_what_was_captured() {
        let spool = tempfile::tempfile().unwrap();
        let mut capture = Capture::new(&spool, 0, 3_000_000);
        (0..4).for_each(|_| capture.push(Stream::Stdout, &[0; 1_000_000]));
        assert!(matches!(capture.lost(), Some(Lost::TooLarge)));
        assert_eq!(spool.metadata().unwrap().len(), 0);
    }

    #[test]
    fn exactly_the_limit_is_kept() {
        let spool = tempfile::tempfile().unwrap();
        let mut capture = Capture::new(&spool, 0, 10);
        capture.push(Stream::Stdout, &[0; 6]);
        capture.push(Stream::Stderr, &[0; 4]);
        assert!(capture.lost().is_none());
        capture.push(Stream::Stderr, &[0]);
        assert!(capture.lost().is_some());
    }
}
