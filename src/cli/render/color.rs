//! When output is coloured, and with what.

use std::io;

use anstream::{AutoStream, ColorChoice};

use crate::cli::args::upkeep::When;

/// A colour of the terminal's own palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Magenta = 35,
    Cyan = 36,
    Grey = 90,
}

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    is_on: bool,
}

impl Paint {
    /// For standard output. With `auto`, the terminal, NO_COLOR, CLICOLOR_FORCE and the like decide.
    pub fn stdout(when: When) -> Self {
        let is_on = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        Self { is_on }
    }

    /// Without colours, whatever the output is.
    pub fn plain() -> Self {
        Self { is_on: false }
    }

    /// Whether it colours.
    #[cfg(feature = "browse")]
    pub fn is_on(self) -> bool {
        self.is_on
    }

    /// `text` in `color`.
    pub fn paint(self, text: &str, color: Color) -> String {
        if self.is_on { format!("\x1b[{}m{text}\x1b[0m", color as u8) } else { text.to_owned() }
    }

    /// `text` in bold and in `color`.
    pub fn strong(self, text: &str, color: Color) -> String {
        if self.is_on { format!("\x1b[1;{}m{text}\x1b[0m", color as u8) } else { text.to_owned() }
    }

    /// `text` in bold.
    pub fn bold(self, text: &str) -> String {
        if self.is_on { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}
