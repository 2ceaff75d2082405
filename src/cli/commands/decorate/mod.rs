//! `cacheback decorate NAME`: a function definition that memoises a command, or a function, of that name.
//!
//! What is printed depends on the options and the shell that reads it alone. The shell finds out whether NAME is a
//! function already when it reads the definition. Such a function runs in a new shell, which gets the source on its
//! command line, so that the source is part of the key. The source is kept in a variable, so that decorating again
//! finds it and does not wrap the wrapper.

mod reader;
mod words;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use cacheback::ExitStatus;

use crate::cli::args::{DecorateArgs, ShellKind};
use crate::cli::render::message;
use crate::cli::resolve::UsageError;
use crate::model::function;

/// Keywords and builtins of at least one of the shells, and words that the definitions use.
const TAKEN: &str = "\
    alias and autoload begin bg bind break builtin case cd command continue coproc declare do done echo elif else emulate \
    end esac eval exec exit export false fc fg fi for foreach function functions hash if in jobs let local nocorrect not \
    or printf pwd read readonly repeat return select set setopt shift source status string switch test then time times \
    trap true type typeset ulimit umask unalias unset until wait while";

/// Prints the definition that `args` asks for; `argv` is the command line that they were read from.
pub fn run(args: &DecorateArgs, argv: &[OsString]) -> Result<ExitStatus, UsageError> {
    let shell = args.shell_kind.or_else(reader::kind);
    let name = args.run.command.iter().map(OsString::as_os_str).collect::<Vec<_>>();
    let [name] = name[..] else {
        return Err(UsageError::new(format!(
            "expected one NAME, not '{}' as well; which arguments it gets is up to each call",
            name.get(1).copied().unwrap_or_default().display()
        )));
    };
    if let Some(shell) = args.run.settings.shell {
        let option = if shell { "--shell" } else { "--no-shell" };
        return Err(UsageError::new(format!(
            "'{option}' cannot be used with decorate, which memoises a command by its name"
        )));
    }
    // In a shell whose functions have narrower names, the definition says so.
    let name = shell.unwrap_or(ShellKind::Bash).function_name(name)?;
    Ok(message::print(&definition(shell, name, &words::options(argv))))
}

impl ShellKind {
    fn template(self) -> &'static str {
        match self {
            Self::Bash => include_str!("bash.sh"),
            Self::Zsh => include_str!("zsh.zsh"),
            Self::Fish => include_str!("fish.fish"),
            Self::Sh => include_str!("posix.sh"),
        }
    }

    /// `name`, if a function of the shell can have it and the shell has no keyword or builtin of that name.
    fn function_name(self, name: &OsStr) -> Result<&str, UsageError> {
        let refuse =
            |why: &str| Err(UsageError::new(format!("invalid value '{}' for '<NAME>': {why}", name.display())));
        if name.as_bytes().contains(&b'/') {
            return refuse("expected the name of a command, not a path");
        }
        if name == "cacheback" || TAKEN.split_ascii_whitespace().any(|word| name == word) {
            return refuse("expected the name of a command that is not the shell's or cacheback's own");
        }
        let is_wider = |byte: u8| self != Self::Sh && b"-.+:@%".contains(&byte);
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || is_wider(*byte);
        let is_first = |byte: &u8| match self {
            Self::Sh => byte.is_ascii_alphabetic() || *byte == b'_',
            _ => byte.is_ascii_alphanumeric() || *byte == b'_',
        };
        match name.to_str() {
            Some(text) if text.as_bytes().first().is_some_and(is_first) && text.bytes().all(|b| is_part(&b)) => {
                Ok(text)
            }
            _ if self == Self::Sh => {
                refuse("expected ASCII letters, digits and _, as for any function of sh (see --shell-kind)")
            }
            _ => refuse("expected ASCII letters, digits and any of _-.+:@%"),
        }
    }

    /// A word between single quotes, or as it is if nothing in it means anything to a shell.
    fn quoted(self, word: &OsStr) -> Vec<u8> {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+./:@,".contains(byte);
        let bytes = word.as_bytes();
        if !bytes.is_empty() && bytes.iter().all(is_plain) {
            return bytes.to_vec();
        }
        let mut quoted = vec![b'\''];
        for byte in bytes {
            match (self, byte) {
                (Self::Fish, b'\'' | b'\\') => quoted.extend([b'\\', *byte]),
                (_, b'\'') => quoted.extend(br"'\''"),
                _ => quoted.push(*byte),
            }
        }
        quoted.push(b'\'');
        quoted
    }
}

/// The definition of the function `name`, which passes `options` to `cacheback run`; without a shell, one that asks for
/// the definition for the shell that reads it.
fn definition(shell: Option<ShellKind>, name: &str, options: &[OsString]) -> Vec<u8> {
    let template = shell.map_or(include_str!("ask.sh"), ShellKind::template);
    let shell = shell.unwrap_or(ShellKind::Sh);
    let mut quoted = Vec::new();
    for option in options {
        quoted.extend(shell.quoted(option));
        quoted.push(b' ');
    }
    // The options are put in last, so that nothing within them is replaced.
    let text = template.replace("@NAME@", name).replace("@SOURCE@", &source_variable(name));
    let text = text.replace("@MARK@", function::MARK);
    let pieces: Vec<&[u8]> = text.split("@OPTIONS@").map(str::as_bytes).collect();
    pieces.join(&quoted[..])
}

/// The variable that holds the source of a decorated function; no two names share one.
fn source_variable(name: &str) -> String {
    let mut variable = String::from("__cacheback_");
    for byte in name.bytes() {
        match byte {
            b'_' => variable.push_str("__"),
            _ if byte.is_ascii_alphanumeric() => variable.push(char::from(byte)),
            _ => variable.push_str(&format!("_{byte:02x}")),
        }
    }
    variable
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ShellKind; 4] = [ShellKind::Bash, ShellKind::Zsh, ShellKind::Fish, ShellKind::Sh];

    #[test]
    fn names_that_no_function_can_have_are_refused() {
        for name in ["", "a b", "./x", "/bin/ls", "-x", "a=b", "a\nb", "$x", "if", "command", "cacheback", "größe", "["]
        {
            for shell in ALL {
                assert!(shell.function_name(OsStr::new(name)).is_err(), "{name:?} {shell:?}");
            }
        }
        for name in ["docker-compose", "g++", "7z", "python3.11", "a:b", "x@y"] {
            assert!(ShellKind::Sh.function_name(OsStr::new(name)).is_err(), "{name:?}");
            for shell in [ShellKind::Bash, ShellKind::Zsh, ShellKind::Fish] {
                assert_eq!(shell.function_name(OsStr::new(name)).unwrap(), name, "{shell:?}");
            }
        }
        assert_eq!(ShellKind::Sh.function_name(OsStr::new("_a1")).unwrap(), "_a1");
    }

    #[test]
    fn no_two_names_share_a_variable() {
        assert_eq!(source_variable("kubectl"), "__cacheback_kubectl");
        let names = ["a-b", "a_b", "a_2db", "a__b", "a.b", "ab"];
        let variables: std::collections::BTreeSet<_> = names.into_iter().map(source_variable).collect();
        assert_eq!(variables.len(), names.len());
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        for (word, posix, fish) in [
            ("--ttl=20m", "'--ttl=20m'", "'--ttl=20m'"),
            ("20m", "20m", "20m"),
            ("", "''", "''"),
            ("1h 30m", "'1h 30m'", "'1h 30m'"),
            (r"it's\", r"'it'\''s\'", r"'it\'s\\'"),
        ] {
            assert_eq!(ShellKind::Bash.quoted(OsStr::new(word)), posix.as_bytes());
            assert_eq!(ShellKind::Fish.quoted(OsStr::new(word)), fish.as_bytes());
        }
    }

    #[test]
    fn nothing_in_an_option_is_filled_in_or_escapes_into_the_comment() {
        for shell in ALL.map(Some).into_iter().chain([None]) {
            let text = definition(shell, "x", &["--empty".into(), "@NAME@\n@SOURCE@ @OPTIONS@".into()]);
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains("--empty '@NAME@\n@SOURCE@ @OPTIONS@' -- x"), "{text}");
            assert!(text.starts_with("# ") && !text.lines().next().unwrap().contains("--empty"), "{text}");
        }
    }
}
