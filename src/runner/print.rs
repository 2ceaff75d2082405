//! Printing a stored result to the descriptors of this process.

use std::io;

use super::{Caller, Source};
use crate::cache::{Lookup, StoredResult};
use crate::fetch::{Printed, Printer};
use crate::store::ReplayError;
use crate::sys::signal::without_sigpipe;

impl Caller<'_> {
    /// Prints a result that this call does not fetch itself.
    pub(super) fn printer(&self) -> Printer {
        Printer::new(self.is_filtered()).of_terminal(self.call.invocation.terminal.is_some())
    }

    /// Standard output goes to a filter, which need not read all of it.
    pub(super) fn is_filtered(&self) -> bool {
        self.hooks.before_output.is_some()
    }

    /// Runs `print`, which writes output from this process.
    pub(super) fn deliver<T>(&self, print: impl FnOnce() -> T) -> T {
        if self.is_filtered() { without_sigpipe(print) } else { print() }
    }

    /// Prints the output of what was found; `None` if it is damaged and nothing has been printed.
    pub(super) fn replay(&self, found: &Lookup, source: Source) -> Option<Printed> {
        let mut is_announced = false;
        let mut announce = || {
            if !std::mem::replace(&mut is_announced, true) {
                self.announce(source);
            }
        };
        let mut printer = self.printer();
        let replayed = self.deliver(|| {
            found.replay(&mut |stream, data| {
                announce();
                printer.write(stream, data)
            })
        });
        if replayed.is_ok() {
            announce();
        }
        printed(printer, replayed)
    }
}

/// Prints a stored result, each stream to its own descriptor; `None` if it is damaged and nothing has been printed. The
/// command may have run `on_terminal`.
pub fn print_stored(result: &StoredResult, on_terminal: bool) -> Option<Printed> {
    let mut printer = Printer::default().of_terminal(on_terminal);
    let replayed = result.replay(&mut |stream, data| printer.write(stream, data));
    printed(printer, replayed)
}

fn printed(printer: Printer, replayed: Result<(), ReplayError>) -> Option<Printed> {
    match replayed {
        Ok(()) => Some(printer.printed(Ok(()))),
        Err(ReplayError::Damaged) => None,
        Err(ReplayError::Write(error)) => Some(printer.printed(Err(error))),
        Err(ReplayError::Torn) => Some(Printed::Failed(io::Error::other("the stored output has changed"))),
    }
}
