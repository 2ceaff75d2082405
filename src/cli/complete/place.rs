//! Which database and which configuration an unfinished command line is about.

use std::ffi::OsString;

use clap::Command;

use super::line;
use crate::cli::args::GlobalArgs;

/// What `words`, the line up to before the cursor, say of it.
pub fn of(words: &[OsString], definition: &Command) -> GlobalArgs {
    let mut place = GlobalArgs { quiet: true, ..GlobalArgs::default() };
    for (option, value) in line::values(words, definition) {
        match option.as_encoded_bytes() {
            b"--db" => place.db = Some(value.into()),
            b"--config" => place.config = Some(value.into()),
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
