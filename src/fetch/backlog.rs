//! The backlog: output that the caller's reader has not taken yet.
//!
//! A little of it is kept in memory, and what follows in a file without a name. Where that cannot be written, the
//! backlog gets full, and the command has to wait for the reader.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::model::transcript::{Frames, HEADER, Splitter, Stream, Transcript};

/// A backlog of up to this many bytes needs no file.
const IN_MEMORY: usize = 128 * 1024;

/// Bytes written to the file, and read from it, at a time.
const PIECE: usize = 64 * 1024;

/// Output in the order in which it came.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// The oldest output.
    front: Transcript,
    /// The offset in `front` of the first frame that is left, and how many of its bytes have been taken.
    at: usize,
    taken: usize,
    /// The output after that: the bytes from `from` to `to` of the file.
    file: Option<File>,
    from: u64,
    to: u64,
    splitter: Splitter,
    /// The newest output, which is not in the file yet.
    last: Transcript,
}

impl Backlog {
    /// Whether everything has been taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.front.as_bytes().len() == self.at && self.is_in_memory()
    }

    fn is_in_memory(&self) -> bool {
        self.from == self.to && self.last.as_bytes().is_empty()
    }

    /// Whether there is no room for more.
    pub(crate) fn is_full(&self) -> bool {
        self.last.as_bytes().len() >= PIECE
    }

    /// Appends `data`. `make_file` makes the file, once it is needed.
    pub(crate) fn push(&mut self, stream: Stream, data: &[u8], make_file: impl FnOnce() -> io::Result<File>) {
        if self.is_in_memory() && self.front.as_bytes().len() + HEADER + data.len() <= IN_MEMORY {
            self.front.push(stream, data);
            return;
        }
        self.last.push(stream, data);
        if self.is_full() {
            // What cannot be written stays in memory.
            let _ = self.write_last(make_file);
        }
    }

    fn write_last(&mut self, make_file: impl FnOnce() -> io::Result<File>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(make_file()?),
        };
        file.write_all_at(self.last.as_bytes(), self.to)?;
        self.to += self.last.as_bytes().len() as u64;
        self.last.clear();
        Ok(())
    }

    /// The oldest output of one stream; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be read back.
    pub(crate) fn first(&mut self) -> io::Result<Option<(Stream, &[u8])>> {
        while self.at == self.front.as_bytes().len() && !self.is_empty() {
            self.refill()?;
        }
        let first = Frames::new(&self.front.as_bytes()[self.at..]).next();
        Ok(first.map(|(stream, data)| (stream, &data[self.taken..])))
    }

    /// Removes the first `size` bytes of the [oldest output](Self::first).
    pub(crate) fn take(&mut self, size: usize) {
        self.taken += size;
        let Some((_, data)) = Frames::new(&self.front.as_bytes()[self.at..]).next() else { return };
        if self.taken == data.len() {
            self.at += HEADER + data.len();
            self.taken = 0;
        }
        if self.at == self.front.as_bytes().len() {
            self.front.clear();
            self.at = 0;
        }
    }

    /// Fills the front, which is empty, with what follows it.
    fn refill(&mut self) -> io::Result<()> {
        self.front.clear();
        self.at = 0;
        let Some(file) = self.file.as_ref().filter(|_| self.from < self.to) else {
            std::mem::swap(&mut self.front, &mut self.last);
            return Ok(());
        };
        let mut piece = vec![0; usize::try_from(self.to - self.from).unwrap_or(PIECE).min(PIECE)];
        file.read_exact_at(&mut piece, self.from)?;
        self.from += piece.len() as u64;
        let front = &mut self.front;
        self.splitter.feed(&piece, |stream, data| {
            front.push(stream, data);
            Ok(())
        })?;
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
            // Frees the disk. After a failure the old bytes are overwritten.
            let _ = file.set_len(0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn take_all(backlog: &mut Backlog, at_once: usize, out: &mut Vec<(Stream, u8)>) {
        while let Some((stream, data)) = backlog.first().unwrap() {
            let data = &data[..data.len().min(at_once)];
            out.extend(data.iter().map(|byte| (stream, *byte)));
            let size = data.len();
            backlog.take(size);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn everything_comes_out_in_order_with_and_without_room_on_the_disk(
            pieces in prop::collection::vec((any::<bool>(), 1..120_000usize, any::<u8>(), 0..4usize), 1..60),
            has_disk: bool,
            at_once in 1000..200_000usize,
        ) {
            let mut backlog = Backlog::default();
            let (mut expected, mut out) = (Vec::new(), Vec::new());
            for (is_stdout, size, byte, takes) in pieces {
                let stream = if is_stdout { Stream::Stdout } else { Stream::Stderr };
                expected.extend(std::iter::repeat_n((stream, byte), size));
                let no_room = || Err(io::ErrorKind::StorageFull.into());
                backlog.push(stream, &vec![byte; size], || if has_disk { tempfile::tempfile() } else { no_room() });
                prop_assert!(!has_disk || !backlog.is_full());
                prop_assert!(has_disk || !backlog.is_full() || expected.len() - out.len() >= PIECE / 2);
                for _ in 0..takes {
                    let Some((stream, data)) = backlog.first().unwrap() else { break };
                    let data = &data[..data.len().min(at_once)];
                    out.extend(data.iter().map(|byte| (stream, *byte)));
                    let size = data.len();
                    backlog.take(size);
                }
            }
            prop_assert_eq!(backlog.is_empty(), out.len() == expected.len());
            take_all(&mut backlog, at_once, &mut out);
            prop_assert!(backlog.is_empty());
            prop_assert!(out == expected);
        }
    }

    #[test]
    fn little_output_needs_no_file_and_much_is_not_kept_in_memory() {
        let mut backlog = Backlog::default();
        let none = || -> io::Result<File> { panic!("no file is needed") };
        backlog.push(Stream::Stdout, &[7; 100_000], none);
        for _ in 0..100 {
            backlog.push(Stream::Stdout, &[7; 100_000], tempfile::tempfile);
        }
        let in_memory = backlog.front.as_bytes().len() + backlog.last.as_bytes().len();
        assert!(in_memory < IN_MEMORY + 2 * PIECE, "{in_memory}");
        let mut out = Vec::new();
        take_all(&mut backlog, usize::MAX, &mut out);
        assert_eq!(out.len(), 10_100_000);
        assert_eq!(backlog.file.unwrap().metadata().unwrap().len(), 0);
    }
}
