//! The transcript: what a command wrote to standard output and standard error, in arrival order.
//!
//! A transcript is a sequence of frames, which are [fields](crate::codec::fields) with tags `1` for stdout and `2` for
//! stderr. Neighbouring writes to the same stream share a frame while the transcript is in memory.

use crate::codec::fields::{self, Fields};

/// Bytes of a frame's header.
pub use crate::codec::fields::HEADER;

/// One of a command's two output streams; the discriminant is its tag and its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stream {
    /// Standard output.
    Stdout = 1,
    /// Standard error.
    Stderr = 2,
}

impl Stream {
    /// The stream of a frame's tag byte.
    pub fn from_tag(tag: u8) -> Option<Self> {
        match tag {
            1 => Some(Self::Stdout),
            2 => Some(Self::Stderr),
            _ => None,
        }
    }
}

/// A growing transcript in memory.
///
/// ```
/// use cacheback::program::model::transcript::{Frames, Stream, Transcript};
///
/// let mut transcript = Transcript::default();
/// transcript.push(Stream::Stdout, b"one ");
/// transcript.push(Stream::Stdout, b"two\n");
/// transcript.push(Stream::Stderr, b"oh\n");
/// let frames: Vec<_> = Frames::new(transcript.as_bytes()).collect();
/// assert_eq!(frames, [(Stream::Stdout, &b"one two\n"[..]), (Stream::Stderr, &b"oh\n"[..])]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    bytes: Vec<u8>,
    /// Where the last frame's header starts.
    last: Option<usize>,
}

impl Transcript {
    /// Appends what arrived on `stream`.
    pub fn push(&mut self, stream: Stream, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        match self.last {
            Some(at) if self.bytes[at] == stream as u8 => {
                let length = self.bytes.len() - at - HEADER + data.len();
                self.bytes[at..at + HEADER].copy_from_slice(&header(stream, length));
            }
            _ => {
                self.last = Some(self.bytes.len());
                self.bytes.extend_from_slice(&header(stream, data.len()));
            }
        }
        self.bytes.extend_from_slice(data);
    }

    /// The encoded frames.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.last = None;
    }

    /// Makes room for at least `more` bytes in one step.
    pub fn reserve(&mut self, more: usize) {
        self.bytes.reserve(more);
    }
}

/// A frame's header.
pub fn header(stream: Stream, length: usize) -> [u8; HEADER] {
    fields::header(stream as u8, length)
}

/// The frames of a complete transcript; stops at bytes that are no frame.
#[derive(Clone, Debug)]
pub struct Frames<'a>(Fields<'a>);

impl<'a> Frames<'a> {
    /// Over encoded `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(Fields::new(bytes))
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = (Stream, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, data) = self.0.next()?;
        Some((Stream::from_tag(tag)?, data))
    }
}

/// Splits a transcript into its streams. The transcript may arrive in pieces of any length.
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    header: [u8; HEADER],
    /// How many bytes of `header` are filled.
    filled: usize,
    /// What is left of the frame that `header` began.
    left: usize,
}

impl Splitter {
    /// Passes the data in `piece` to `write`, with its stream; stops at the first error of `write`.
    ///
    /// # Errors
    ///
    /// The error of `write`, or `InvalidData` for a frame of no known stream.
    pub fn feed(
        &mut self,
        mut piece: &[u8],
        mut write: impl FnMut(Stream, &[u8]) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        while !piece.is_empty() {
            if self.left == 0 && self.filled < HEADER {
                let (head, rest) = piece.split_at(piece.len().min(HEADER - self.filled));
                self.header[self.filled..self.filled + head.len()].copy_from_slice(head);
                self.filled += head.len();
                piece = rest;
                if self.filled < HEADER {
                    return Ok(());
                }
                let [_, length @ ..] = self.header;
                self.left = u32::from_le_bytes(length) as usize;
            }
            let stream = Stream::from_tag(self.header[0]).ok_or(std::io::ErrorKind::InvalidData)?;
            let (data, rest) = piece.split_at(piece.len().min(self.left));
            if !data.is_empty() {
                write(stream, data)?;
            }
            self.left -= data.len();
            if self.left == 0 {
                self.filled = 0;
            }
            piece = rest;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    type Writes = Vec<(Stream, Vec<u8>)>;

    fn any_writes() -> impl Strategy<Value = Writes> {
        vec((prop::sample::select(vec![Stream::Stdout, Stream::Stderr]), vec(any::<u8>(), 0..30)), 0..30)
    }

    fn merged(writes: impl IntoIterator<Item = (Stream, Vec<u8>)>) -> Writes {
        let mut out: Writes = Vec::new();
        for (stream, data) in writes.into_iter().filter(|(_, data)| !data.is_empty()) {
            match out.last_mut() {
                Some((last, bytes)) if *last == stream => bytes.extend(data),
                _ => out.push((stream, data)),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn writes_come_back_in_order(writes in any_writes()) {
            let mut transcript = Transcript::default();
            for (stream, data) in &writes {
                transcript.push(*stream, data);
            }
            let frames = Frames::new(transcript.as_bytes()).map(|(stream, data)| (stream, data.to_vec()));
            prop_assert_eq!(merged(frames), merged(writes));
        }

        #[test]
        fn pieces_cut_anywhere_come_back_in_order(writes in any_writes(), size in 1..40usize) {
            let mut transcript = Transcript::default();
            for (stream, data) in &writes {
                transcript.push(*stream, data);
            }
            let mut splitter = Splitter::default();
            let mut out = Writes::new();
            for piece in transcript.as_bytes().chunks(size) {
                splitter.feed(piece, |stream, data| { out.push((stream, data.to_vec())); Ok(()) }).unwrap();
            }
            prop_assert_eq!(merged(out), merged(writes));
        }

        #[test]
        fn any_bytes_are_split_without_panic(bytes in vec(any::<u8>(), 0..200)) {
            let _ = Frames::new(&bytes).count();
            let _ = Splitter::default().feed(&bytes, |_, _| Ok(()));
        }
    }
}
