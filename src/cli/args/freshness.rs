//! Freshness: how old a result may be, and what happens when it is older.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::value;
use crate::cli::units;
use crate::values;

/// When a stored result is served, and what happens otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct FreshnessArgs {
    /// Serve a stored result for this long [env: CACHEBACK_TTL] [default: 10m]
    ///
    /// A result is fresh for this long after its fetch ended. It is the reader's choice: `--ttl 60` means "no older
    /// than a minute", whatever ttl the result was fetched with. `0` is never fresh. --lifetime is another name for it.
    ///
    /// Durations are seconds (600, .5) or numbers with units: 500ms, 90s, 10m, '1h 30m', 7d, 1y, '10 minutes'.
    #[arg(long, visible_alias = "lifetime", value_name = "DURATION", help_heading = "Freshness")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub ttl: Option<Duration>,

    /// Print a stale result at once and refresh it in the background [env: CACHEBACK_ASYNC=1]
    #[arg(long = "async", overrides_with = "no_background", help_heading = "Freshness")]
    pub background: bool,

    /// Fetch a stale result again before it is printed, whatever a rule, a job or the environment says
    #[arg(long = "no-async", overrides_with = "background", help_heading = "Freshness")]
    pub no_background: bool,

    /// Serve a stale result for this long past its ttl [env: CACHEBACK_MAX_STALE] [default: no limit]
    ///
    /// A result that is stale for longer is treated as if it were not stored.
    #[arg(long, value_name = "DURATION", help_heading = "Freshness")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub max_stale: Option<Duration>,

    /// If fetching a stale result again fails, serve the stale one after all
    ///
    /// With one line of warning on standard error. The new output is held back until the command has ended.
    #[arg(long, overrides_with = "no_stale_if_error", help_heading = "Freshness")]
    pub stale_if_error: bool,

    /// If fetching a stale result again fails, print the failure, whatever a rule or a job says
    #[arg(long, overrides_with = "stale_if_error", help_heading = "Freshness")]
    pub no_stale_if_error: bool,

    /// If nothing is stored, print the --empty text and fetch in the background
    ///
    /// Exits 0 without waiting for the command.
    #[arg(long, overrides_with = "fetch_on_miss", help_heading = "Freshness")]
    pub no_fetch_on_miss: bool,

    /// If nothing is stored, wait for the command, whatever a rule or a job says
    #[arg(long, overrides_with = "no_fetch_on_miss", help_heading = "Freshness")]
    pub fetch_on_miss: bool,

    /// What --no-fetch-on-miss prints [default: nothing]
    #[arg(long, value_name = "TEXT", help_heading = "Freshness")]
    pub empty: Option<OsString>,

    /// Serve a result only while these files are unchanged; repeatable, globs
    ///
    /// A change of size, time or inode is looked into: only other content counts. A missing file is a state like any
    /// other. A directory stands for the names in it and not for what its files hold: that is 'DIR/**'. A glob stands for
    /// the files that match it; quote it, so that the shell leaves it alone. Under `**`, links to directories are not
    /// followed. More than 100000 files, or 1 TiB, are not looked at: the command runs without the cache then.
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

    /// Exit with this status where --only-if-cached finds nothing fresh [default: 1]
    ///
    /// One that the command itself never has tells a miss from a stored result.
    #[arg(long, value_name = "N", help_heading = "Freshness")]
    #[arg(allow_hyphen_values = true, value_parser = value(values::exit_status))]
    pub miss_status: Option<u8>,
}
