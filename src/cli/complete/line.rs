//! Reads an unfinished command line: where the cursor is, and which database and configuration it names.
//!
//! The line need not be right so far: clap would stop at the first mistake.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use clap::{Arg, Command};

use crate::cli::args::{GlobalArgs, valued};

/// What the last word of a line is.
#[derive(Debug)]
pub enum Cursor<'a> {
    /// Among the arguments of a subcommand, the first of which is the word at `first`.
    Argument { subcommand: &'a Command, first: usize },
    /// The value of an option.
    Value(&'a Arg),
    /// A subcommand, or the name of an option.
    Name,
    /// Something behind a word that is no subcommand.
    Unknown,
}

/// Where the last of `words` is. The first one is the program's name.
pub fn cursor<'a>(words: &[OsString], definition: &'a Command) -> Cursor<'a> {
    let last = words.len() - 1;
    let mut command = definition;
    let mut at = 1;
    while at < last {
        let word = words[at].as_os_str();
        at += 1;
        if word == "--" {
            return argument(command, at);
        } else if let Some(option) = valued(command, word) {
            if at == last {
                return Cursor::Value(option);
            }
            at += 1;
        } else if !is_option(word) {
            match word.to_str().and_then(|name| command.find_subcommand(name)) {
                Some(subcommand) => command = subcommand,
                None => return argument(command, at - 1),
            }
        }
    }
    let word = words[last].as_os_str();
    match assigned(word) {
        Some((option, _)) => valued(command, option).map_or(Cursor::Name, Cursor::Value),
        None if is_option(word) || command.has_subcommands() => Cursor::Name,
        None => argument(command, last),
    }
}

fn argument(command: &Command, first: usize) -> Cursor<'_> {
    match command.has_subcommands() {
        true => Cursor::Unknown,
        false => Cursor::Argument { subcommand: command, first },
    }
}

/// The database and the configuration that `words` name, the words before the cursor.
pub fn place(words: &[OsString], definition: &Command) -> GlobalArgs {
    let mut place = GlobalArgs { quiet: true, ..GlobalArgs::default() };
    for (option, value) in values(words, definition) {
        match option.as_encoded_bytes() {
            b"--db" => place.db = Some(value.into()),
            b"--config" => place.config = Some(value.into()),
            _ => {}
        }
    }
    place
}

/// The options in `words` that have values, and their values.
fn values<'a>(words: &'a [OsString], definition: &Command) -> Vec<(&'a OsStr, &'a OsStr)> {
    let commands: Vec<&Command> = definition.get_subcommands().chain([definition]).collect();
    let mut found = Vec::new();
    let mut words = words.iter().map(OsString::as_os_str);
    while let Some(word) = words.next() {
        match assigned(word) {
            Some(pair) => found.push(pair),
            None if commands.iter().any(|command| valued(command, word).is_some()) => {
                found.extend(words.next().map(|value| (word, value)));
            }
            None => {}
        }
    }
    found
}

/// The option and the value of `--option=value`.
fn assigned(word: &OsStr) -> Option<(&OsStr, &OsStr)> {
    let at = word.as_bytes().iter().position(|byte| *byte == b'=').filter(|_| word.as_bytes().starts_with(b"--"))?;
    Some((OsStr::from_bytes(&word.as_bytes()[..at]), OsStr::from_bytes(&word.as_bytes()[at + 1..])))
}

fn is_option(word: &OsStr) -> bool {
    word.as_bytes().starts_with(b"-")
}

/// The name that the usage gives the value of `arg`.
pub fn value_name(arg: &Arg) -> Option<&str> {
    arg.get_value_names()?.first().map(|name| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    #[test]
    fn the_words_before_the_cursor_say_what_it_is_at() {
        let mut definition = args::definition();
        definition.build();
        for (line, expected) in [
            ("", "name"),
            ("ru", "name"),
            ("run", "name"),
            ("run ", "run 2"),
            ("run --tt", "name"),
            ("run --ttl ", "ttl"),
            ("run --lifetime ", "ttl"),
            ("run --ttl=", "ttl"),
            ("run --ttl 5 ", "run 4"),
            ("run -- ", "run 3"),
            ("run -- ls -", "run 3"),
            ("run -q -s ls --ttl 5", "run 4"),
            ("--db run delete --tag list ls ", "delete 6"),
            ("-q get -- lunch ", "get 4"),
            ("config show --scope a ls ", "config show 5"),
            ("help config sh", "name"),
            ("run --nonsense=", "name"),
            ("nonsense ls ", "unknown"),
            ("-- run ", "unknown"),
        ] {
            let words: Vec<OsString> = ["cacheback"].into_iter().chain(line.split(' ')).map(Into::into).collect();
            let found = match cursor(&words, &definition) {
                Cursor::Argument { subcommand, first } if subcommand.has_subcommands() || first == 1 => {
                    "word".to_owned()
                }
                Cursor::Argument { subcommand, first } => {
                    let name = subcommand.get_bin_name().unwrap_or_default();
                    format!("{} {first}", name.trim_start_matches("cacheback "))
                }
                Cursor::Value(option) => option.get_id().to_string(),
                Cursor::Name => "name".to_owned(),
                Cursor::Unknown => "unknown".to_owned(),
            };
            assert_eq!(found, expected, "{line:?}");
        }
    }

    fn place_of(line: &[&str]) -> (Option<String>, Option<String>) {
        let words: Vec<OsString> = line.iter().map(OsString::from).collect();
        let GlobalArgs { db, config, quiet } = place(&words, &args::definition());
        assert!(quiet);
        let text = |path: std::path::PathBuf| path.into_os_string().into_string().unwrap();
        (db.map(text), config.map(text))
    }

    #[test]
    fn the_last_of_each_option_says_where() {
        for (line, db, config) in [
            (&[][..], None, None),
            (&["show"], None, None),
            (&["--db", "a", "show", "--id"], Some("a"), None),
            (&["-q", "show", "--db=a=b", "--config", "c d"], Some("a=b"), Some("c d")),
            (&["--db", "a", "list", "--db=b"], Some("b"), None),
            (&["list", "--ttl", "nonsense", "--no-such-option", "--db", "a"], Some("a"), None),
            (&["list", "--key", "--config=a", "--scope=--db", "b", "--db"], None, None),
        ] {
            assert_eq!(place_of(line), (db.map(str::to_owned), config.map(str::to_owned)), "{line:?}");
        }
    }
}
