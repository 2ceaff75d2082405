//! What is stored, Running and Reporting: the rest of what can be said of a fetch.

use std::ffi::OsString;
use std::time::Duration;

use crate::policy::CacheExit;
use clap::{ArgAction, Args};

use super::value;
use crate::cli::units;
use crate::values;

/// How the command is run, which results are kept, and what is told about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct FetchArgs {
    /// Store results with these exit statuses: 0,1 or ranges, 0,10-12,100+, or `any` [default: 0]
    ///
    /// What is stored with another exit status is nothing to this call.
    #[arg(long, value_name = "CODES", help_heading = "What is stored")]
    #[arg(allow_hyphen_values = true, value_parser = value(values::exit_codes))]
    pub cache_exit: Option<CacheExit>,

    /// Store results with other exit statuses, too, and serve them for this long
    ///
    /// Without it, they are neither stored nor served.
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
    ///
    /// From then on it is served to nobody, however long another caller would keep it.
    #[arg(long, value_name = "DURATION", help_heading = "What is stored")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::duration))]
    pub keep: Option<Duration>,

    /// Label the result, to select it by; repeatable
    #[arg(long, value_name = "NAME", action = ArgAction::Append, help_heading = "What is stored")]
    #[arg(value_parser = value(values::tag))]
    pub tag: Vec<OsString>,

    /// End the command if it runs for longer than this; exit 124 [default: no limit]
    ///
    /// It gets a TERM signal, and KILL five seconds later. What comes before it counts: input, files, other callers. This
    /// is for a command that is waited for; see --refresh-timeout for one in the background.
    #[arg(long, value_name = "DURATION", help_heading = "Running")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::limit))]
    pub timeout: Option<Duration>,

    /// End a background fetch, with its whole process group, after this long [default: 1h]
    #[arg(long, value_name = "DURATION", help_heading = "Running")]
    #[arg(allow_hyphen_values = true, value_parser = value(units::limit))]
    pub refresh_timeout: Option<Duration>,

    /// Pass the output through this shell command each time it is printed
    ///
    /// What is stored is the output before that. CACHEBACK_STATUS (hit, stale, refetched or miss), CACHEBACK_AGE
    /// (seconds) and CACHEBACK_KEY are set. If it fails, its exit status is that of the call.
    #[arg(long, value_name = "COMMAND", help_heading = "Running", value_parser = value(values::script))]
    pub process_result: Option<OsString>,

    /// While a command runs that has run before, show how far it should be by now
    ///
    /// A bar on standard error, if that is a terminal, judged by how long the command took the last time. It is gone
    /// before the command writes to the terminal, and leaves no trace.
    #[arg(long, help_heading = "Reporting")]
    pub progress: bool,

    /// Print a Cache-Status line on standard error: hit, stale or fetched, and why
    ///
    /// In the syntax of RFC 9211, for example: Cache-Status: cacheback; hit; ttl=376; key="3f2a91c0"; age=224. An output
    /// that is not stored because of --max-size has detail=too-large.
    #[arg(long, help_heading = "Reporting")]
    pub status: bool,

    /// Print the Cache-Status line on this open descriptor instead
    #[arg(long, value_name = "N", help_heading = "Reporting")]
    #[arg(allow_hyphen_values = true, value_parser = value(values::descriptor_number))]
    pub status_fd: Option<i32>,
}
