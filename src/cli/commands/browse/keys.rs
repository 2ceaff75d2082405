//! Makes keys of the bytes that a terminal sends.
//!
//! crossterm's reader waits for the rest of a sequence, and does not end when the terminal is gone.

use anstyle_parse::{Params, Parser, Perform, Utf8Parser};

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Char(char),
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    Backspace,
    /// Erase the word before the cursor.
    EraseWord,
    /// Erase the line; where there is no line to edit, a page up.
    EraseLine,
    /// Draw everything again.
    Redraw,
    /// Text from the clipboard, as one line.
    Paste(String),
}

/// Makes keys of bytes.
#[derive(Default)]
pub struct Keyboard {
    parser: Parser<Utf8Parser>,
    typed: Typed,
    /// The last byte was an escape character: a key, or the beginning of a sequence.
    escaped: bool,
}

#[derive(Default)]
struct Typed {
    keys: Vec<Key>,
    pasted: Option<String>,
    /// `ESC O` came before: the next character names a key.
    named: bool,
}

const ESCAPE: u8 = 0x1b;

impl Keyboard {
    /// Takes more bytes; returns the keys that they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Key> {
        for byte in bytes {
            if *byte == ESCAPE && self.escaped {
                self.typed.keys.push(Key::Escape);
            }
            self.escaped = *byte == ESCAPE && self.typed.pasted.is_none();
            self.parser.advance(&mut self.typed, *byte);
        }
        std::mem::take(&mut self.typed.keys)
    }

    /// Whether it depends on the next byte, if one comes soon, what the last byte means.
    pub fn is_undecided(&self) -> bool {
        self.escaped
    }

    /// No more bytes have come: returns the key that the last byte is.
    pub fn decide(&mut self) -> Vec<Key> {
        if !std::mem::take(&mut self.escaped) {
            return Vec::new();
        }
        self.parser = Parser::default();
        vec![Key::Escape]
    }
}

impl Typed {
    fn key(&mut self, key: Key) {
        if self.pasted.is_none() {
            self.keys.push(key);
        }
    }

    fn named(&mut self, name: u8) {
        let key = match name {
            b'A' => Key::Up,
            b'B' => Key::Down,
            b'C' => Key::Right,
            b'D' => Key::Left,
            b'H' => Key::Home,
            b'F' => Key::End,
            b'M' => Key::Enter,
            _ => return,
        };
        self.key(key);
    }
}

impl Perform for Typed {
    fn print(&mut self, c: char) {
        match &mut self.pasted {
            Some(text) => text.push(c),
            None if std::mem::take(&mut self.named) => self.named(u8::try_from(c).unwrap_or_default()),
            None if c == '\x7f' => self.key(Key::Backspace),
            None => self.key(Key::Char(c)),
        }
    }

    fn execute(&mut self, byte: u8) {
        if let Some(text) = &mut self.pasted {
            text.push(' ');
            return;
        }
        let key = match byte {
            b'\r' | b'\n' => Key::Enter,
            0x08 => Key::Backspace,
            // Ctrl-B, D, F, L, N, P, U, W.
            0x02 => Key::PageUp,
            0x04 | 0x06 => Key::PageDown,
            0x0c => Key::Redraw,
            0x0e => Key::Down,
            0x10 => Key::Up,
            0x15 => Key::EraseLine,
            0x17 => Key::EraseWord,
            _ => return,
        };
        self.key(key);
    }

    fn csi_dispatch(&mut self, params: &Params, _: &[u8], _: bool, action: u8) {
        let number = params.iter().next().and_then(|param| param.first()).copied().unwrap_or(0);
        if action != b'~' {
            return self.named(action);
        }
        let key = match number {
            1 | 7 => Key::Home,
            4 | 8 => Key::End,
            5 => Key::PageUp,
            6 => Key::PageDown,
            200 => return self.pasted = Some(String::new()),
            201 => Key::Paste(self.pasted.take().unwrap_or_default()),
            _ => return,
        };
        self.key(key);
    }

    /// Alt with a key is the same as Escape and then the key.
    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        match byte {
            b'O' => self.named = true,
            _ if intermediates.is_empty() && self.pasted.is_none() => {
                self.key(Key::Escape);
                self.print(char::from(byte));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn typed(pieces: &[&[u8]]) -> Vec<Key> {
        let mut keyboard = Keyboard::default();
        let mut keys: Vec<Key> = pieces.iter().flat_map(|piece| keyboard.feed(piece)).collect();
        keys.extend(keyboard.decide());
        keys
    }

    #[test]
    fn sequences_are_keys_wherever_they_are_cut() {
        for (bytes, expected) in [
            (&b"j"[..], &[Key::Char('j')][..]),
            ("é日".as_bytes(), &[Key::Char('é'), Key::Char('日')]),
            (b"\x1b[A\x1b[B\x1bOC\x1bOD", &[Key::Up, Key::Down, Key::Right, Key::Left]),
            (
                b"\x1b[5~\x1b[6~\x1b[1~\x1b[4~\x1b[H\x1b[F",
                &[Key::PageUp, Key::PageDown, Key::Home, Key::End, Key::Home, Key::End],
            ),
            (b"\x1b[1;5A", &[Key::Up]),
            (b"\r\x7f\x08\x17\x15", &[Key::Enter, Key::Backspace, Key::Backspace, Key::EraseWord, Key::EraseLine]),
            (b"\x1b", &[Key::Escape]),
            (b"\x1b\x1b", &[Key::Escape, Key::Escape]),
            (b"\x1bq", &[Key::Escape, Key::Char('q')]),
            (b"\x1b[200~dy\nq\x1b[201~x", &[Key::Paste("dy q".into()), Key::Char('x')]),
            (b"\x1b[?62;4c\x1b[99~\0", &[]),
        ] {
            assert_eq!(typed(&[bytes]), expected, "{bytes:?}");
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(typed(&single), expected, "{bytes:?}");
        }
    }

    #[test]
    fn escape_is_decided_when_nothing_follows() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.feed(b"\x1b"), []);
        assert!(keyboard.is_undecided());
        assert_eq!(keyboard.decide(), [Key::Escape]);
        assert!(!keyboard.is_undecided());
        assert_eq!(keyboard.feed(b"[A"), [Key::Char('['), Key::Char('A')]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(pieces in vec(vec(any::<u8>(), 0..9), 0..9)) {
            let mut keyboard = Keyboard::default();
            for piece in pieces {
                let _ = keyboard.feed(&piece);
                let _ = keyboard.decide();
            }
        }
    }
}
