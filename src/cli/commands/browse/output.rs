//! Stored output as lines of a screen.
//!
//! The output is not trusted. Of its control sequences only those for colours and text styles are kept, and invisible
//! characters are spelled out.

use std::mem::take;

use anstyle_parse::{Params, Parser, Perform, Utf8Parser};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar;

use crate::cli::render::quote;
use crate::model::transcript::Stream;

/// Further lines, and further columns of a line, are left out.
const LINES: usize = 10_000;
const COLUMNS: usize = 4_096;
const TAB: usize = 8;

/// Output that is being read.
#[derive(Default)]
pub struct Output {
    stdout: Parser<Utf8Parser>,
    stderr: Parser<Utf8Parser>,
    screen: Screen,
    error_style: Style,
}

impl Output {
    /// Adds what was written to `stream`.
    pub fn add(&mut self, stream: Stream, bytes: &[u8]) {
        let parser = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        let is_error = stream == Stream::Stderr;
        if self.screen.is_error != is_error {
            self.screen.end_span();
            std::mem::swap(&mut self.screen.style, &mut self.error_style);
            self.screen.is_error = is_error;
        }
        for byte in bytes {
            parser.advance(&mut self.screen, *byte);
        }
    }

    /// Whether further output is left out.
    pub fn is_full(&self) -> bool {
        self.screen.lines.len() >= LINES
    }

    /// The lines. If some of them are of standard error, a mark in front shows which.
    pub fn into_lines(mut self) -> Vec<Line<'static>> {
        if !self.screen.line.is_empty() || !self.screen.text.is_empty() {
            self.screen.feed();
        }
        let lines = self.screen.lines;
        if !lines.iter().any(|(is_error, _)| *is_error) {
            return lines.into_iter().map(|(_, line)| line).collect();
        }
        let marked = |(is_error, mut line): (bool, Line<'static>)| {
            let mark = if is_error { Span::styled("▌ ", Color::Red) } else { Span::raw("  ") };
            line.spans.insert(0, mark);
            line
        };
        lines.into_iter().map(marked).collect()
    }
}

/// The screen that the output is written to.
#[derive(Default)]
struct Screen {
    lines: Vec<(bool, Line<'static>)>,
    line: Vec<Span<'static>>,
    /// The end of the line, in one style.
    text: String,
    style: Style,
    column: usize,
    /// A carriage return came: further text replaces the line.
    returned: bool,
    is_error: bool,
}

impl Screen {
    fn end_span(&mut self) {
        if !self.text.is_empty() {
            self.line.push(Span::styled(take(&mut self.text), self.style));
        }
    }

    fn feed(&mut self) {
        self.end_span();
        let line = take(&mut self.line);
        if self.lines.len() < LINES {
            self.lines.push((self.is_error, Line::from(line)));
        }
        (self.column, self.returned) = (0, false);
    }

    fn put(&mut self, text: &str) {
        if take(&mut self.returned) {
            self.line.clear();
            self.text.clear();
            self.column = 0;
        }
        if self.column < COLUMNS {
            self.column += text.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
            self.text.push_str(text);
        }
    }
}

impl Perform for Screen {
    fn print(&mut self, c: char) {
        match quote::is_unprintable(c) {
            true => self.put(&quote::plain(c.encode_utf8(&mut [0; 4]))),
            false => self.put(c.encode_utf8(&mut [0; 4])),
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => self.feed(),
            b'\r' => self.returned = true,
            b'\t' => self.put(&" ".repeat(TAB - self.column % TAB)),
            // Some programs make a letter bold by printing it twice.
            0x08 => {
                if let Some(c) = self.text.pop() {
                    self.column -= c.width().unwrap_or(0).min(self.column);
                }
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: u8) {
        if action == b'm' && intermediates.is_empty() {
            self.end_span();
            self.style = styled(self.style, params);
        }
    }
}

/// `style`, changed by the parameters of a sequence that sets colours and text styles.
fn styled(mut style: Style, params: &Params) -> Style {
    let groups: Vec<&[u16]> = params.iter().collect();
    let mut rest = &groups[..];
    while let [first, others @ ..] = rest {
        rest = others;
        match first.first().copied().unwrap_or(0) {
            0 => style = Style::default(),
            1 => style = style.add_modifier(Modifier::BOLD),
            2 => style = style.add_modifier(Modifier::DIM),
            3 => style = style.add_modifier(Modifier::ITALIC),
            4 if first.get(1) == Some(&0) => style = style.remove_modifier(Modifier::UNDERLINED),
            4 | 21 => style = style.add_modifier(Modifier::UNDERLINED),
            7 => style = style.add_modifier(Modifier::REVERSED),
            9 => style = style.add_modifier(Modifier::CROSSED_OUT),
            22 => style = style.remove_modifier(Modifier::BOLD | Modifier::DIM),
            23 => style = style.remove_modifier(Modifier::ITALIC),
            24 => style = style.remove_modifier(Modifier::UNDERLINED),
            27 => style = style.remove_modifier(Modifier::REVERSED),
            29 => style = style.remove_modifier(Modifier::CROSSED_OUT),
            number @ (30..=37 | 90..=97) => style.fg = Some(of_palette(number)),
            number @ (40..=47 | 100..=107) => style.bg = Some(of_palette(number - 10)),
            39 => style.fg = None,
            49 => style.bg = None,
            38 => style.fg = extended(first, &mut rest).or(style.fg),
            48 => style.bg = extended(first, &mut rest).or(style.bg),
            58 => _ = extended(first, &mut rest),
            // Blinking and hidden text are shown as plain text.
            _ => {}
        }
    }
    style
}

fn of_palette(number: u16) -> Color {
    let first = if number < 90 { 30 } else { 90 - 8 };
    Color::Indexed(u8::try_from(number - first).unwrap_or_default())
}

/// The colour of `38;5;N` or `38;2;R;G;B`, with colons or with semicolons.
fn extended(first: &[u16], rest: &mut &[&[u16]]) -> Option<Color> {
    let byte = |number: u16| u8::try_from(number).ok();
    let mut take = |count: usize| {
        let (taken, others) = rest.split_at_checked(count)?;
        *rest = others;
        Some(taken.iter().map(|group| group.first().copied().unwrap_or(0)).collect::<Vec<u16>>())
    };
    match first {
        [_, 5, number, ..] => Some(Color::Indexed(byte(*number)?)),
        [_, 2, red, green, blue] | [_, 2, _, red, green, blue, ..] => {
            Some(Color::Rgb(byte(*red)?, byte(*green)?, byte(*blue)?))
        }
        [_] => match take(1)?[..] {
            [5] => Some(Color::Indexed(byte(take(1)?[0])?)),
            [2] => match take(3)?[..] {
                [red, green, blue] => Some(Color::Rgb(byte(red)?, byte(green)?, byte(blue)?)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn lines(pieces: &[(Stream, &[u8])]) -> Vec<Line<'static>> {
        let mut output = Output::default();
        pieces.iter().for_each(|(stream, bytes)| output.add(*stream, bytes));
        output.into_lines()
    }

    fn text(bytes: &[u8]) -> Vec<String> {
        lines(&[(Stream::Stdout, bytes)]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn colours_are_kept() {
        let bytes = b"a\x1b[1;31mb\x1b[0mc \x1b[38;5;200md\x1b[38:2::1:2:3me\x1b[48;2;4;5;6mf\x1b[39;49;22mg\n";
        let found = lines(&[(Stream::Stdout, bytes)]);
        let spans: Vec<(&str, Style)> = found[0].spans.iter().map(|span| (&*span.content, span.style)).collect();
        let rgb = Style::default().fg(Color::Rgb(1, 2, 3));
        assert_eq!(
            spans[..6],
            [
                ("a", Style::default()),
                ("b", Style::default().fg(Color::Indexed(1)).add_modifier(Modifier::BOLD)),
                ("c ", Style::default()),
                ("d", Style::default().fg(Color::Indexed(200))),
                ("e", rgb),
                ("f", rgb.bg(Color::Rgb(4, 5, 6))),
            ]
        );
        assert_eq!((spans[6].0, spans[6].1.fg, spans[6].1.bg), ("g", None, None));
    }

    #[test]
    fn other_control_sequences_are_left_out() {
        let hostile =
            b"a\x1b]0;title\x07b\x1b]52;c;eA==\x1b\\c\x1b[2J\x1b[?1049l\x1b[5;5Hd\x1bPq\x1b\\e\x1bcf\x9b31m\x07\n";
        assert_eq!(text(hostile)[0].replace(['\u{fffd}'], ""), "abcdef31m");
        assert_eq!(text("\u{202e}x\u{9b}y\u{200b}".as_bytes()), ["\\u202ex\\u009by\\u200b"]);
    }

    #[test]
    fn lines_are_as_a_terminal_shows_them() {
        assert_eq!(text(b"a\tb\r\nc\n\nd"), ["a       b", "c", "", "d"]);
        assert_eq!(text(b"10%\r50%\r100%\n"), ["100%"]);
        assert_eq!(text(b"N\x08NA\x08A\n"), ["NA"]);
        assert_eq!(text(b""), Vec::<String>::new());
        assert_eq!(text(&[b'x'; 9000])[0].len(), COLUMNS);
        assert_eq!(text(&b"\n".repeat(LINES + 5)).len(), LINES);
    }

    #[test]
    fn lines_of_standard_error_are_marked() {
        let found = lines(&[(Stream::Stdout, b"\x1b[32mone\n"), (Stream::Stderr, b"oh\n"), (Stream::Stdout, b"two\n")]);
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["  one", "▌ oh", "  two"]);
        assert_eq!(found[1].spans[1].style, Style::default());
        assert_eq!(found[2].spans[1].style, Style::default().fg(Color::Indexed(2)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_control_character(pieces in vec((any::<bool>(), vec(any::<u8>(), 0..60)), 0..9)) {
            let mut output = Output::default();
            for (is_error, bytes) in &pieces {
                output.add(if *is_error { Stream::Stderr } else { Stream::Stdout }, bytes);
            }
            for line in output.into_lines() {
                prop_assert!(!line.to_string().chars().any(quote::is_unprintable), "{:?}", line);
            }
        }
    }
}
