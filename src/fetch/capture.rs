//! The capture: the transcript of a fetch while it grows, in memory at first, then in a spool.

use std::fmt::Debug;
use std::fs::File;
use std::io;

use crate::model::transcript::{self, Stream, Transcript};
use crate::sys::process::give_way;

/// A transcript is kept in memory up to this many bytes.
const IN_MEMORY: usize = 1024 * 1024;

/// Memory is reserved for at least this many bytes.
const FIRST_ALLOCATION: usize = 1024;

/// Where a transcript goes that is too large for memory.
pub trait Spool: Debug {
    /// Appends `bytes`, without delaying the command for long.
    ///
    /// # Errors
    ///
    /// There is no room for them. The caller discards the spool then.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Removes everything.
    fn discard(&self);

    /// A file without a name, for what the caller's reader has not taken yet.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    fn scratch(&self) -> io::Result<File>;
}

/// The spool of a capture of which nothing is kept.
#[derive(Debug)]
pub struct NoSpool;

impl Spool for NoSpool {
    fn append(&self, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn discard(&self) {}

    fn scratch(&self) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A growing transcript of bounded size.
#[derive(Debug)]
pub struct Capture<'a> {
    memory: Transcript,
    spool: &'a dyn Spool,
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
    /// There was more output than may be stored.
    TooLarge,
    /// The caller was killed.
    Abandoned,
    /// The spool could not be written.
    Spool(io::Error),
}

impl<'a> Capture<'a> {
    /// An empty capture of at most `limit` bytes of output.
    pub fn new(spool: &'a dyn Spool, limit: u64) -> Self {
        Self { memory: Transcript::default(), spool, spooled: 0, output: 0, limit, lost: None }
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
            give_way();
            self.spool.append(self.memory.as_bytes())?;
            self.spooled = self.memory.as_bytes().len() as u64;
            self.memory = Transcript::default();
        }
        self.spool.append(&transcript::header(stream, data.len()))?;
        self.spool.append(data)?;
        self.spooled += (transcript::HEADER + data.len()) as u64;
        Ok(())
    }

    /// Drops everything, for the reason `why`.
    pub(crate) fn lose(&mut self, why: Lost) {
        self.memory = Transcript::default();
        self.spool.discard();
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

    /// Bytes of output.
    pub fn output(&self) -> u64 {
        self.output
    }

    /// The part that is still in memory: all of it or nothing.
    pub fn in_memory(&self) -> &[u8] {
        self.memory.as_bytes()
    }
}

/// Appends `data` to `end`, of which the last `size` bytes are kept.
pub(super) fn keep_end(end: &mut Vec<u8>, data: &[u8], size: usize) {
    end.extend_from_slice(&data[data.len().saturating_sub(size)..]);
    end.drain(..end.len().saturating_sub(size));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transcript::Frames;
    use std::cell::RefCell;

    impl Spool for RefCell<Vec<u8>> {
        fn append(&self, bytes: &[u8]) -> io::Result<()> {
            self.borrow_mut().extend_from_slice(bytes);
            Ok(())
        }

        fn discard(&self) {
            self.borrow_mut().clear();
        }

        fn scratch(&self) -> io::Result<File> {
            tempfile::tempfile()
        }
    }

    fn output_of(bytes: &[u8]) -> Vec<(Stream, Vec<u8>)> {
        let mut out: Vec<(Stream, Vec<u8>)> = Vec::new();
        for (stream, data) in Frames::new(bytes) {
            match out.last_mut() {
                Some((last, joined)) if *last == stream => joined.extend(data),
                _ => out.push((stream, data.to_vec())),
            }
        }
        out
    }

    #[test]
    fn a_capture_is_the_same_in_memory_and_in_its_spool() {
        for pieces in [1, 5, 40] {
            let spool = RefCell::default();
            let mut capture = Capture::new(&spool, u64::MAX);
            for piece in 0..pieces {
                capture.push(Stream::Stdout, &vec![piece as u8; 50_000]);
                capture.push(Stream::Stderr, b"err");
            }
            let bytes = [capture.in_memory(), spool.borrow().as_slice()].concat();
            assert_eq!(bytes.len() as u64, capture.size());
            let out = output_of(&bytes);
            assert_eq!(out.len(), 2 * pieces);
            assert_eq!(out[0], (Stream::Stdout, vec![0; 50_000]));
            assert_eq!(out[2 * pieces - 1], (Stream::Stderr, b"err".to_vec()));
            assert_eq!(capture.in_memory().is_empty(), pieces == 40);
        }
    }

    #[test]
    fn too_much_output_frees_what_was_captured() {
        let spool = RefCell::default();
        let mut capture = Capture::new(&spool, 3_000_000);
        (0..4).for_each(|_| capture.push(Stream::Stdout, &[0; 1_000_000]));
        assert!(matches!(capture.lost(), Some(Lost::TooLarge)));
        assert!(spool.borrow().is_empty());
    }

    #[test]
    fn exactly_the_limit_is_kept() {
        let spool = RefCell::default();
        let mut capture = Capture::new(&spool, 10);
        capture.push(Stream::Stdout, &[0; 6]);
        capture.push(Stream::Stderr, &[0; 4]);
        assert!(capture.lost().is_none());
        capture.push(Stream::Stderr, &[0]);
        assert!(capture.lost().is_some());
    }
}
