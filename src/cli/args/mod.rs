//! The command line as clap knows it: names, help and the form of each value; nothing is decided here.
//!
//! The options of `run` are in the table of [`config::settings`](crate::config::Settings), which `fast` reads as well.
//! Here are the subcommands, with the options that only they have.
//! Completions and man pages are generated from these definitions.

#[cfg(feature = "browse")]
mod browse;
mod call;
mod command;
mod config;
mod definition;
pub(crate) mod examples;
pub(crate) mod fast;
mod global;
mod options;
mod selector;
#[cfg(feature = "shared")]
mod shared;
mod stats;
pub(crate) mod upkeep;

use std::ffi::{OsStr, OsString};

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{FromArgMatches, Parser};

#[cfg(feature = "browse")]
pub use browse::BrowseArgs;
pub use call::{DecorateArgs, ExplainArgs, GetArgs, RunArgs, ShellKind};
pub use command::{Command, PAGES_BY_HAND, SUBCOMMANDS};
pub use config::{CallArgs, ConfigAction};
pub use definition::{definition, valued};
pub use global::GlobalArgs;
pub use selector::{PeekArgs, SelectorArgs, SetArgs};
#[cfg(feature = "shared")]
pub use shared::{InspectArgs, KeygenArgs, SharedAction};
pub use stats::StatsArgs;

/// A subcommand that has subcommands of its own.
pub struct Group {
    pub name: &'static str,
    /// The names of these subcommands.
    pub actions: &'static [&'static str],
}

/// All subcommands that have subcommands of their own.
pub const GROUPS: &[Group] = &[
    Group { name: "config", actions: config::ACTIONS },
    #[cfg(feature = "shared")]
    Group { name: "shared", actions: shared::ACTIONS },
];

const ABOUT: &str = "\
Memoise slow commands: print the stored output at once, refresh it in the background

Put `cacheback run` in front of a command. The first call runs it; later calls print the stored output, errors and \
exit status included, until it is older than --ttl. With --async nobody waits for a refresh either: the old output is \
printed at once and a detached process runs the command again.

A link to cacheback with the name of a command, in a directory that stands before the command's in PATH, memoises \
that command: all words belong to it, and options come from the environment.

Results are kept in one file in the user's cache directory. If that cannot be used, the command runs as if cacheback \
were not there.

Other systems than Linux are experimental: `cacheback man guarantees` says what is weaker there.";

/// Everything on the command line.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "cacheback", version, about, long_about = ABOUT, max_term_width = 100, args_override_self = true)]
#[command(override_usage = "cacheback [OPTIONS] SUBCOMMAND")]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Parses a whole command line, the program's name included.
pub fn parse(argv: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = definition().try_get_matches_from(argv)?;
    Cli::from_arg_matches(&matches)
}

/// A parser that clap calls with an option's bytes, and whose error it reports.
pub fn value<T, E>(parse: fn(&OsStr) -> Result<T, E>) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    OsStringValueParser::new().try_map(move |text| parse(&text))
}
