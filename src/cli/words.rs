//! Words as one would type them in a shell, whatever bytes they are made of.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// One word: as it is, in quotes, or with escapes (`$'…'`) where it is not plain text.
pub fn word(word: &OsStr) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => escaped(word.as_bytes()),
    }
}

/// Words with a space between them.
pub fn words<'a>(words: impl IntoIterator<Item = &'a (impl AsRef<OsStr> + 'a)>) -> String {
    words.into_iter().map(|each| word(each.as_ref())).collect::<Vec<_>>().join(" ")
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                c if c.is_ascii_control() => {
                    let _ = write!(out, "\\x{:02x}", c as u32);
                }
                c if c.is_control() => {
                    let _ = write!(out, "\\u{:04x}", c as u32);
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_as_they_are_typed() {
        for (bytes, typed) in [
            (&b"pods"[..], "pods"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"it's", r"'it'\''s'"),
            (b"a\nb\x1b[31m", r"$'a\nb\x1b[31m'"),
            (b"\xff'", r"$'\xff\''"),
            ("\u{9b}31m".as_bytes(), r"$'\u009b31m'"),
        ] {
            assert_eq!(word(OsStr::from_bytes(bytes)), typed);
        }
        assert_eq!(words(["git", "log", "-S a"].iter()), "git log '-S a'");
    }
}
