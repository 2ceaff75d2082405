//! A file as the transcript of a command that wrote it to standard output.

use std::fs::File;
use std::io::{self, Read};

use crate::model::transcript::{self, Stream};

/// The largest frame, in bytes: its length has 32 bits.
const FRAME_MAX: u64 = 1 << 30;

/// Bytes of the transcript of `size` bytes of output.
pub(super) fn framed_size(size: u64) -> u64 {
    size + transcript::HEADER as u64 * size.div_ceil(FRAME_MAX)
}

/// Reads the transcript.
pub(super) struct Framed {
    file: File,
    /// Bytes that are in no frame yet.
    left: u64,
    /// The rest of a frame's header, and how many bytes of its data are to come.
    header: Vec<u8>,
    in_frame: u64,
}

impl Framed {
    pub(super) fn new(file: File, size: u64) -> Self {
        Self { file, left: size, header: Vec::new(), in_frame: 0 }
    }
}

impl Read for Framed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.header.is_empty() && self.in_frame == 0 && self.left > 0 {
            self.in_frame = self.left.min(FRAME_MAX);
            self.left -= self.in_frame;
            self.header = transcript::header(Stream::Stdout, self.in_frame as usize).to_vec();
        }
        if !self.header.is_empty() {
            let size = buffer.len().min(self.header.len());
            buffer[..size].copy_from_slice(&self.header[..size]);
            self.header.drain(..size);
            return Ok(size);
        }
        let size = (&mut self.file).take(self.in_frame).read(buffer)?;
        self.in_frame -= size as u64;
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transcript::Frames;
    use std::io::{Seek, Write};

    #[test]
    fn a_file_becomes_a_transcript() {
        for size in [0, 1, 5, 100_000] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&vec![7; size]).unwrap();
            file.rewind().unwrap();
            let mut bytes = Vec::new();
            Framed::new(file, size as u64).read_to_end(&mut bytes).unwrap();
            let frames: Vec<_> = Frames::new(&bytes).collect();
            match size {
                0 => assert!(bytes.is_empty()),
                _ => assert_eq!(frames, [(Stream::Stdout, &vec![7; size][..])]),
            }
        }
    }
}
