//! What a terminal shows after it was sent some bytes, as far as the tests need it.

/// The lines on the screen, without the space at their ends and the empty ones below.
pub fn screen(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut screen = Screen { lines: vec![Vec::new()], row: 0, column: 0, saved: (0, 0) };
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => match chars.next() {
                Some('7') => screen.saved = (screen.row, screen.column),
                Some('8') => (screen.row, screen.column) = screen.saved,
                Some('[') => screen.control(chars.by_ref().find(char::is_ascii_alphabetic)),
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
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    saved: (usize, usize),
}

impl Screen {
    /// A control sequence that ends so: all but erasing to the end of the line is without effect here.
    fn control(&mut self, end: Option<char>) {
        if end == Some('K') {
            self.lines[self.row].truncate(self.column);
        }
    }

    fn feed(&mut self) {
        self.row += 1;
        if self.row == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }

    fn put(&mut self, c: char) {
        let line = &mut self.lines[self.row];
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = c;
        self.column += 1;
    }
}
