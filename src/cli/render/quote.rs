//! Commands as one would type them in a shell.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

use crate::model::invocation::Invocation;

/// The words of a command, quoted where a shell would read them otherwise.
pub fn line<'a>(words: impl IntoIterator<Item = &'a OsString>) -> String {
    words.into_iter().map(|word| self::word(word)).collect::<Vec<_>>().join(" ")
}

/// An invocation as one would type it behind `cacheback run`; a shell string as `-s STRING ARG…`.
///
/// Variables, which only a job of the configuration has, cannot be typed there: such a command is shown as it is
/// executed, which prints the same.
pub fn command(invocation: &Invocation) -> String {
    if !invocation.variables.is_empty() {
        return line(&invocation.exec_argv());
    }
    if let Some(function) = invocation.function() {
        return line(&function.words());
    }
    let shell = invocation.shell.then_some("-s");
    let end = invocation.program().as_bytes().starts_with(b"-").then_some("--");
    let options = shell.into_iter().chain(end).map(str::to_owned);
    options.chain(invocation.argv.iter().map(|word| self::word(word))).collect::<Vec<_>>().join(" ")
}

/// One word. Control characters, and bytes that are no text, are spelled out: `$'a\nb'`.
pub fn word(word: &OsStr) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    match word.to_str() {
        // A name after `=` is a path to zsh.
        Some(text) if !text.is_empty() && !text.starts_with('=') && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if !text.chars().any(is_unprintable) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => spelled_out(word.as_bytes()),
    }
}

/// Text for one line of a terminal. Characters that would be commands to the terminal are spelled out as in words.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| if is_unprintable(c) { spell(c, &mut out) } else { out.push(c) });
    out
}

/// Characters that would be invisible, or change how their neighbours look.
///
/// They are control characters, C1 and DEL among them; characters that switch the direction of text; and characters
/// that Unicode lets a terminal show as nothing. U+FE0F is left out: emoji in ordinary text have it.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0e}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

fn spelled_out(bytes: &[u8]) -> String {
    let mut out = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => out.extend(['\\', c]),
                c if c.is_ascii() && is_unprintable(c) => spell(c, &mut out),
                // `\u` and its number would work in a UTF-8 locale only.
                c if is_unprintable(c) => spell_bytes(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut out),
                c => out.push(c),
            }
        }
        spell_bytes(chunk.invalid(), &mut out);
    }
    out.push('\'');
    out
}

fn spell_bytes(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let _ = write!(out, "\\{byte:03o}");
    }
}

/// A character as a shell reads it in `$'…'`, in a UTF-8 locale if it is not ASCII.
fn spell(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str(r"\n"),
        '\t' => out.push_str(r"\t"),
        // Always three digits, so that a digit that follows is not taken for a part of it.
        c if c.is_ascii_control() => _ = write!(out, "\\{:03o}", c as u32),
        '\u{10000}'.. => _ = write!(out, "\\U{:08x}", c as u32),
        c => _ = write!(out, "\\u{:04x}", c as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn quoted(bytes: &[u8]) -> String {
        word(OsStr::from_bytes(bytes))
    }

    #[test]
    fn words_are_quoted_where_it_matters() {
        for (bytes, expected) in [
            (&b"date"[..], "date"),
            (b"--since=1:30", "--since=1:30"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"it's", r"'it'\''s'"),
            (b"$HOME", "'$HOME'"),
            (b"~", "'~'"),
            (b"=ls", "'=ls'"),
            (b"a=b", "a=b"),
            ("é".as_bytes(), "é"),
            (b"a\nb'c", r"$'a\nb\'c'"),
            (b"\x1b[31m", r"$'\033[31m'"),
            (b"\xff0", r"$'\3770'"),
            ("a\u{202e}b".as_bytes(), r"$'a\342\200\256b'"),
        ] {
            assert_eq!(quoted(bytes), expected);
        }
    }

    #[test]
    fn one_line_is_spelled_out_as_words_are() {
        assert_eq!(plain("it's\ta\n\x1b[31m\\\u{202e}\u{85}é"), r"it's\ta\n\033[31m\\u202e\u0085é");
    }

    #[test]
    fn what_a_terminal_shows_as_nothing_is_spelled_out() {
        let invisible = "\u{7f}\u{9b}\u{ad}\u{61c}\u{200b}\u{2028}\u{2060}\u{2066}\u{feff}\u{e0000}\u{e0041}\u{e007f}";
        let spelled = r"\177\u009b\u00ad\u061c\u200b\u2028\u2060\u2066\ufeff\U000e0000\U000e0041\U000e007f";
        assert_eq!(plain(invisible), spelled);
        for c in invisible.chars() {
            let quoted = word(OsStr::new(&c.to_string()));
            assert!(quoted.starts_with("$'") && quoted.is_ascii(), "{quoted:?}");
        }
        assert_eq!(plain("❤\u{fe0f} é 日本"), "❤\u{fe0f} é 日本");
    }

    #[test]
    fn a_command_is_typed_behind_run() {
        for (shell, argv, typed) in [
            (false, &["ls", "-l", "a b"][..], "ls -l 'a b'"),
            (false, &["-x", "y"], "-- -x y"),
            (true, &["ls | wc", "one"], "-s 'ls | wc' one"),
            (true, &["-x; y"], "-s -- '-x; y'"),
        ] {
            let invocation = Invocation::new(argv.iter().copied()).as_shell(shell);
            assert_eq!(command(&invocation), typed);
        }
        let of_a_job = Invocation { variables: vec![("a".into(), "b c".into())], ..Invocation::default() };
        let of_a_job = Invocation { argv: vec!["echo $a".into(), "b c".into()], shell: true, ..of_a_job };
        assert_eq!(command(&of_a_job), "env 'a=b c' sh -c -- 'echo $a' sh 'b c'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn bash_reads_back_the_same_bytes(bytes in vec(1..=255_u8, 0..40)) {
            let script = format!("printf %s {}", quoted(&bytes));
            let script = OsStr::from_bytes(script.as_bytes());
            let output = std::process::Command::new("bash").arg("-c").arg(script).output().unwrap();
            prop_assert_eq!(output.stdout, bytes);
        }
    }
}
