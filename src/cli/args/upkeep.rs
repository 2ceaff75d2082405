//! The subcommands that look after the cache, and their options, as clap knows them.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, Args, Subcommand, ValueEnum};

#[cfg(feature = "browse")]
use super::BrowseArgs;
use super::{SelectorArgs, StatsArgs, value};
use crate::config::parse;
use crate::model::units;

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Upkeep {
    /// List what is stored: its state, age, size and command
    ///
    /// The newest entry comes first. The other parts of its key stand behind its command: `ls  # cwd /tmp, scope a`. A
    /// value or standard input is shown as the beginning of its digest, a memoised shell function as the version of its
    /// source, and `./x` as its path. On a terminal, the last line names the columns that there is no room for.
    ///
    /// SIZE is the size of the stored output, with 5 bytes more for each piece that the command wrote. Outputs are not
    /// read here: an entry is left out only if its record is damaged, and `cacheback verify` finds all damage.
    #[command(override_usage = "cacheback list [OPTIONS]")]
    List(ListArgs),

    /// Browse what is stored, full-screen: look, search, refresh, delete
    ///
    /// Shows the entries as `cacheback list` does, and keeps them up to date. Below the list stands why the selected
    /// entry is fresh or stale, and its output with its colours. The last line shows the most important keys, and ?
    /// shows all. FILTER is the same as the filter that / asks for: each of its words has to be in the command or the
    /// rest of the key, begin the id, or be the state.
    ///
    /// The newest entries come first, and no more of them are read than are shown; sorting and searching read on in the
    /// background. A refresh goes on after the browser has ended. Commands are copied by OSC 52, which the terminal has
    /// to allow; tmux does after `set -g set-clipboard on`.
    ///
    /// Needs a terminal, and exits 125 without one.
    #[cfg(feature = "browse")]
    #[command(override_usage = "cacheback browse [OPTIONS] [FILTER]...")]
    Browse(BrowseArgs),

    /// Show all that is known of one entry, or its output
    ///
    /// ID is the beginning of the entry's id, as `cacheback list` prints it. A word that is also the whole command of
    /// an entry selects by the command; --id always selects by the id. Values of variables are stored and shown as
    /// digests only.
    ///
    /// Exits 1 if no such entry is stored.
    #[command(override_usage = "cacheback show [OPTIONS] ID\n       \
                                cacheback show [OPTIONS] [--] COMMAND [ARG]...\n       \
                                cacheback show [OPTIONS] --job JOB [ARG]...\n       \
                                cacheback show [OPTIONS] --key TEXT | --id PREFIX | --match GLOB | \
                                --scope NAME | --tag NAME")]
    Show(Box<ShowArgs>),

    /// Print what the cache has done: hits, misses, and the time that they saved
    ///
    /// A hit saves the time that the fetch of its result took. Hits are noted in a file beside the database, so that
    /// counting one takes no lock. The few that are noted while that file is read may be lost, and 524288 at most if
    /// the process that reads it is killed. The totals include removed entries. The size of the output is as in
    /// `cacheback list`.
    ///
    /// Charts show how many results were served in each of the last 24 hours, and on each of the last 30 days of the
    /// local calendar; a bar beside a command shows its share of the time that the first one has saved. They fit the
    /// terminal, and are drawn in ASCII where the locale (LC_ALL, LC_CTYPE, LANG) is not one of UTF-8.
    #[cfg_attr(
        feature = "shared",
        doc = "",
        doc = "With [shared] in the configuration, the page also has what its server has done for this host. A hit is a \
               result that it had, a miss a command that was run because it had none, a wait a call for which another \
               host ran the command. An error is a server that did not answer, or a result that could not be used; \
               downtime is the time in which nobody here asked it because it had failed."
    )]
    #[command(override_usage = "cacheback stats [OPTIONS]")]
    Stats(StatsArgs),

    /// Remove what has expired, and what there is no room for
    ///
    /// Fetches do the same now and then, for a few entries at a time. This removes everything that is due, and gives
    /// the space back to the file system. The number of removed entries goes to standard error.
    #[command(override_usage = "cacheback prune [OPTIONS]")]
    Prune(PruneArgs),

    /// Remove every entry
    ///
    /// Asks before it does so, and exits 1 if the answer is no, or there is none (Ctrl-D). Without a terminal it needs
    /// --yes, and exits 125 if that is missing. The results of fetches that are running are not stored.
    #[command(override_usage = "cacheback clear [OPTIONS]")]
    Clear(ClearArgs),

    /// Look for damage: checksums, the database, and who may read it
    ///
    /// Reads everything that is stored, and prints a line for each problem. Exits 0 if all is well and 1 if something
    /// is wrong, also if --repair has repaired it. While SQLite checks its file, other calls may be unable to store
    /// results.
    #[command(override_usage = "cacheback verify [OPTIONS]")]
    Verify(VerifyArgs),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Call an entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]
    ///
    /// Without this option, the ttl of each entry's last fetch counts. An entry with a lifetime of its own is fresh for
    /// that long.
    #[arg(long, visible_alias = "lifetime", value_name = "DURATION", help_heading = "Freshness")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub ttl: Option<Duration>,

    /// Sort by this column [default: age]
    ///
    /// One of id, state, age, ttl, size, took, hits, command: the newest, largest and most used first, the others in
    /// ascending order.
    #[arg(long, value_name = "COLUMN", hide_possible_values = true, help_heading = "Output")]
    pub sort: Option<SortColumn>,

    /// List no more than this many entries [default: all]
    #[arg(long, value_name = "N", help_heading = "Output")]
    #[arg(allow_hyphen_values = true, value_parser = value(parse::count))]
    pub limit: Option<u64>,

    /// Print a JSON array
    #[arg(long, conflicts_with_all = ["jsonl", "ids", "null"], help_heading = "Output")]
    pub json: bool,

    /// Print a JSON object on each line
    #[arg(long, conflicts_with_all = ["ids", "null"], help_heading = "Output")]
    pub jsonl: bool,

    /// Print only the ids, in full, one on each line
    #[arg(long, help_heading = "Output")]
    pub ids: bool,

    /// Print only the ids, in full, each followed by a NUL character, for `xargs -0`
    #[arg(long, help_heading = "Output")]
    pub null: bool,

    #[command(flatten)]
    pub color: ColorArgs,
}

/// Which entries to list; all conditions have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct FilterArgs {
    /// List the entries on the server of [shared], instead of those of this host
    ///
    /// HOST is the host that ran the command. The server does not know how often an entry is used. Entries that cannot
    /// be opened with this team's key are counted in a warning; `cacheback verify --shared` names them. Files that a
    /// result depends on are not compared.
    #[cfg(feature = "shared")]
    #[arg(long, help_heading = "Selection")]
    pub shared: bool,

    /// Only entries whose id begins with these hexadecimal digits
    #[arg(long, value_name = "PREFIX", value_parser = value(parse::hexadecimal), help_heading = "Selection")]
    pub id: Option<String>,

    /// Only entries whose command matches: a glob over all its words, joined by spaces
    ///
    /// The words are those that run was given: with --shell, the string and the arguments.
    #[arg(long = "match", value_name = "GLOB", value_parser = value(parse::glob), help_heading = "Selection")]
    pub pattern: Option<String>,

    /// Only entries with this label; repeatable
    #[arg(long, value_name = "NAME", action = ArgAction::Append, help_heading = "Selection")]
    #[arg(value_parser = value(parse::tag))]
    pub tag: Vec<OsString>,

    /// Only entries of this scope
    #[arg(long, value_name = "NAME", help_heading = "Selection", value_parser = value(parse::text))]
    pub scope: Option<OsString>,

    /// Only entries of this job
    #[arg(long, value_name = "JOB", help_heading = "Selection", value_parser = value(parse::text))]
    pub job: Option<OsString>,

    /// Only entries that are not fresh
    #[arg(long, help_heading = "Selection")]
    pub stale: bool,

    /// Only entries whose last background fetch has failed
    #[arg(long, help_heading = "Selection")]
    pub failing: bool,

    /// Only entries that are being fetched
    #[arg(long, help_heading = "Selection")]
    pub refreshing: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ShowArgs {
    /// Print a JSON object
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    pub json: bool,

    /// Print the stored output itself, standard output and standard error each to its own descriptor
    #[arg(long, help_heading = "Output")]
    pub output: bool,

    #[command(flatten)]
    pub color: ColorArgs,

    #[command(flatten)]
    pub selector: SelectorArgs,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct PruneArgs {
    /// Also remove what has not been fetched for this long
    #[arg(long, value_name = "DURATION", help_heading = "What is removed")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub older_than: Option<Duration>,

    /// Also remove all but this many that were fetched last
    #[arg(long, value_name = "N", help_heading = "What is removed")]
    #[arg(allow_hyphen_values = true, value_parser = value(parse::count))]
    pub keep_last: Option<u64>,

    /// Then remove what was used least recently while the database is larger than this [default: 1GiB]
    #[arg(long, value_name = "SIZE", help_heading = "What is removed")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::size))]
    pub max_db_size: Option<u64>,

    /// Print how many entries would be removed, and remove nothing
    #[arg(long, help_heading = "What is removed")]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ClearArgs {
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct VerifyArgs {
    /// Check the entries on the server of [shared], instead of those of this host: open every seal
    #[cfg(feature = "shared")]
    #[arg(long)]
    pub shared: bool,

    /// Remove damaged entries, set aside a database that is beyond repair, correct the permissions of files
    #[arg(long)]
    pub repair: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ColorArgs {
    /// Colour the output: always, never, or only on a terminal without NO_COLOR [default: auto]
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_default_value = true, help_heading = "Output")]
    #[arg(hide_possible_values = true)]
    pub color: When,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// What a list may be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SortColumn {
    Id,
    State,
    Age,
    Ttl,
    Size,
    Took,
    Hits,
    Command,
}
