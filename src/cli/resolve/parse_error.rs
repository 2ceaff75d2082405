//! Prints each error of clap's in one line, and help and version on request.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};

use cacheback::ExitStatus;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::args::{GROUPS, Group, SUBCOMMANDS};
use crate::cli::render::{message, quote};
use crate::config::{SPELLINGS, nearest};

/// Prints help or version as asked for, or what is wrong with the command line.
pub fn print(error: &clap::Error, argv: &[OsString]) -> ExitStatus {
    if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        message::error(in_one_line(error, argv));
        return ExitStatus::Failed;
    }
    match error.print().and_then(|()| io::stdout().flush()) {
        Ok(()) => ExitStatus::Exited(0),
        Err(reason) => message::unprintable(&reason),
    }
}

/// The error without clap's usage block and its advice to try `--help`.
fn in_one_line(error: &clap::Error, argv: &[OsString]) -> String {
    let what = |kind| text(error.get(kind)).unwrap_or_default();
    let option = what(ContextKind::InvalidArg);
    let value = what(ContextKind::InvalidValue);
    let did_you_mean = |name: &str| format!(" (did you mean '{name}'?)");
    let see = || format!("; see '{} --help'", subcommand(argv));
    match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
            if let Some(group) = group(argv) =>
        {
            format!("no subcommand of {} given; {}", group.name, it_has(group))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "no subcommand given; to memoise a command type: cacheback run COMMAND (see 'cacheback --help')".to_owned()
        }
        ErrorKind::InvalidSubcommand => {
            let name = what(ContextKind::InvalidSubcommand);
            let (of, names, then) = match group(argv) {
                Some(group) => (format!(" of {}", group.name), group.actions, it_has(group)),
                None if argv.get(1).is_some_and(|word| word == "help") => {
                    (String::new(), SUBCOMMANDS, format!("there are: {}", SUBCOMMANDS.join(", ")))
                }
                None => (String::new(), SUBCOMMANDS, format!("to memoise a command type: {}", with_run(argv, &name))),
            };
            let near = best(error.get(ContextKind::SuggestedSubcommand));
            // clap suggests nothing for short words.
            let near = near.or_else(|| nearest(&name, names.iter().copied()).map(str::to_owned));
            let hint = near.as_deref().map(did_you_mean).unwrap_or_default();
            format!("'{name}' is not a subcommand{of}{hint}; {then}")
        }
        ErrorKind::UnknownArgument if subcommand(argv) == PROGRAM && is_of_run(&option) => {
            let hint = best(error.get(ContextKind::SuggestedArg)).as_deref().map(did_you_mean).unwrap_or_default();
            let line = with_run(argv, &option);
            format!("unexpected argument '{option}'{hint}; options of run stand after it: {line}")
        }
        ErrorKind::UnknownArgument => match best(error.get(ContextKind::SuggestedArg)) {
            Some(name) => format!("unexpected argument '{option}'; did you mean '{name}'?"),
            None => format!("unexpected argument '{option}'{}", see()),
        },
        ErrorKind::MissingRequiredArgument if option.starts_with("<COMMAND>") => {
            format!("no command given; expected: {} [OPTIONS] [--] COMMAND [ARG]...", subcommand(argv))
        }
        ErrorKind::MissingRequiredArgument if option.starts_with("<NAME>") => {
            format!("no command given; expected: {} [OPTIONS] [--] NAME", subcommand(argv))
        }
        ErrorKind::MissingRequiredArgument => format!("{option} is missing{}", see()),
        ErrorKind::InvalidValue if value.is_empty() && is_given_nothing(argv, &option) => {
            let expected = match what(ContextKind::ValidValue) {
                values if values.is_empty() => "expected one that is not empty".to_owned(),
                values => format!("expected one of: {values}"),
            };
            format!("invalid value '' for '{option}'; {expected}")
        }
        ErrorKind::InvalidValue if value.is_empty() => format!(
            "a value is required for '{option}' but none was supplied; one that begins with - is given as {}=VALUE",
            option.split(' ').next().unwrap_or_default()
        ),
        ErrorKind::InvalidValue => {
            format!("invalid value '{value}' for '{option}'; expected one of: {}", what(ContextKind::ValidValue))
        }
        ErrorKind::ValueValidation => {
            let reason = error.source().map(ToString::to_string).unwrap_or_default();
            format!("invalid value '{value}' for '{option}': {reason}")
        }
        ErrorKind::ArgumentConflict => {
            format!("'{option}' cannot be used with '{}'{}", what(ContextKind::PriorArg), see())
        }
        ErrorKind::TooManyValues => format!("unexpected value '{value}' for '{option}', which takes none"),
        _ => {
            let rendered = error.to_string();
            let first = rendered.lines().next().unwrap_or_default();
            format!("{}{}", first.trim_start_matches("error: "), see())
        }
    }
}

/// The subcommand whose own subcommand is missing or wrong, also behind `help`.
fn group(argv: &[OsString]) -> Option<&'static Group> {
    let words = first_word(argv).map_or(&[][..], |at| &argv[at..]);
    let words = if words.first().is_some_and(|word| word == "help") { &words[1..] } else { words };
    GROUPS.iter().find(|group| words.first().is_some_and(|word| word == group.name))
}

fn it_has(Group { name, actions }: &Group) -> String {
    format!("it has: {}; see '{PROGRAM} {name} --help'", actions.join(", "))
}

/// What clap suggests. Of several words the last is the most similar one.
fn best(suggestion: Option<&ContextValue>) -> Option<String> {
    match suggestion? {
        ContextValue::Strings(texts) => texts.last().cloned(),
        other => text(Some(other)),
    }
}

/// A part of clap's error as text.
fn text(value: Option<&ContextValue>) -> Option<String> {
    match value? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    }
}

const PROGRAM: &str = "cacheback";

/// `cacheback run`, or `cacheback` if the line has no subcommand.
fn subcommand(argv: &[OsString]) -> String {
    match first_word(argv).and_then(|at| argv[at].to_str()).filter(|word| SUBCOMMANDS.contains(word)) {
        Some(name) => format!("{PROGRAM} {name}"),
        None => PROGRAM.to_owned(),
    }
}

/// Where the first word stands that is neither an option nor an option's value.
fn first_word(argv: &[OsString]) -> Option<usize> {
    let mut at = 1;
    loop {
        match argv.get(at)?.to_str() {
            Some("--db" | "--config") => at += 2,
            Some(word) if word.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
}

/// Whether the value of this option is given, and empty.
fn is_given_nothing(argv: &[OsString], option: &str) -> bool {
    let name = option.split(' ').next().unwrap_or_default();
    argv.windows(2).any(|pair| pair[0] == name && pair[1].is_empty())
        || argv.iter().any(|word| word.to_str().and_then(|word| word.strip_suffix('=')) == Some(name))
}

/// Whether `run` has this option.
fn is_of_run(option: &str) -> bool {
    let name = option.strip_prefix("--").unwrap_or(option);
    SPELLINGS.iter().any(|option| option.name == name || option.aliases.contains(&name))
}

/// The corrected line: with `run` in front of the word that is no subcommand.
fn with_run(argv: &[OsString], word: &str) -> String {
    let is_it = |candidate: &OsString| {
        let candidate = candidate.to_string_lossy();
        candidate == word || (word.starts_with('-') && candidate.starts_with(word))
    };
    let at = argv.iter().skip(1).position(is_it).map_or(argv.len(), |at| at + 1);
    // A `--` in front of the word is the end of the options of run.
    let at = if argv[at - 1] == "--" { at - 1 } else { at };
    let (before, after) = argv.split_at(at);
    let words = before.iter().skip(1).map(|word| quote::word(word)).chain(["run".to_owned()]);
    let words: Vec<String> = words.chain(after.iter().map(|word| quote::word(word))).collect();
    format!("{PROGRAM} {}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    fn answer(line: &[&str]) -> String {
        let argv: Vec<OsString> = [PROGRAM].iter().chain(line).map(OsString::from).collect();
        in_one_line(&args::parse(&argv).expect_err("this line is wrong"), &argv)
    }

    #[test]
    fn the_option_the_value_and_what_is_accepted_are_named() {
        for (line, words) in [
            (&["run", "--ttl", "soon", "x"][..], &["--ttl", "'soon'", "expected", "10m"][..]),
            (&["run", "--ttl", "-5m", "x"], &["--ttl", "'-5m'", "negative"]),
            (&["run", "--keep", "99999999999999999999", "x"], &["--keep", "too long", "10m"]),
            (&["run", "--timeout", "0", "x"], &["--timeout", "'0'", "10m"]),
            (&["run", "--max-size", "1Q", "x"], &["--max-size", "'1Q'", "64KiB"]),
            (&["run", "--cache-exit", "256", "x"], &["--cache-exit", "'256'", "0 to 255"]),
            (&["run", "--env", "A=B", "x"], &["--env", "'A=B'", "name"]),
            (&["run", "--status-fd", "two", "x"], &["--status-fd", "'two'", "descriptor"]),
            (&["run", "--scope", "--async", "x"], &["--scope", "--scope=VALUE"]),
            (&["--db", "", "list"], &["invalid value '' for '--db <PATH>'; ", "not empty"]),
            (&["run", "--config=", "x"], &["invalid value '' for '--config <PATH>'; ", "not empty"]),
            (&["list", "--sort", ""], &["invalid value '' for '--sort <COLUMN>'; expected one of: id, state"]),
            (&["list", "--db"], &["none was supplied"]),
            (&["set", "--exit-status", "256", "x"], &["'256' for '--exit-status <N>'", "a number from 0 to 255"]),
            (&["set", "--exit-status", "-1", "x"], &["'-1' for '--exit-status <N>'", "a number from 0 to 255"]),
            (&["run", "--async=1", "x"], &["--async", "'1'", "none"]),
            (&["run", "--warm", "--refresh", "x"], &["--warm", "--refresh"]),
            (&["run", "--only-if-cached", "--refresh", "x"], &["--only-if-cached", "--refresh"]),
            (&["run", "--only-if-cached", "--warm", "x"], &["--only-if-cached", "--warm"]),
            (&["delete", "--id", "a\n\nb"], &["--id", "hexadecimal"]),
            (&["completions", "ksh"], &["'ksh'", "bash, elvish, fish"]),
            (&["completions"], &["SHELL", "cacheback completions --help"]),
            (&["man", "ru"], &["'ru'", "invalidate"]),
        ] {
            let answer = answer(line);
            assert!(words.iter().all(|word| answer.contains(word)), "{line:?}: {answer}");
        }
    }

    #[test]
    fn a_mistyped_word_is_corrected() {
        assert_eq!(answer(&["run", "--tll", "5", "x"]), "unexpected argument '--tll'; did you mean '--ttl'?");
        assert_eq!(answer(&["run", "-Z", "x"]), "unexpected argument '-Z'; see 'cacheback run --help'");
        let all = format!("; there are: {}", SUBCOMMANDS.join(", "));
        assert_eq!(answer(&["help", "curl"]), format!("'curl' is not a subcommand{all}"));
        assert_eq!(answer(&["help", "lst"]), format!("'lst' is not a subcommand (did you mean 'list'?){all}"));
        for (word, meant) in
            [("delte", "delete"), ("invalidte", "invalidate"), ("rn", "run"), ("RUN", "run"), ("urn", "run")]
        {
            let then = format!("to memoise a command type: cacheback run {word} x");
            let expected = format!("'{word}' is not a subcommand (did you mean '{meant}'?); {then}");
            assert_eq!(answer(&[word, "x"]), expected);
        }
        assert_eq!(answer(&["q"]), "'q' is not a subcommand; to memoise a command type: cacheback run q");
    }

    #[test]
    fn some_subcommands_have_subcommands_of_their_own() {
        let definition = args::definition();
        for command in definition.get_subcommands().filter(|command| command.has_subcommands()) {
            let group = GROUPS.iter().find(|group| group.name == command.get_name()).unwrap();
            assert_eq!(group.actions, command.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>());
            let has = it_has(group);
            assert_eq!(answer(&[group.name]), format!("no subcommand of {} given; {has}", group.name));
        }
        let has = "it has: check, path, show; see 'cacheback config --help'";
        assert_eq!(answer(&["config"]), format!("no subcommand of config given; {has}"));
        for (line, word, meant) in [
            (&["config", "chek"][..], "chek", " (did you mean 'check'?)"),
            (&["--db", "x", "config", "-q", "PATH"], "PATH", " (did you mean 'path'?)"),
            (&["config", "validate"], "validate", ""),
            (&["help", "config", "shw"], "shw", " (did you mean 'show'?)"),
        ] {
            assert_eq!(answer(line), format!("'{word}' is not a subcommand of config{meant}; {has}"));
        }
    }

    #[test]
    fn run_is_not_put_in_front_of_what_it_does_not_have() {
        for line in [&["--db", "x", "show", "--jsn"][..], &["--tt", "5", "date"], &["--db=x", "clear", "--json"]] {
            let answer = answer(line);
            assert!(answer.starts_with("unexpected argument '--") && !answer.contains("run"), "{line:?}: {answer}");
        }
        assert!(answer(&["--db", "x", "clear", "--jsn"]).ends_with("see 'cacheback clear --help'"));
    }

    #[test]
    fn a_forgotten_run_is_put_in() {
        for (line, with_run) in [
            (&["curl", "-fsS", "http://a/?b c"][..], "cacheback run curl -fsS 'http://a/?b c'"),
            (&["--", "ls", "-l"], "cacheback run -- ls -l"),
            (&["--db", "x", "ls"], "cacheback --db x run ls"),
            (&[""], "cacheback run ''"),
        ] {
            let answer = answer(line);
            assert!(answer.ends_with(&format!("; to memoise a command type: {with_run}")), "{answer}");
        }
        assert_eq!(
            answer(&["-q", "--ttl=5m", "curl"]),
            "unexpected argument '--ttl'; options of run stand after it: cacheback -q run --ttl=5m curl"
        );
        assert_eq!(answer(&["run"]), "no command given; expected: cacheback run [OPTIONS] [--] COMMAND [ARG]...");
        assert_eq!(answer(&["decorate"]), "no command given; expected: cacheback decorate [OPTIONS] [--] NAME");
        assert!(answer(&[]).contains("cacheback run COMMAND"));
    }
}
