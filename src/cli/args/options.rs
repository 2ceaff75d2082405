//! The table of options as arguments of clap.

use std::ffi::OsString;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::config::{SPELLINGS, Settings, Spelling};

/// The options of every subcommand, which [`super::GlobalArgs`] defines.
const GLOBAL: &str = "Global options";

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        command.args(SPELLINGS.iter().filter(|spelling| spelling.group != GLOBAL).map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut settings = Self::default();
        settings.update_from_arg_matches(matches)?;
        Ok(settings)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for spelling in SPELLINGS.iter().filter(|spelling| spelling.group != GLOBAL) {
            let id = id(spelling.name);
            if spelling.placeholder.is_none() {
                if matches.get_flag(&id) {
                    self.set(spelling.name, &mut || None);
                }
                continue;
            }
            for value in matches.get_many::<OsString>(&id).unwrap_or_default() {
                self.set(spelling.name, &mut || Some(value));
            }
        }
        Ok(())
    }
}

/// The id of an option in clap.
fn id(name: &str) -> String {
    name.replace('-', "_")
}

fn arg(spelling: &'static Spelling) -> Arg {
    let (short, long) = help(spelling.help);
    let mut arg = Arg::new(id(spelling.name)).long(spelling.name).help_heading(spelling.group).help(short);
    if let Some(long) = long {
        arg = arg.long_help(long);
    }
    for alias in spelling.aliases {
        arg = match alias.strip_prefix('-') {
            Some(letter) => arg.short(letter.chars().next()),
            None => arg.visible_alias(*alias),
        };
    }
    arg = arg.conflicts_with_all(spelling.conflicts.iter().map(|name| id(name)));
    let Some(placeholder) = spelling.placeholder else {
        let others = SPELLINGS.iter().filter(|other| other.field == spelling.field && other.name != spelling.name);
        return arg.action(ArgAction::SetTrue).overrides_with_all(others.map(|other| id(other.name)));
    };
    if spelling.separators.contains(&b',') {
        arg = arg.value_delimiter(',');
    }
    let check = move |value: OsString| match Settings::default().set(spelling.name, &mut || Some(&value)) {
        Some(Err(reason)) => Err(reason),
        _ => Ok(value),
    };
    arg.value_name(placeholder)
        .action(if spelling.is_list { ArgAction::Append } else { ArgAction::Set })
        .allow_hyphen_values(spelling.allows_hyphen)
        .value_parser(OsStringValueParser::new().try_map(check))
}

/// The short help without its full stop, and the long one if there is more than that.
fn help(lines: &[&str]) -> (String, Option<String>) {
    let mut paragraphs = vec![String::new()];
    for line in lines.iter().map(|line| line.trim()) {
        match paragraphs.last_mut() {
            Some(paragraph) if !line.is_empty() && !paragraph.is_empty() => *paragraph += &format!(" {line}"),
            Some(paragraph) if !line.is_empty() => paragraph.push_str(line),
            _ => paragraphs.push(String::new()),
        }
    }
    let short = paragraphs[0].trim_end_matches('.').to_owned();
    paragraphs[0].clone_from(&short);
    (short, (paragraphs.len() > 1).then(|| paragraphs.join("\n\n")))
}
