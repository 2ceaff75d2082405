//! Pages for people: names on the left and values on the right, in blocks under headings.

use std::fmt::Display;
use std::io;

use super::{color::Paint, screen};

/// A name and its value.
pub type Row = (String, String);

pub fn row(name: &str, value: impl Into<String>) -> Row {
    (name.to_owned(), value.into())
}

/// A page that is being written.
pub struct Sheet {
    text: String,
    pub paint: Paint,
    /// What each row begins with.
    indent: &'static str,
    /// The least width of the names, so that the values of several blocks stand below each other.
    names: usize,
}

impl Sheet {
    pub fn new(paint: Paint, indent: &'static str, names: usize) -> Self {
        Self { text: String::new(), paint, indent, names }
    }

    pub fn line(&mut self, text: impl Display) {
        self.text.push_str(text.to_string().trim_end());
        self.text.push('\n');
    }

    pub fn heading(&mut self, text: &str) {
        let heading = self.paint.bold(text);
        self.line(format_args!("\n{heading}"));
    }

    /// A block of rows, their values below each other.
    pub fn rows(&mut self, rows: &[Row]) {
        let width = rows.iter().map(|(name, _)| name.chars().count()).fold(self.names, usize::max);
        let indent = self.indent;
        for (name, value) in rows {
            self.line(format_args!("{indent}{name:width$}  {value}"));
        }
    }

    /// The page for standard output: on a terminal, lines that would fill the screen are cut off.
    pub fn into_bytes(self) -> Vec<u8> {
        screen::short(self.text, &io::stdout()).into_bytes()
    }
}
