//! The sequences of a terminal, and which of them are queries.

pub(super) const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
/// Asks for the terminal's answerback string.
pub(super) const ENQ: u8 = 0x05;

/// What some bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A query of this many bytes.
    Query(usize),
    /// This many bytes of anything else.
    Other(usize),
    /// What comes next decides.
    Unfinished,
}

/// What `bytes` begin with. Eight-bit control characters are taken as UTF-8 encodes them.
pub(super) fn sequence(bytes: &[u8]) -> Found {
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
        // The next byte may begin a sequence.
        _ => return Found::Other(1),
    };
    match found {
        Found::Query(length) => Found::Query(size + length),
        Found::Other(length) => Found::Other(size + length),
        Found::Unfinished => Found::Unfinished,
    }
}

/// What follows `ESC [`: parameters, intermediates, and a letter.
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
        // Graphics: 1 and 4 only ask.
        (Some(b'?'), [], b'S') => matches!(numbers.split(|byte| *byte == b';').nth(1), Some(b"1" | b"4")),
        _ => false,
    };
    match (is_query, letter) {
        (true, _) => Found::Query(length + 1),
        (_, 0x40..=0x7e) => Found::Other(length + 1),
        // These bytes are no sequence, and this one may begin one.
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

/// What tmux passes on to its own terminal; each ESC in it is doubled.
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

/// Colours, fonts, the clipboard, and properties of some terminals.
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

/// Support of pictures.
fn is_apc_query(text: &[u8]) -> bool {
    let control = text.split(|byte| *byte == b';').next().unwrap_or_default();
    control.strip_prefix(b"G").is_some_and(|keys| keys.split(|byte| *byte == b',').any(|key| key == b"a=q"))
}
