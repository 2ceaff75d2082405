//! A status line on standard error, at a terminal, that can be erased without a trace.
//!
//! It is drawn to the right of the cursor, which does not move: what is on the line already stays, and what is typed or
//! printed next goes where it would have gone. The modes of the terminal are as before after each write.

use std::io::{IsTerminal, Write, stderr};

use crate::sys::terminal::{self, ERASE};

/// The width of a terminal that does not say it.
const COLUMNS: usize = 80;

/// Whether standard error is a terminal that can show a status line.
pub fn is_possible() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    !is_dumb && stderr().is_terminal()
}

/// The bytes that show `text` in place of the status line before, within the terminal's line.
///
/// Where the cursor is far to the right, there may be less room than in [`fitting`]: then the terminal puts each
/// further character in place of the one before, in its last column, which is left empty for that reason.
pub(crate) fn drawn(text: &str) -> Vec<u8> {
    format!("\x1b7\x1b[?7l\x1b[K{text}\x1b[K\x1b[?7h\x1b8").into_bytes()
}

/// The first of `texts`, which get shorter and shorter, that fits into a line of the terminal as it is now; if none
/// does, the beginning of the last one.
pub fn fitting(texts: impl IntoIterator<Item = String>) -> String {
    let columns = terminal::window_size(stderr()).map_or(COLUMNS, |(_, columns)| usize::from(columns));
    fitting_in(columns.saturating_sub(1), texts)
}

fn fitting_in(room: usize, texts: impl IntoIterator<Item = String>) -> String {
    let mut shortest = String::new();
    for text in texts {
        if text.chars().count() <= room {
            return text;
        }
        shortest = text;
    }
    let mut cut: String = shortest.chars().take(room.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// The line of a process that only waits. Erased when it is dropped, and when a signal ends or stops the process.
#[derive(Debug)]
pub struct StatusLine(());

impl StatusLine {
    /// Shows `text`, which has no control characters, until the next one is shown or this is dropped.
    #[must_use]
    pub fn show(text: &str) -> Self {
        terminal::erase_line_on_signals();
        // The line is not needed: an error is ignored.
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
        terminal::erase_nothing_on_signals();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_text_that_fits_is_shown_or_the_last_is_cut() {
        let texts = || ["as long as it gets", "shorter", "short"].map(str::to_owned);
        assert_eq!(fitting_in(79, texts()), "as long as it gets");
        assert_eq!(fitting_in(18, texts()), "as long as it gets");
        assert_eq!(fitting_in(17, texts()), "shorter");
        assert_eq!(fitting_in(5, texts()), "short");
        assert_eq!(fitting_in(4, texts()), "sho…");
        assert_eq!(fitting_in(0, texts()), "…");
    }
}
