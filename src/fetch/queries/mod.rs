//! Terminal queries in the output of a command: sequences that the terminal answers.
//!
//! When a stored result is printed, the command is not there to read the answers, and the shell would take them for
//! typed text. So queries are left out then.

mod sequence;

use std::io;

use sequence::{ENQ, ESC, Found, sequence};

/// What may become a query is held back up to this size, in bytes. Longer sequences, such as pictures, are no queries.
const LONGEST: usize = 4096;

/// Passes output on without its queries, whatever pieces it comes in.
#[derive(Debug, Default)]
pub struct Queries {
    /// The beginning of what may become a query.
    held: Vec<u8>,
}

impl Queries {
    /// Hands `data` to `write`, except for queries, and for the end of `data` if it may become a query.
    ///
    /// # Errors
    ///
    /// Those of `write`.
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

    /// What is held back, once there is no more output.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

fn write_some(data: &[u8], mut write: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    if data.is_empty() { Ok(()) } else { write(data) }
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

    const QUERIES: [&str; 44] = [
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

    const OTHERS: [&str; 27] = [
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
    fn queries_are_left_out() {
        for query in QUERIES {
            assert_eq!(passed([format!("a{query}b").as_bytes()]), b"ab", "{query:?}");
        }
    }

    #[test]
    fn other_sequences_and_text_are_not_changed() {
        for text in OTHERS {
            let text = format!("a{text}b");
            assert_eq!(passed([text.as_bytes()]), text.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn an_unfinished_sequence_is_printed() {
        for text in ["\x1b", "\x1b[", "\x1b[?6", "\x1b]11;?", "\x1bP+q", "\x1bPtmux;\x1b\x1b[6n", "\u{e9}\x1b]"] {
            assert_eq!(passed([text.as_bytes()]), text.as_bytes(), "{text:?}");
        }
        let picture = [b"\x1bPq".to_vec(), vec![b'~'; 3 * LONGEST], b"\x1b\\\x1b[6n.".to_vec()].concat();
        let printed = passed(picture.chunks(1000));
        assert_eq!(printed, [&picture[..picture.len() - 5], b"."].concat());
    }

    #[test]
    fn a_query_after_a_sequence_that_is_broken_off_is_left_out() {
        assert_eq!(passed([&b"\x1b[3\x1b[6n"[..]]), b"\x1b[3");
        assert_eq!(passed([&b"\x1b]0;a\x1b[6nb"[..]]), b"\x1b]0;ab");
        assert_eq!(passed([&b"\x1b\x1b[6n"[..]]), b"\x1b");
    }

    proptest! {
        #[test]
        fn output_may_come_in_any_pieces(
            words in vec(proptest::sample::select([&QUERIES[..], &OTHERS[..], &["x", "\x1b", "\x1b[", "\u{9b}", "\n"]].concat()), 0..12),
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
        fn bytes_that_begin_no_sequence_pass(bytes in vec(any::<u8>(), 0..200)) {
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| ![ESC, ENQ, 0xc2].contains(byte)).collect();
            prop_assert_eq!(passed(bytes.chunks(7)), bytes);
        }
    }
}
