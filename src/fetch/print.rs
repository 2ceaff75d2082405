//! Printing what is stored to the caller's standard output and error.

use std::io::{self, Read};

use super::queries::Queries;
use crate::model::transcript::{Splitter, Stream};
use crate::sys::descriptor::{self, standard};
use crate::sys::poll::{poll, room};

/// How printing ended.
#[derive(Debug)]
pub enum Printed {
    /// Everything has been written.
    All,
    /// Something could not be written.
    Failed(io::Error),
}

impl From<io::Result<()>> for Printed {
    fn from(result: io::Result<()>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::All)
    }
}

/// Writes all of `data` to the caller's own descriptor of `stream`, waiting where there is no room.
///
/// # Errors
///
/// The system's, `BrokenPipe` only where the caller ignores `SIGPIPE`; otherwise that ends the process, as it would
/// have ended the command.
pub fn write(stream: Stream, mut data: &[u8]) -> io::Result<()> {
    let fd = standard(stream as i32);
    while !data.is_empty() {
        match descriptor::write(fd, data) {
            Ok(size) => data = &data[size..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll([room(fd)], None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Prints to both streams. After an error of one of them, the other is still written.
#[derive(Debug, Default)]
pub struct Printer {
    failed: Option<(Stream, io::Error)>,
    to_filter: bool,
    /// Leaves terminal queries out of standard output.
    queries: Option<Queries>,
}

impl Printer {
    /// A new one. Standard output may go to a filter, which may stop reading.
    pub fn new(to_filter: bool) -> Self {
        Self { to_filter, ..Self::default() }
    }

    /// The same without terminal queries, if the command ran `on_terminal`.
    #[must_use]
    pub fn of_terminal(mut self, on_terminal: bool) -> Self {
        self.queries = on_terminal.then(Queries::default);
        self
    }

    /// [Writes](write()) `data`, unless its stream has failed before.
    ///
    /// # Errors
    ///
    /// Nobody reads any more, or both streams have failed.
    pub fn write(&mut self, stream: Stream, data: &[u8]) -> io::Result<()> {
        match self.queries.take() {
            Some(mut queries) if stream == Stream::Stdout => {
                let written = queries.pass(data, |data| self.write_all(stream, data));
                self.queries = Some(queries);
                written
            }
            queries => {
                self.queries = queries;
                self.write_all(stream, data)
            }
        }
    }

    fn write_all(&mut self, stream: Stream, data: &[u8]) -> io::Result<()> {
        if self.failed.as_ref().is_some_and(|(failed, _)| *failed == stream) {
            return Ok(());
        }
        match write(stream, data) {
            Err(error) if self.failed.is_none() && (self.to_filter || error.kind() != io::ErrorKind::BrokenPipe) => {
                self.failed = Some((stream, error));
                Ok(())
            }
            other => other,
        }
    }

    /// How printing ended, after the last `write` returned `last`.
    pub fn printed(mut self, mut last: io::Result<()>) -> Printed {
        let rest = self.queries.take().map(|mut queries| queries.rest()).unwrap_or_default();
        if last.is_ok() && !rest.is_empty() {
            last = self.write_all(Stream::Stdout, &rest);
        }
        self.failed.map_or_else(|| last.into(), |(_, error)| Printed::Failed(error))
    }
}

/// Prints `text` to standard output.
pub fn print(text: &[u8]) -> Printed {
    write(Stream::Stdout, text).into()
}

/// Prints a transcript with `printer`, each stream to its own descriptor.
pub fn print_transcript(transcript: &mut dyn Read, mut printer: Printer) -> Printed {
    let mut splitter = Splitter::default();
    let mut piece = vec![0; 64 * 1024];
    let last = loop {
        match transcript.read(&mut piece) {
            Ok(0) => break Ok(()),
            Ok(size) => {
                if let Err(error) = splitter.feed(&piece[..size], |stream, data| printer.write(stream, data)) {
                    break Err(error);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    printer.printed(last)
}
