//! What there is room for on the terminal.

use std::io;

/// The width of the terminal that standard output is, if it is one and knows.
pub fn columns() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0).filter(|width| *width > 0)
}
