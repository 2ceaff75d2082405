//! The subcommands, and what the help says of each.

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use super::config::{self, ConfigAction};
#[cfg(feature = "shared")]
use super::shared::SharedAction;
use super::{DecorateArgs, ExplainArgs, GetArgs, PeekArgs, RunArgs, SelectorArgs, SetArgs, upkeep::Upkeep};

/// The names of all subcommands; each has a manual page.
pub const SUBCOMMANDS: &[&str] = &[
    "run",
    "get",
    "invalidate",
    "delete",
    "set",
    "peek",
    "list",
    #[cfg(feature = "browse")]
    "browse",
    "show",
    "stats",
    "prune",
    "clear",
    "verify",
    "explain",
    "decorate",
    "config",
    #[cfg(feature = "shared")]
    "shared",
    "completions",
    "man",
];

/// The manual pages that are written by hand, by their names for `cacheback man`. Of these names only `config` is also
/// a subcommand.
pub const PAGES_BY_HAND: [&str; 5] = ["config.5", "recipes", "django", "fleet", "guarantees"];

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Memoise a command: run it once, print the stored output from then on
    ///
    /// The first call runs COMMAND and stores what it writes to standard output and standard error, and its exit
    /// status. Later calls print that until it is older than --ttl; then the command runs again: at once, or with
    /// --async in the background, while the old output is printed without waiting. Callers that come while it runs wait
    /// for the same run; on a terminal they see which process runs it and for how long.
    ///
    /// Options stand before COMMAND; the first word that is not an option starts it, as with env(1) and nice(1).
    /// A repeated option replaces the earlier one (--env adds to it).
    #[command(override_usage = "cacheback run [OPTIONS] [--] COMMAND [ARG]...")]
    Run(RunArgs),

    /// Print the result of a job from the configuration file
    ///
    /// A job is a command with a name and a policy. `cacheback get` does for a job what `cacheback run` does for a
    /// command. A stale result is refreshed in the background, unless the job or the defaults have `async = false`.
    ///
    /// ARGs are the values of the job's parameters: in the order in which they are declared, or NAME=VALUE for a
    /// parameter of that name. Options stand before JOB and win over the configuration. `cacheback config --help` says
    /// how jobs are written.
    #[command(override_usage = "cacheback get [OPTIONS] [--] JOB [ARG]...")]
    Get(GetArgs),

    /// Mark entries as stale and refresh them in the background
    ///
    /// Selects the entry of one command, given with the same key options as for `cacheback run`, or all entries that
    /// match --job, --id, --match, --scope, --tag or --all. Each one becomes stale at once and is fetched again in the
    /// background. It is no error if nothing is selected.
    ///
    /// The other options of `cacheback run` are accepted and have no effect, so that its command line can be
    /// repeated as it is.
    #[command(override_usage = "cacheback invalidate [KEY OPTIONS] [--] COMMAND [ARG]...\n       \
                                cacheback invalidate [KEY OPTIONS] --job JOB [ARG]...\n       \
                                cacheback invalidate --key TEXT | --id PREFIX | --match GLOB | \
                                --scope NAME | --tag NAME | --all")]
    Invalidate(SelectorArgs),

    /// Forget entries; the next run fetches
    ///
    /// Selects the entry of one command, given with the same key options as for `cacheback run`, or all entries that
    /// match --job, --id, --match, --scope, --tag or --all. It is no error if nothing is selected.
    ///
    /// The other options of `cacheback run` are accepted and have no effect, so that its command line can be
    /// repeated as it is.
    #[command(override_usage = "cacheback delete [KEY OPTIONS] [--] COMMAND [ARG]...\n       \
                                cacheback delete [KEY OPTIONS] --job JOB [ARG]...\n       \
                                cacheback delete --key TEXT | --id PREFIX | --match GLOB | \
                                --scope NAME | --tag NAME | --all")]
    Delete(SelectorArgs),

    /// Store standard input as the result of a command
    ///
    /// Reads standard input to its end and stores it as what COMMAND writes to standard output, as if it had been
    /// fetched now. COMMAND is not run. The options of `cacheback run` that decide about the key and about what is
    /// stored work here as well. If the program that writes to the pipe is killed, what it has written is stored: a
    /// pipe does not show how its writer ended.
    #[command(override_usage = "cacheback set [OPTIONS] [--] COMMAND [ARG]...\n       \
                                cacheback set [OPTIONS] --job JOB [ARG]...\n       \
                                cacheback set [OPTIONS] --key TEXT | --id PREFIX")]
    Set(SetArgs),

    /// Print what is stored, stale or not; nothing is run or refreshed
    ///
    /// Exits 0 if something is stored, whatever its exit status was, and 1 if nothing is.
    #[command(override_usage = "cacheback peek [OPTIONS] [--] COMMAND [ARG]...\n       \
                                cacheback peek [OPTIONS] --job JOB [ARG]...\n       \
                                cacheback peek [OPTIONS] --key TEXT | --id PREFIX")]
    Peek(PeekArgs),

    #[command(flatten)]
    LookAfter(Upkeep),

    /// Say whether a command would hit, and why or why not; it is not run
    ///
    /// Takes the options of `cacheback run`. Prints what the call would do, what its key is made of, the settings that
    /// decide and where each came from, and what is stored: why it is not fresh, whether a fetch is running, what
    /// failed. If nothing is stored, the most similar entries of the same command are shown, and how they differ. Only
    /// settings that somebody has given are shown; --all shows all.
    ///
    /// Exits 0 whether the command would hit or not.
    #[command(override_usage = "cacheback explain [OPTIONS] [--] COMMAND [ARG]...")]
    Explain(Box<ExplainArgs>),

    /// Print a shell function that memoises a command of its name
    ///
    /// A shell that evaluates the printed definition has a function NAME, which passes its arguments to `cacheback run`
    /// with these options. In bash, zsh and fish NAME may be a function already: then that function runs in a new
    /// shell, and its source is part of the key, so that an edited function is a miss. The new shell has the exported
    /// variables and functions of the calling shell, no others, and none of the options that `set` switches on. The
    /// function is listed and selected as a command of its name: `cacheback invalidate -- NAME ARG`.
    ///
    /// Decorating again replaces the options. After a function is redefined, it has to be decorated again. `command
    /// NAME` runs a command without the cache, and CACHEBACK_DISABLE=1 NAME a function. The first line that is printed
    /// says how to undo the decoration.
    #[command(override_usage = "cacheback decorate [OPTIONS] [--] NAME")]
    Decorate(DecorateArgs),

    /// Check the configuration file, or show the settings that result from it
    #[command(long_about = config::long_about(), override_usage = "cacheback config check\n       cacheback config path\n       \
                                cacheback config show [OPTIONS] [--] [COMMAND [ARG]...]\n       \
                                cacheback config show [OPTIONS] --job JOB [ARG]...")]
    #[command(disable_help_subcommand = true)]
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },

    /// Make the key of the shared tier, look at its server, and find what is wrong with it
    ///
    /// Where [shared] in the configuration names a Redis or Valkey server, calls with --shared, and rules and jobs with
    /// `shared = true`, share their results with other hosts: what one host has fetched, the others print. Everything
    /// on the server is sealed with a key that the hosts have and the server does not have. A server that does not
    /// answer delays one call by its `timeout` at most; later calls leave it alone for a while.
    #[cfg(feature = "shared")]
    #[command(
        override_usage = "cacheback shared keygen [FILE]\n       cacheback shared status\n       cacheback shared doctor"
    )]
    #[command(disable_help_subcommand = true)]
    Shared {
        #[command(subcommand)]
        action: SharedAction,
    },

    /// Print a completion script for a shell
    #[command(override_usage = "cacheback completions SHELL")]
    Completions {
        /// The shell to complete in: bash, elvish, fish, powershell or zsh
        #[arg(hide_possible_values = true)]
        shell: Shell,
    },

    /// Print a manual page
    ///
    /// Prints the page of a subcommand, or of cacheback itself. On a terminal man(1) shows it; a file or a pipe gets
    /// its source, in roff: `cacheback man run | man -l - | cat` is plain text. Five more pages are about no
    /// subcommand: config.5 has every setting of the configuration file, recipes shows uses in bash, zsh and fish,
    /// django is for users of django-cacheback, fleet is the guide to sharing between hosts, and guarantees says what
    /// is promised and where it ends.
    #[command(override_usage = "cacheback man [PAGE]\n       cacheback man --into DIR")]
    Man {
        /// The subcommand that the page is about, for example run; or config.5, recipes, django, fleet or guarantees
        #[arg(value_name = "PAGE", hide_possible_values = true)]
        #[arg(value_parser = PossibleValuesParser::new(SUBCOMMANDS.iter().copied().chain(PAGES_BY_HAND)))]
        page: Option<String>,

        /// Write all pages to man1, man5 and man7 in this directory
        ///
        /// man(1) finds them in share/man beside the bin that the program is in, if that is in PATH.
        #[arg(long, value_name = "DIR", conflicts_with = "page", value_hint = clap::ValueHint::DirPath)]
        into: Option<std::path::PathBuf>,
    },
}
