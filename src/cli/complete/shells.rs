//! Our adapters for bash, zsh and fish, in place of clap's, which cannot complete a wrapped command and quote no paths.
//!
//! A script passes the words up to the cursor, unquoted, and reads lines. `VALUE TAB DESCRIPTION` is a candidate,
//! `command N` means that a command of its own begins at word N, counted from 0, and `files` that the word is a path.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use clap::{Arg, Command, ValueHint};
use clap_complete::CompletionCandidate;
use clap_complete::engine::complete;
use clap_complete::env::{Elvish, EnvCompleter, Powershell, Shells};

use super::candidates;
use super::line::{Cursor, cursor, place, value_name};

/// A shell with a script of ours.
pub struct Script {
    name: &'static str,
    text: &'static str,
}

pub const SHELLS: Shells<'static> = Shells(&[
    &Script { name: "bash", text: include_str!("bash.sh") },
    &Script { name: "zsh", text: include_str!("zsh.zsh") },
    &Script { name: "fish", text: include_str!("fish.fish") },
    &Elvish,
    &Powershell,
]);

impl EnvCompleter for Script {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is(&self, name: &str) -> bool {
        name == self.name
    }

    fn write_registration(&self, _: &str, _: &str, _: &str, _: &str, to: &mut dyn Write) -> io::Result<()> {
        to.write_all(self.text.as_bytes())
    }

    fn write_complete(
        &self,
        definition: &mut Command,
        words: Vec<OsString>,
        directory: Option<&Path>,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let answer = answer(definition, words, directory)?;
        for candidate in answer.candidates {
            let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
            let help = help.lines().next().unwrap_or_default();
            writeln!(to, "{}\t{help}", candidate.get_value().display())?;
        }
        answer.rest.map_or(Ok(()), |rest| writeln!(to, "{rest}"))
    }
}

/// What may stand at the cursor.
#[derive(Default)]
struct Answer {
    candidates: Vec<CompletionCandidate>,
    /// What the shell completes besides.
    rest: Option<String>,
}

fn answer(definition: &mut Command, words: Vec<OsString>, directory: Option<&Path>) -> io::Result<Answer> {
    let Some(last) = words.len().checked_sub(1).filter(|last| *last > 0) else { return Ok(Answer::default()) };
    let word = words[last].as_os_str();
    let only = |rest: &str| Answer { rest: Some(rest.to_owned()), ..Answer::default() };
    let wrapped = |first| only(&format!("command {first}"));
    let is_argument = match cursor(&words, definition) {
        Cursor::Value(option) if is_path(option) => return Ok(only("files")),
        Cursor::Unknown => return Ok(Answer::default()),
        Cursor::Argument { subcommand, first } => match subcommand.get_positionals().next() {
            Some(argument) if argument.get_value_hint() == ValueHint::CommandName => return Ok(wrapped(last)),
            Some(argument) if argument.get_value_hint() == ValueHint::CommandWithArguments => {
                let is_id = first == last && takes_id(subcommand) && is_hexadecimal(word);
                let ids = if is_id { candidates::ids(word, &place(&words[1..last], definition)) } else { Vec::new() };
                // The list of all commands would hide the ids.
                let rest = if word.is_empty() && !ids.is_empty() { None } else { wrapped(first).rest };
                return Ok(Answer { candidates: ids, rest });
            }
            Some(argument) if value_name(argument) == Some("JOB") && first < last => return Ok(only("files")),
            argument => argument.is_some(),
        },
        _ => false,
    };
    let mut candidates = complete(definition, words, last, directory)?;
    let is_option = |candidate: &CompletionCandidate| candidate.get_value().as_encoded_bytes().starts_with(b"-");
    if is_argument || candidates.iter().any(|candidate| !is_option(candidate)) {
        candidates.retain(|candidate| !is_option(candidate));
    }
    Ok(Answer { candidates, rest: None })
}

/// Whether its value may be a file or directory: nothing says that it is something else.
fn is_path(option: &Arg) -> bool {
    let is_looked_up = value_name(option).is_some_and(|name| matches!(name, "JOB" | "PREFIX"));
    !is_looked_up && option.get_possible_values().is_empty() && option.get_value_hint() != ValueHint::Other
}

/// Whether an id may stand for the command. Only the usage says so: to clap both are the same argument.
fn takes_id(subcommand: &Command) -> bool {
    subcommand.clone().render_usage().to_string().lines().any(|line| line.ends_with(" ID"))
}

fn is_hexadecimal(word: &OsStr) -> bool {
    word.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit)
}
