//! What the scripts have to know of the command line, read from clap's definitions.

use clap::{Arg, Command, ValueHint};

/// Words of the command line by what they mean for completion.
pub struct Vocabulary {
    /// Options whose value may be the next word.
    pub valued: Vec<String>,
    /// Subcommands whose arguments are a command and its arguments.
    pub wrapping: Vec<String>,
    /// Subcommands whose argument is the name of a command.
    pub naming: Vec<String>,
    /// Subcommands whose first argument is a job.
    pub jobs: Vec<String>,
    /// Subcommands of `wrapping` whose argument may be an id instead.
    pub ids: Vec<String>,
    /// Subcommands whose argument is one of a few words, and these.
    pub few: Vec<(String, Vec<String>)>,
}

impl Vocabulary {
    pub fn of(definition: &Command) -> Self {
        let arguments = definition.get_subcommands().chain([definition]).flat_map(Command::get_arguments);
        let mut valued: Vec<String> = arguments.filter(|arg| arg.get_action().takes_values()).flat_map(names).collect();
        valued.sort();
        valued.dedup();
        let with = |is_meant: fn(&Arg) -> bool| {
            let subcommands = definition.get_subcommands();
            let meant = subcommands.filter(|command| command.get_positionals().next().is_some_and(is_meant));
            meant.map(|command| command.get_name().to_owned()).collect()
        };
        let few = definition.get_subcommands().filter_map(|command| {
            let values = command.get_positionals().next()?.get_possible_values();
            let values: Vec<_> = values.iter().map(|value| value.get_name().to_owned()).collect();
            (!values.is_empty()).then(|| (command.get_name().to_owned(), values))
        });
        let takes_id = definition.get_subcommands().filter(|command| takes_id(command));
        Self {
            ids: takes_id.map(|command| command.get_name().to_owned()).collect(),
            few: few.collect(),
            valued,
            wrapping: with(|arg| arg.get_value_hint() == ValueHint::CommandWithArguments),
            naming: with(|arg| arg.get_value_hint() == ValueHint::CommandName),
            jobs: with(is_job),
        }
    }
}

/// The option as it is typed, in every way.
fn names(arg: &Arg) -> Vec<String> {
    let longs = arg.get_long_and_visible_aliases().unwrap_or_default();
    let shorts = arg.get_short_and_visible_aliases().unwrap_or_default();
    let longs = longs.into_iter().map(|long| format!("--{long}"));
    longs.chain(shorts.into_iter().map(|short| format!("-{short}"))).collect()
}

/// Whether its usage says so; to clap the id is the command.
fn takes_id(command: &Command) -> bool {
    command.clone().render_usage().to_string().lines().any(|line| line.ends_with(" ID"))
}

fn is_job(arg: &Arg) -> bool {
    arg.get_value_names().is_some_and(|names| names.first().is_some_and(|name| *name == "JOB"))
}
