//! Subcommands that name the call of a command or a job, with all options that such a call can have.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::{CallArgs, upkeep::ColorArgs};
use crate::config::Settings;

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub settings: Settings,

    /// The command to memoise, and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true)]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct GetArgs {
    #[command(flatten)]
    pub settings: Settings,

    /// The job, and the values of its parameters
    #[arg(value_name = "JOB", trailing_var_arg = true)]
    pub job: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct DecorateArgs {
    /// The shell that will read the definition: bash, zsh, fish or sh [default: the one that calls]
    #[arg(long, value_name = "SHELL", hide_possible_values = true, help_heading = "Definition")]
    pub shell_kind: Option<ShellKind>,

    /// The options of `run`; its COMMAND is NAME here.
    #[command(flatten)]
    pub run: RunArgs,
}

/// The shells that `decorate` prints a definition for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShellKind {
    Bash,
    Zsh,
    Fish,
    /// Any other shell that reads POSIX's language.
    Sh,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ExplainArgs {
    /// Print a JSON object
    #[arg(long, help_heading = "Reporting")]
    pub json: bool,

    /// Show all settings, also those with built-in values
    #[arg(long, help_heading = "Reporting")]
    pub all: bool,

    #[command(flatten)]
    pub color: ColorArgs,

    #[command(flatten)]
    pub call: CallArgs,
}
