//! Selection: which entries to work on, and the subcommands that work on one.

use std::ffi::OsString;

use clap::Args;

use super::value;
use crate::config::Settings;
use crate::config::parse;

/// Which entries to work on. Exactly one way of selecting is given; see `request`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct SelectorArgs {
    /// Select by job: with the values of its parameters as arguments one entry, without them all entries
    #[arg(long, value_name = "JOB", help_heading = "Selection", value_parser = value(parse::text))]
    pub job: Option<OsString>,

    /// Select by the id that `--status` shows: the first hexadecimal digits of the key
    #[arg(long, value_name = "PREFIX", value_parser = value(parse::hexadecimal), help_heading = "Selection")]
    pub id: Option<String>,

    /// Select by the command: a glob over all its words, joined by spaces
    ///
    /// The words are those that run was given: with --shell, the string and the arguments.
    #[arg(long = "match", value_name = "GLOB", value_parser = value(parse::glob), help_heading = "Selection")]
    pub pattern: Option<String>,

    /// Select every entry
    #[arg(long, help_heading = "Selection")]
    pub all: bool,

    /// Options that are not part of the key are accepted so that a command line of `run` can be repeated as it is.
    #[command(flatten)]
    pub settings: Settings,

    /// The command whose entry is selected, as it was given to run
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct SetArgs {
    /// The exit status of the result
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "What is stored")]
    #[arg(allow_hyphen_values = true, value_parser = value(parse::exit_status))]
    pub exit_status: u8,

    #[command(flatten)]
    pub selector: SelectorArgs,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct PeekArgs {
    /// Print the result as a JSON object, with its expiry and what else is known of it
    #[arg(long, help_heading = "Reporting")]
    pub json: bool,

    #[command(flatten)]
    pub selector: SelectorArgs,
}
