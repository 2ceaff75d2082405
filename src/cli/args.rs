//! The command line as clap knows it: names, help and the form of each value; nothing is decided here.
//!
//! Environment variables are named in the help but merged in [`request`](super::request), which `fast` shares.
//! Completions and man pages are generated from these definitions.

mod config;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use cacheback::policy::CacheExit;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

pub use config::{CallArgs, ConfigAction};

use super::decorate::ShellKind;
use super::examples;
use super::upkeep::Upkeep;
use super::{units, values};

/// The names of all subcommands; each has a manual page.
pub const SUBCOMMANDS: [&str; 17] = [
    "run",
    "get",
    "invalidate",
    "delete",
    "set",
    "peek",
    "list",
    "show",
    "stats",
    "prune",
    "clear",
    "verify",
    "explain",
    "decorate",
    "config",
    "completions",
    "man",
];

const ABOUT: &str = "\
Memoise slow commands: print the stored output at once, refresh it in the background

Put `cacheback run` in front of a command. The first call runs it; later calls print the stored output, errors and \
exit status included, until it is older than --ttl. With --async nobody waits for a refresh either: the old output is \
printed at once and a detached process runs the command again.

A link to cacheback that is named like a command, in a directory that PATH has before the command's, memoises that \
command: all words belong to it, and options come from the environment.

Results are kept in one file in the user's cache directory. If that cannot be used, the command runs as if cacheback \
were not there.";

/// Everything on the command line.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "cacheback", version, about, long_about = ABOUT, max_term_width = 100, args_override_self = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Memoise a command: run it once, print the stored output from then on
    ///
    /// The first call runs COMMAND and stores what it writes to standard output and standard error, and its exit
    /// status. Later calls print that until it is older than --ttl; then the command runs again: at once, or with
    /// --async in the background, while the old output is printed without waiting.
    ///
    /// Options stand before COMMAND; the first word that is not an option starts it, as with env(1) and nice(1).
    /// A repeated option replaces the earlier one (--env adds to it).
    #[command(override_usage = "cacheback run [OPTIONS] [--] COMMAND [ARG]...")]
    Run(RunArgs),

    /// Print the result of a job from the configuration file
    ///
    /// Does for a job, a command with a name and a policy, what `cacheback run` does for a command. What is stale is refreshed in the background, unless
    /// the job or the defaults say `async = false`.
    ///
    /// ARGs are the values of the job's parameters: in the order in which they are declared, or NAME=VALUE for a
    /// parameter of that name. Options stand before JOB and win over the configuration. `cacheback config --help` says
    /// how jobs are written.
    #[command(override_usage = "cacheback get [OPTIONS] [--] JOB [ARG]...")]
    Get(GetArgs),

    /// Mark entries as stale and refresh them in the background
    ///
    /// Selects the entry of one command, given with the same key options as to `cacheback run`, or all entries that
    /// match --job, --id, --match, --scope or --all. Each one becomes stale at once and is fetched again in the
    /// background. It is no error if nothing is selected.
    ///
    /// The other options of `cacheback run` are accepted and have no effect, so that its command line can be
    /// repeated as it is.
    #[command(override_usage = "cacheback invalidate [KEY OPTIONS] [--] COMMAND [ARG]...\n       \
                                cacheback invalidate [KEY OPTIONS] --job JOB [ARG]...\n       \
                                cacheback invalidate --key TEXT | --id PREFIX | --match GLOB | --scope NAME | --all")]
    Invalidate(SelectorArgs),

    /// Forget entries; the next run fetches
    ///
    /// Selects the entry of one command, given with the same key options as to `cacheback run`, or all entries that
    /// match --job, --id, --match, --scope or --all. It is no error if nothing is selected.
    ///
    /// The other options of `cacheback run` are accepted and have no effect, so that its command line can be
    /// repeated as it is.
    #[command(override_usage = "cacheback delete [KEY OPTIONS] [--] COMMAND [ARG]...\n       \
                                cacheback delete [KEY OPTIONS] --job JOB [ARG]...\n       \
                                cacheback delete --key TEXT | --id PREFIX | --match GLOB | --scope NAME | --all")]
    Delete(SelectorArgs),

    /// Store standard input as the result of a command
    ///
    /// Reads standard input to its end and stores it as what COMMAND writes to standard output, as if it had been
    /// fetched now. COMMAND is not run. Options are those of `cacheback run` that say what the key is and what is kept.
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
    /// decide and where each came from, and what is stored: why it is not fresh, whether a fetch is running, what failed.
    /// Where nothing is stored, the most similar entries of the same command are shown, and in what they differ.
    ///
    /// Exits 0 whether it would hit or not.
    #[command(override_usage = "cacheback explain [OPTIONS] [--] COMMAND [ARG]...")]
    Explain(Box<ExplainArgs>),

    /// Print a shell function that memoises a command of its name
    ///
    /// The shell that evaluates what is printed has a function NAME from then on, which passes its arguments to
    /// `cacheback run` with these options. In bash, zsh and fish NAME may be a function already: then that runs in a
    /// shell of its own, and its source is part of the key, so that editing it is a miss. There it has the exported
    /// variables and functions of the calling shell, and no others.
    ///
    /// Decorating again replaces the options; redefine a function and decorate it again to have the new one memoised.
    /// `command NAME` is the command itself, and CACHEBACK_DISABLE=1 NAME the function. The first line of what is
    /// printed says how to undo it.
    #[command(override_usage = "cacheback decorate [OPTIONS] [--] NAME")]
    Decorate(DecorateArgs),

    /// Check the configuration file, or show what it comes to
    #[command(long_about = config::LONG_ABOUT, override_usage = "cacheback config check\n       cacheback config path\n       \
                                cacheback config show [OPTIONS] [--] [COMMAND [ARG]...]\n       \
                                cacheback config show [OPTIONS] --job JOB [ARG]...")]
    #[command(disable_help_subcommand = true)]
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },

    /// Print a completion script for a shell
    Completions {
        /// The shell to complete in: bash, elvish, fish, powershell or zsh
        #[arg(hide_possible_values = true)]
        shell: Shell,
    },

    /// Print a manual page
    ///
    /// Prints the page of SUBCOMMAND, or of cacheback itself, in roff: pipe it into `man -l -`.
    Man {
        /// The subcommand that the page is about, for example run
        #[arg(value_parser = SUBCOMMANDS, hide_possible_values = true)]
        subcommand: Option<String>,
    },
}

/// Options that every subcommand takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct GlobalArgs {
    /// Keep the cache in this file [env: CACHEBACK_DB] [default: cacheback/cache.db in the user's cache directory]
    #[arg(long, value_name = "PATH", global = true, help_heading = "Global options")]
    pub db: Option<PathBuf>,

    /// Read this configuration file [env: CACHEBACK_CONFIG] [default: cacheback/config.toml in the user's configuration
    /// directory]
    #[arg(long, value_name = "PATH", global = true, help_heading = "Global options")]
    pub config: Option<PathBuf>,

    /// Print no warnings and no counts on standard error
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub freshness: FreshnessArgs,

    #[command(flatten)]
    pub key: KeyArgs,

    #[command(flatten)]
    pub fetch: FetchArgs,

    /// The command to memoise, and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true)]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct GetArgs {
    #[command(flatten)]
    pub freshness: FreshnessArgs,

    #[command(flatten)]
    pub key: KeyArgs,

    #[command(flatten)]
    pub fetch: FetchArgs,

    /// The job, and the values of its parameters
    #[arg(value_name = "JOB", required = true, trailing_var_arg = true)]
    pub job: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct DecorateArgs {
    /// The shell that will read it: bash, zsh, fish or sh [default: that of $SHELL, or else sh]
    #[arg(long, value_name = "SHELL", hide_possible_values = true, help_heading = "Definition")]
    pub shell_kind: Option<ShellKind>,

    /// The options are those of `run`, and its COMMAND is the NAME.
    #[command(flatten)]
    pub run: RunArgs,
}

/// When a stored result is served, and what happens otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct FreshnessArgs {
    /// Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]
    ///
    /// A result is fresh for this long after its fetch ended. It is the reader's choice: `--ttl 60` means "no older
    /// than a minute", whatever ttl the result was fetched with. `0` is never fresh. --lifetime is another name for it.
    ///
    /// Durations are seconds (600, 0.5) or numbers with units: 500ms, 90s, 10m, '1h 30m', 7d.
    #[arg(long, visible_alias = "lifetime", value_name = "DURATION", help_heading = "Freshness")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub ttl: Option<Duration>,

    /// Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]
    #[arg(long = "async", help_heading = "Freshness")]
    pub background: bool,

    /// Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]
    ///
    /// A result that is stale for longer is treated as if it were not stored.
    #[arg(long, value_name = "DURATION", help_heading = "Freshness")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub max_stale: Option<Duration>,

    /// If fetching a stale result again fails, serve the stale one after all
    ///
    /// With one line of warning on standard error. The new output is held back until the command has ended.
    #[arg(long, help_heading = "Freshness")]
    pub stale_if_error: bool,

    /// If nothing is stored, print the --empty text and fetch in the background
    ///
    /// Exits 0 without waiting for the command.
    #[arg(long, help_heading = "Freshness")]
    pub no_fetch_on_miss: bool,

    /// What --no-fetch-on-miss prints [default: nothing]
    #[arg(long, value_name = "TEXT", help_heading = "Freshness")]
    pub empty: Option<OsString>,

    /// Serve a result only while these files are unchanged; repeatable, globs
    ///
    /// A change of size, time or inode is looked into: only other content counts. A missing file is a state like any
    /// other. A glob stands for the files that match it; quote it, so that the shell leaves it alone.
    #[arg(long, value_name = "PATH", action = ArgAction::Append, help_heading = "Freshness")]
    #[arg(value_parser = value(values::dependency))]
    pub depends_on: Vec<OsString>,

    /// Fetch now, in the foreground, whatever is stored
    #[arg(long, conflicts_with_all = ["warm", "only_if_cached"], help_heading = "Freshness")]
    pub refresh: bool,

    /// Start a fetch in the background and return at once, without output
    #[arg(long, conflicts_with = "only_if_cached", help_heading = "Freshness")]
    pub warm: bool,

    /// Never run the command: print a fresh result, or nothing and exit 1
    #[arg(long, help_heading = "Freshness")]
    pub only_if_cached: bool,
}

/// What, besides the words of the command, makes two invocations different.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct KeyArgs {
    /// Make the working directory part of the key
    #[arg(long, help_heading = "Key")]
    pub cwd: bool,

    /// Make this environment variable part of the key; repeatable, or NAME,NAME
    #[arg(long, value_name = "NAME", value_delimiter = ',', action = ArgAction::Append, help_heading = "Key")]
    #[arg(value_parser = value(values::variable_name))]
    pub env: Vec<OsString>,

    /// Read standard input to its end, make it part of the key, and give it to the command
    ///
    /// Without this option the command's standard input is /dev/null.
    #[arg(long, help_heading = "Key")]
    pub stdin: bool,

    /// Keep results apart under this name [env: CACHEBACK_SCOPE]
    #[arg(long, value_name = "NAME", help_heading = "Key")]
    pub scope: Option<OsString>,

    /// Use this text in place of the command line in the key
    #[arg(long, value_name = "TEXT", help_heading = "Key")]
    pub key: Option<OsString>,

    /// COMMAND is a string for `sh -c`; the arguments become its $1, $2, …
    #[arg(short, long, help_heading = "Key")]
    pub shell: bool,

    /// Run the command on a terminal, so that it keeps its colours; part of the key
    ///
    /// Its standard output and error are one terminal then, and are stored and printed as standard output. It has the
    /// size of the caller's terminal, or 24 lines of 80 characters. Pagers are switched off: PAGER and variables whose
    /// names end in it are set to cat.
    #[arg(long, help_heading = "Key")]
    pub pty: bool,
}

/// How the command is run, which results are kept, and what is told about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct FetchArgs {
    /// Store results with these exit statuses: numbers and commas, or `any` [default: 0]
    #[arg(long, value_name = "CODES", help_heading = "What is stored")]
    #[arg(allow_hyphen_values = true, value_parser = value(values::exit_codes))]
    pub cache_exit: Option<CacheExit>,

    /// Store results with other exit statuses, too, and serve them for this long
    #[arg(long, value_name = "DURATION", help_heading = "What is stored")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub failure_ttl: Option<Duration>,

    /// Pass a larger output through without storing it [default: 256MiB]
    ///
    /// Sizes are bytes (65536), or numbers with a suffix: K, M, G, T or KiB, MiB, GiB, TiB count in 1024s; kB, MB,
    /// GB, TB in 1000s.
    #[arg(long, value_name = "SIZE", help_heading = "What is stored")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::size))]
    pub max_size: Option<u64>,

    /// Remove a result that has not been fetched for this long [default: 30d]
    #[arg(long, value_name = "DURATION", help_heading = "What is stored")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub keep: Option<Duration>,

    /// Label the result, to select it by; repeatable
    #[arg(long, value_name = "NAME", action = ArgAction::Append, help_heading = "What is stored")]
    #[arg(value_parser = value(values::tag))]
    pub tag: Vec<OsString>,

    /// End the command if it runs for longer than this; exit 124 [default: no limit]
    ///
    /// It gets a TERM signal, and KILL five seconds later. This is for a command that is waited for; see
    /// --refresh-timeout for one in the background.
    #[arg(long, value_name = "DURATION", help_heading = "Running")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::limit))]
    pub timeout: Option<Duration>,

    /// End a background fetch, with its whole process group, after this long [default: 1h]
    #[arg(long, value_name = "DURATION", help_heading = "Running")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::limit))]
    pub refresh_timeout: Option<Duration>,

    /// Pass the output through this shell command each time it is printed
    ///
    /// What is stored is the output before that. CACHEBACK_STATUS (hit, stale or miss), CACHEBACK_AGE (seconds) and
    /// CACHEBACK_KEY are set. If it fails, its exit status is that of the call.
    #[arg(long, value_name = "COMMAND", help_heading = "Running")]
    pub process_result: Option<OsString>,

    /// While a command runs that has run before, show how far it should be by now
    ///
    /// A bar on standard error, if that is a terminal, judged by how long the command took the last time. It is gone
    /// before the command writes to the terminal, and leaves no trace.
    #[arg(long, help_heading = "Reporting")]
    pub progress: bool,

    /// Print a Cache-Status line on standard error: hit, stale or fetched, and why
    ///
    /// In the syntax of RFC 9211, for example: Cache-Status: cacheback; hit; ttl=376; key="3f2a91c0"; age=224
    #[arg(long, help_heading = "Reporting")]
    pub status: bool,

    /// Print the Cache-Status line on this open descriptor instead
    #[arg(long, value_name = "N", help_heading = "Reporting")]
    #[arg(allow_hyphen_values = true, value_parser = value(values::descriptor_number))]
    pub status_fd: Option<i32>,
}

/// Which entries to work on. Exactly one way of selecting is given; see `request`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct SelectorArgs {
    /// Select by job; with the values of its parameters as arguments one entry of it, without them all
    #[arg(long, value_name = "JOB", help_heading = "Selection")]
    pub job: Option<OsString>,

    /// Select by the id that `--status` shows: hexadecimal digits that begin the key
    #[arg(long, value_name = "PREFIX", value_parser = value(values::hexadecimal), help_heading = "Selection")]
    pub id: Option<String>,

    /// Select by the command line: a glob over its words joined by spaces
    #[arg(long = "match", value_name = "GLOB", value_parser = value(values::glob), help_heading = "Selection")]
    pub pattern: Option<String>,

    /// Select every entry
    #[arg(long, help_heading = "Selection")]
    pub all: bool,

    #[command(flatten)]
    pub key: KeyArgs,

    /// Accepted so that a command line of `run` can be repeated as it is; without effect.
    #[command(flatten)]
    pub ignored_freshness: FreshnessArgs,

    /// The same.
    #[command(flatten)]
    pub ignored_fetch: FetchArgs,

    /// The command whose entry is selected, as it was given to run
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct SetArgs {
    /// The exit status of the result
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "What is stored")]
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

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ExplainArgs {
    /// Print a JSON object
    #[arg(long, help_heading = "Reporting")]
    pub json: bool,

    #[command(flatten)]
    pub call: CallArgs,
}

/// The command line's definition, ready to parse, to complete from and to print as a manual.
pub fn definition() -> clap::Command {
    let ignored = FetchArgs::augment_args(FreshnessArgs::augment_args(clap::Command::new("ignored")));
    let selector = |command: clap::Command| {
        command
            .mut_args(|arg| match ignored.get_arguments().any(|other| other.get_id() == arg.get_id()) {
                true => arg.hide(true),
                false => arg,
            })
            .mut_arg("scope", |arg| arg.help("Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]"))
            .mut_arg("tag", |arg| arg.help("Select by label").help_heading("Selection").hide(false))
    };
    let one = |command: clap::Command, shown: &[&str]| {
        selector(command).mut_args(|arg| match arg.get_id().as_str() {
            "pattern" | "all" | "tag" => arg.hide(true),
            id if shown.contains(&id) => arg.hide(false),
            _ => arg,
        })
    };
    const KEPT: [&str; 7] = ["keep", "max_size", "cache_exit", "failure_ttl", "refresh_timeout", "depends_on", "tag"];
    with_examples(Cli::command()).mut_subcommands(|command| match command.get_name() {
        "invalidate" | "delete" => with_examples(selector(command)),
        "decorate" => with_examples(decorate(command)),
        "set" => with_examples(one(command, &KEPT)),
        "explain" => with_examples(command.mut_args(|arg| match arg.get_id().as_str() {
            "progress" | "process_result" | "status" | "status_fd" => arg.hide(true),
            "command" => arg.help("The command that would be run, and its arguments"),
            _ => arg,
        })),
        "peek" => with_examples(one(command, &["ttl", "depends_on"])),
        "show" => with_examples(one(command, &["ttl"]).mut_args(|arg| match arg.get_id().as_str() {
            "pattern" | "tag" => arg.hide(false),
            _ => arg,
        })),
        _ => with_examples(command),
    })
}

/// `decorate` names a command where `run` has one with arguments.
fn decorate(command: clap::Command) -> clap::Command {
    command.mut_arg("shell", |arg| arg.hide(true)).mut_arg("command", |arg| {
        arg.value_name("NAME").help("The command or function to memoise").value_hint(clap::ValueHint::CommandName)
    })
}

fn with_examples(command: clap::Command) -> clap::Command {
    let examples = examples::of(command.get_name());
    command.after_help(examples::help(&examples[..1])).after_long_help(examples::help(examples))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }
}
