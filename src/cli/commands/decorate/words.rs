//! The words of a `decorate` command line that are options of `run`, exactly as they were given.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::cli::args::{self, valued};

/// The options of `argv`, which clap has accepted, without those that only `decorate` has.
pub fn options(argv: &[OsString]) -> Vec<OsString> {
    let definition = args::definition();
    let decorate = definition.find_subcommand("decorate").expect("it is defined");
    let mut options = Vec::new();
    let mut words = argv.iter().skip(1);
    let mut command = &definition;
    while let Some(word) = words.next() {
        let is_option = word.as_bytes().starts_with(b"-") && word.len() > 1;
        if word == "--" || (!is_option && command.get_name() == "decorate") {
            break;
        }
        if !is_option {
            command = decorate;
            continue;
        }
        let is_valued = [command, &definition].iter().any(|command| valued(command, word).is_some());
        let value = if is_valued { words.next() } else { None };
        if word != "--shell-kind" && !word.as_bytes().starts_with(b"--shell-kind=") {
            options.extend([word].into_iter().chain(value).cloned());
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options_of(line: &str) -> Vec<String> {
        let argv: Vec<OsString> = ["cacheback"].into_iter().chain(line.split(' ')).map(Into::into).collect();
        args::parse(&argv).unwrap_or_else(|error| panic!("clap refuses {line:?}: {error}"));
        options(&argv).into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn the_options_are_those_between_decorate_and_the_name() {
        for (line, expected) in [
            ("decorate ls", ""),
            ("decorate -- ls", ""),
            ("decorate --ttl 20m -- ls", "--ttl 20m"),
            ("decorate --ttl=20m --async -q ls", "--ttl=20m --async -q"),
            ("decorate --lifetime 20m --shell-kind zsh --env A,B --env C ls", "--lifetime 20m --env A,B --env C"),
            ("decorate --shell-kind=fish --scope decorate ls", "--scope decorate"),
            ("--db decorate -q decorate --cwd -- ls", "--db decorate -q --cwd"),
            ("decorate --empty=--shell-kind ls", "--empty=--shell-kind"),
        ] {
            assert_eq!(options_of(line).join(" "), expected, "{line}");
        }
    }
}
