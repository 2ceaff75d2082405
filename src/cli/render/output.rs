//! Output that is written as it comes, in large pieces, up to the first error.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

use cacheback::ExitStatus;
use serde_json::{Map, Value};

use super::{json, message};
use crate::cache::StoredResult;
use crate::fetch;
use crate::fetch::Printed;
use crate::model::transcript::Stream;
use crate::runner;

/// Standard output without the standard library, which reports success if descriptor 1 is closed.
pub struct StandardOutput;

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        fetch::write(Stream::Stdout, bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output, up to the first error.
pub struct Output {
    out: BufWriter<StandardOutput>,
    result: io::Result<()>,
}

impl Output {
    pub fn new() -> Self {
        Self { out: BufWriter::with_capacity(64 * 1024, StandardOutput), result: Ok(()) }
    }

    /// Writes `bytes`; after the first error nothing is written any more.
    pub fn bytes(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        if self.result.is_ok() {
            self.result = self.out.write_all(bytes);
        }
        if self.result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Writes a line.
    pub fn line(&mut self, text: impl Display) -> ControlFlow<()> {
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// Writes a JSON object, without the end of a line.
    pub fn object(&mut self, object: &Map<String, Value>) -> ControlFlow<()> {
        self.bytes(&json::line(object))
    }

    /// Writes out what is left, and says how that went. A reader who is gone ends this process as SIGPIPE would.
    pub fn end(mut self) -> ExitStatus {
        match self.result.and_then(|()| self.out.flush()) {
            Ok(()) => ExitStatus::Exited(0),
            Err(error) => message::unprintable(&error),
        }
    }
}

/// Prints a stored result, each stream to its own descriptor; the command may have run `on_terminal`.
pub fn print_stored(result: &StoredResult, on_terminal: bool) -> ExitStatus {
    match runner::print_stored(result, on_terminal) {
        Some(Printed::All) => ExitStatus::Exited(0),
        Some(Printed::Failed(error)) => message::unprintable(&error),
        None => damaged(),
    }
}

/// Prints that a stored result is damaged.
pub fn damaged() -> ExitStatus {
    message::error("the stored result is damaged; the next run fetches it again");
    ExitStatus::Exited(1)
}
