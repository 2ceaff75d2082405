//! A line on standard error, at a terminal, that leaves no trace.
//!
//! It is drawn to the right of the cursor, which stays where it is: nothing that stands there already is touched, and
//! what is typed or printed next goes where it would have gone. At every moment the terminal is as it was found.

use std::io::{IsTerminal, Write, stderr};

use super::sys;

/// Takes the line away: everything to the right of the cursor.
pub(crate) const ERASE: &[u8] = b"\x1b[K";

/// Whether there is a terminal that can do it.
pub fn is_possible() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    !is_dumb && stderr().is_terminal()
}

/// What shows `text` in place of the line before: without going beyond the end of the terminal's line.
pub(crate) fn drawn(text: &str) -> Vec<u8> {
    format!("\x1b7\x1b[?7l\x1b[K{text}\x1b[?7h\x1b8").into_bytes()
}

/// The line of a process that only waits. Erased when it is dropped, and when a signal ends or stops the process.
#[derive(Debug)]
pub struct StatusLine(());

impl StatusLine {
    /// Shows `text`, which has no control characters, until the next one is shown or this is dropped.
    #[must_use]
    pub fn show(text: &str) -> Self {
        sys::erase_line_on_signals();
        // What cannot be shown is not missed.
        let _ = stderr().write_all(&drawn(text));
        Self(())
    }

    /// Shows `text` in its place.
    #[must_use]
    pub fn replace(self, text: &str) -> Self {
        std::mem::forget(self);
        Self::show(text)
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        let _ = stderr().write_all(ERASE);
        sys::erase_nothing_on_signals();
    }
}
