//! Which database and which configuration an unfinished command line is about.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use clap::Command;

use super::vocabulary::Vocabulary;
use crate::cli::args::GlobalArgs;

/// What `words`, the line from behind the program's name to before the cursor, say of it.
///
/// The line need not be right so far: clap would stop at the first mistake.
pub fn of(words: &[OsString], definition: &Command) -> GlobalArgs {
    let valued = Vocabulary::of(definition).valued;
    let mut place = GlobalArgs { quiet: true, ..GlobalArgs::default() };
    let mut words = words.iter().map(OsString::as_os_str);
    while let Some(word) = words.next() {
        let (option, value) = match word.as_bytes().iter().position(|byte| *byte == b'=') {
            Some(at) => (&word.as_bytes()[..at], Some(OsStr::from_bytes(&word.as_bytes()[at + 1..]))),
            None if valued.iter().any(|option| word == option.as_str()) => (word.as_bytes(), words.next()),
            None => continue,
        };
        match option {
            b"--db" => place.db = value.map(Into::into),
            b"--config" => place.config = value.map(Into::into),
            _ => {}
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    fn place(line: &[&str]) -> (Option<String>, Option<String>) {
        let words: Vec<OsString> = line.iter().map(OsString::from).collect();
        let GlobalArgs { db, config, quiet } = of(&words, &args::definition());
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
            assert_eq!(place(line), (db.map(str::to_owned), config.map(str::to_owned)), "{line:?}");
        }
    }
}
