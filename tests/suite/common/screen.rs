//! What a terminal shows after some bytes were sent to it, as far as the tests need it.

/// The lines on a screen with `columns`, without trailing spaces, and without the empty lines below the last text.
pub fn screen(bytes: &[u8], columns: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut screen = Screen { columns, wraps: true, lines: vec![Vec::new()], row: 0, column: 0, saved: (0, 0) };
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => match chars.next() {
                Some('7') => screen.saved = (screen.row, screen.column),
                Some('8') => (screen.row, screen.column) = screen.saved,
                Some('[') => {
                    let mut sequence = String::new();
                    while !sequence.ends_with(|c: char| c.is_ascii_alphabetic()) {
                        let Some(c) = chars.next() else { break };
                        sequence.push(c);
                    }
                    screen.control(&sequence);
                }
                _ => {}
            },
            '\r' => screen.column = 0,
            '\n' => screen.feed(),
            '\x08' => screen.column = screen.column.saturating_sub(1),
            '\x07' => {}
            c => screen.put(c),
        }
    }
    let mut lines: Vec<String> =
        screen.lines.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned()).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

struct Screen {
    columns: usize,
    /// Whether a full line continues in the next one; otherwise its last column is written over.
    wraps: bool,
    lines: Vec<Vec<char>>,
    row: usize,
    /// Equal to `columns` after the last column was written to, until the next character wraps.
    column: usize,
    saved: (usize, usize),
}

impl Screen {
    /// A control sequence, after `ESC [`: only erasing to the end of the line and the switch for wrapping matter here.
    fn control(&mut self, sequence: &str) {
        match sequence {
            "K" => self.lines[self.row].truncate(self.column.min(self.columns - 1)),
            "?7h" => self.wraps = true,
            "?7l" => self.wraps = false,
            _ => {}
        }
    }

    fn feed(&mut self) {
        self.row += 1;
        if self.row == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }

    fn put(&mut self, c: char) {
        if self.column >= self.columns {
            match self.wraps {
                true => {
                    self.feed();
                    self.column = 0;
                }
                false => self.column = self.columns - 1,
            }
        }
        let line = &mut self.lines[self.row];
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = c;
        self.column += 1;
    }
}
