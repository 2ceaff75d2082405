//! How much room there is on the terminal that standard output or standard error is.

use std::io::{self, IsTerminal};

use crate::sys::terminal::window_size;

/// On a terminal, a longer line is cut to this many characters, which fill a few lines of the screen.
const LINE_MAX: usize = 2000;

/// The width of the terminal that standard output is, if it is one and knows.
pub fn columns() -> Option<u16> {
    window_size(io::stdout()).map(|(_, columns)| columns)
}

/// `text` for `target`: on a terminal, lines that would fill the screen are cut off.
pub fn short(text: String, target: &impl IsTerminal) -> String {
    if target.is_terminal() { with_short_lines(&text) } else { text }
}

fn with_short_lines(text: &str) -> String {
    let mut short = String::new();
    for line in text.split_inclusive('\n') {
        match line.char_indices().nth(LINE_MAX) {
            Some((end, c)) if c != '\n' => {
                short.push_str(&line[..end]);
                short.push('…');
                short.push_str(if line.ends_with('\n') { "\n" } else { "" });
            }
            _ => short.push_str(line),
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_lines_are_cut() {
        let whole = "é".repeat(LINE_MAX);
        assert_eq!(with_short_lines(&format!("a\n{whole}\nb")), format!("a\n{whole}\nb"));
        assert_eq!(with_short_lines(&format!("a\n{whole}é\nb\n")), format!("a\n{whole}…\nb\n"));
        assert_eq!(with_short_lines(&format!("{whole}aé")), format!("{whole}…"));
        assert_eq!(with_short_lines(""), "");
    }
}
