//! Questions to a terminal in the output of a command, which nobody is there to hear the answers to when it is printed
//! again: the terminal would type them at the prompt.

use std::io;

/// What begins like a question is held back up to this size, in bytes; pictures and the like are longer.
const LONGEST: usize = 4096;

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
/// Asks for the terminal's answerback string.
const ENQ: u8 = 0x05;

/// Passes output on without the questions in it, whatever pieces it comes in.
#[derive(Debug, Default)]
pub struct Queries {
    /// The beginning of what may be one.
    held: Vec<u8>,
}

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// A question of so many bytes.
    Query(usize),
    /// So many bytes of anything else.
    Other(usize),
    /// What comes next decides.
    Unfinished,
}

impl Queries {
    /// Hands `data` to `write`, but for questions and for what may be the beginning of one.
    ///
    /// # Errors
    ///
    /// `write`'s own.
    pub fn pass(&mut self, data: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut joined = std::mem::take(&mut self.held);
        let data = if joined.is_empty() {
            data
        } else {
            joined.extend_from_slice(data);
            &joined
        };
        let (mut from, mut at) = (0, 0);
        while let Some(next) = data[at..].iter().position(|byte| matches!(byte, &ESC | &ENQ | 0xc2)) {
            at += next;
            match sequence(&data[at..]) {
                Found::Query(length) => {
                    write_some(&data[from..at], &mut write)?;
                    at += length;
                    from = at;
                }
                Found::Unfinished if data.len() - at < LONGEST => {
                    self.held = data[at..].to_vec();
                    return write_some(&data[from..at], write);
                }
                Found::Unfinished => at += 1,
                Found::Other(length) => at += length,
            }
        }
        write_some(&data[from..], write)
    }

    /// What has been held back when nothing comes any more.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

fn write_some(data: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    if data.is_empty() { Ok(()) } else { write(data) }
}

/// What `bytes` begin with; the control characters of eight bits are those of a terminal in UTF-8.
fn sequence(bytes: &[u8]) -> Found {
    let (introducer, size) = match *bytes {
        [ENQ, ..] => return Found::Query(1),
        [ESC | 0xc2] => return Found::Unfinished,
        // DECID.
        [ESC, b'Z', ..] | [0xc2, 0x9a, ..] => return Found::Query(2),
        [ESC, byte, ..] => (byte, 2),
        [0xc2, byte, ..] => (byte.wrapping_sub(0x40), 2),
        _ => return Found::Other(1),
    };
    let body = &bytes[size..];
    let found = match introducer {
        b'[' => control_sequence(body),
        b']' => string(body, is_osc_query),
        b'P' if body.starts_with(b"tmux;") => passed_through(body),
        b'P' => string(body, is_dcs_query),
        b'_' => string(body, is_apc_query),
        // Such as the ESC of another sequence.
        _ => return Found::Other(1),
    };
    match found {
        Found::Query(length) => Found::Query(size + length),
        Found::Other(length) => Found::Other(size + length),
        Found::Unfinished => Found::Unfinished,
    }
}

/// What stands behind `ESC [`: parameters, intermediates, and a letter.
fn control_sequence(body: &[u8]) -> Found {
    let length = |bytes: &[u8], of: fn(&u8) -> bool| bytes.iter().take_while(|byte| of(byte)).count();
    let (parameters, rest) = body.split_at(length(body, |byte| (0x30..=0x3f).contains(byte)));
    let (intermediates, rest) = rest.split_at(length(rest, |byte| (0x20..=0x2f).contains(byte)));
    let Some(letter) = rest.first() else { return Found::Unfinished };
    let length = parameters.len() + intermediates.len();
    let (prefix, numbers) = match parameters {
        [prefix @ b'<'..=b'?', numbers @ ..] => (Some(*prefix), numbers),
        numbers => (None, numbers),
    };
    let first = || str::from_utf8(numbers.split(|byte| *byte == b';').next()?).ok()?.parse().ok();
    let is_query = match (prefix, intermediates, letter) {
        // Status and position; `ESC [ > n` sets something.
        (None | Some(b'?'), [], b'n') => true,
        // The kinds of terminal; `ESC [ ? c` sets the cursor of Linux' console.
        (None | Some(b'>' | b'='), [], b'c') => true,
        // Terminal parameters, and the version of the terminal.
        (None, [], b'x') | (Some(b'>'), [], b'q') => true,
        // Modes, reports of tabulators and the cursor, the state of the terminal, and its displayed extent.
        (None | Some(b'?'), b"$", b'p') | (None, b"$", b'w' | b'u') | (None, b"\"", b'v') => true,
        // Rendition, colours on the stack, checksum of a rectangle, locator, character set.
        (None, b"#", b'|' | b'R') | (None, b"*", b'y') | (None, b"'", b'|') | (None, b"&", b'u') => true,
        // Keyboards.
        (Some(b'?'), [], b'u' | b'm' | b'g') => true,
        // The size, place, state and title of the window.
        (None, [], b't') => matches!(first(), Some(11_u16 | 13..=16 | 18..=21)),
        // What graphics there may be: 1 and 4 only ask.
        (Some(b'?'), [], b'S') => matches!(numbers.split(|byte| *byte == b';').nth(1), Some(b"1" | b"4")),
        _ => false,
    };
    match (is_query, letter) {
        (true, _) => Found::Query(length + 1),
        (_, 0x40..=0x7e) => Found::Other(length + 1),
        // It is no sequence, and this may be the beginning of one.
        _ => Found::Other(length),
    }
}

/// A string with an end: BEL, `ESC \` or its form of eight bits. Another ESC breaks it off.
fn string(body: &[u8], is_query: fn(&[u8]) -> bool) -> Found {
    for (at, byte) in body.iter().enumerate() {
        let end = match (byte, body.get(at + 1)) {
            (&BEL, _) => at + 1,
            (&ESC, Some(b'\\')) | (0xc2, Some(0x9c)) => at + 2,
            (&ESC | 0xc2, None) => return Found::Unfinished,
            (&ESC, Some(_)) | (0x18 | 0x1a, _) => return Found::Other(at),
            _ => continue,
        };
        return if is_query(&body[..at]) { Found::Query(end) } else { Found::Other(end) };
    }
    Found::Unfinished
}

/// What tmux hands on to the terminal around it; each ESC in it is doubled.
fn passed_through(body: &[u8]) -> Found {
    let mut inner = Vec::new();
    let mut at = "tmux;".len();
    loop {
        match body.get(at..).unwrap_or_default() {
            [] | [ESC] => return Found::Unfinished,
            [ESC, b'\\', ..] => break,
            [ESC, ESC, ..] => {
                inner.push(ESC);
                at += 2;
            }
            [ESC, ..] => return Found::Other(at),
            [byte, ..] => {
                inner.push(*byte);
                at += 1;
            }
        }
    }
    let has_query = (0..inner.len()).any(|start| matches!(sequence(&inner[start..]), Found::Query(_)));
    if has_query { Found::Query(at + 2) } else { Found::Other(at + 2) }
}

/// Colours, fonts, the clipboard, and what some terminals tell of themselves.
fn is_osc_query(text: &[u8]) -> bool {
    let mut fields = text.split(|byte| *byte == b';');
    let number = fields.next().and_then(|number| str::from_utf8(number).ok()?.parse::<u16>().ok());
    match number {
        Some(4 | 5 | 10..=19 | 50 | 52) => fields.any(|field| field == b"?"),
        Some(21) => fields.any(|field| field.ends_with(b"=?")),
        Some(22) => fields.any(|field| field.starts_with(b"?")),
        Some(99) => fields.any(|field| field.split(|byte| *byte == b':').any(|option| option == b"p=?")),
        Some(1337) => fields.any(|field| field.starts_with(b"Report") || field == b"Capabilities"),
        _ => false,
    }
}

/// Settings (DECRQSS) and capabilities (XTGETTCAP).
fn is_dcs_query(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    matches!(text[digits..], [b'$', b'q', ..] | [b'+', b'q' | b'Q', ..])
}

/// Whether a picture could be shown.
fn is_apc_query(text: &[u8]) -> bool {
    let control = text.split(|byte| *byte == b';').next().unwrap_or_default();
    control.strip_prefix(b"G").is_some_and(|keys| keys.split(|byte| *byte == b',').any(|key| key == b"a=q"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn passed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut queries = Queries::default();
        let mut out = Vec::new();
        for piece in pieces {
            let write = |data: &[u8]| {
                out.extend_from_slice(data);
                Ok(())
            };
            queries.pass(piece, write).unwrap();
        }
        out.extend(queries.rest());
        out
    }

    const ASKED: [&str; 44] = [
        "\x1b[5n",
        "\x1b[6n",
        "\x1b[?6n",
        "\x1b[?996n",
        "\u{9b}6n",
        "\x1b[c",
        "\x1b[0c",
        "\x1b[>c",
        "\x1b[>0c",
        "\x1b[=c",
        "\x1b[x",
        "\x1b[4$p",
        "\x1b[?2026$p",
        "\x1b[1$w",
        "\x1b[1$u",
        "\x1b[?u",
        "\x1b[?4m",
        "\x1b[>q",
        "\x1b[>0q",
        "\x1b[14t",
        "\x1b[18t",
        "\x1b[19t",
        "\x1b[21t",
        "\x1b[?1;1;0S",
        "\x1b[*y",
        "\x1bZ",
        "\x05",
        "\x1b]4;1;?\x07",
        "\x1b]4;1;?;2;?\x1b\\",
        "\x1b]10;?\x07",
        "\x1b]11;?\x1b\\",
        "\x1b]12;?\x07",
        "\x1b]19;?\u{9c}",
        "\u{9d}11;?\x07",
        "\x1b]52;c;?\x07",
        "\x1b]21;foreground=?\x1b\\",
        "\x1b]1337;ReportCellSize\x07",
        "\x1bP$qm\x1b\\",
        "\x1bP$q q\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\u{90}+q544e\u{9c}",
        "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\",
        "\x1bPtmux;\x1b\x1b[6n\x1b\\",
        "\x1bPtmux;\x1b\x1b]11;?\x1b\x1b\\\x1b\\",
    ];

    const SAID: [&str; 27] = [
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[>4;1m",
        "\x1b[?25h",
        "\x1b[6A",
        "\x1b[u",
        "\x1b[>1u",
        "\x1b[!p",
        "\x1b[61\"p",
        "\x1b[2 q",
        "\x1b[?6c",
        "\x1b[8;24;80t",
        "\x1b[22;0t",
        "\x1b[?1;3;256S",
        "\x1b[>4n",
        "\x1b]0;title?\x07",
        "\x1b]8;;https://example.org/?\x1b\\",
        "\x1b]4;1;rgb:ff/00/00\x07",
        "\x1b]52;c;aGk=\x07",
        "\x1b]133;A\x07",
        "\x1b]1337;File=:AAAA\x07",
        "\x1bPq#0;2;0;0;0\x1b\\",
        "\x1b_Ga=T,f=100;AAAA\x1b\\",
        "\x1b(B",
        "\x1b7",
        "Ã é 日本 \u{9b}1m",
        "\x1bPtmux;\x1b\x1b[31m\x1b\\",
    ];

    #[test]
    fn questions_are_left_out() {
        for query in ASKED {
            assert_eq!(passed([format!("a{query}b").as_bytes()]), b"ab", "{query:?}");
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for text in SAID {
            let text = format!("a{text}b");
            assert_eq!(passed([text.as_bytes()]), text.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn what_is_never_finished_is_printed() {
        for text in ["\x1b", "\x1b[", "\x1b[?6", "\x1b]11;?", "\x1bP+q", "\x1bPtmux;\x1b\x1b[6n", "\u{e9}\x1b]"] {
            assert_eq!(passed([text.as_bytes()]), text.as_bytes(), "{text:?}");
        }
        let picture = [b"\x1bPq".to_vec(), vec![b'~'; 3 * LONGEST], b"\x1b\\\x1b[6n.".to_vec()].concat();
        let printed = passed(picture.chunks(1000));
        assert_eq!(printed, [&picture[..picture.len() - 5], b"."].concat());
    }

    #[test]
    fn a_question_behind_a_sequence_that_is_broken_off_is_one() {
        assert_eq!(passed([&b"\x1b[3\x1b[6n"[..]]), b"\x1b[3");
        assert_eq!(passed([&b"\x1b]0;a\x1b[6nb"[..]]), b"\x1b]0;ab");
        assert_eq!(passed([&b"\x1b\x1b[6n"[..]]), b"\x1b");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_output_is_cut(
            words in vec(proptest::sample::select([&ASKED[..], &SAID[..], &["x", "\x1b", "\x1b[", "\u{9b}", "\n"]].concat()), 0..12),
            cuts in vec(1..20_usize, 0..40),
        ) {
            let text = words.concat().into_bytes();
            let (mut pieces, mut rest) = (Vec::new(), &text[..]);
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(passed(pieces), passed([&text[..]]));
        }

        #[test]
        fn bytes_without_a_beginning_of_a_question_pass(bytes in vec(any::<u8>(), 0..200)) {
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| ![ESC, ENQ, 0xc2].contains(byte)).collect();
            prop_assert_eq!(passed(bytes.chunks(7)), bytes);
        }
    }
}
