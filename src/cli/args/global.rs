//! Global options: those that every subcommand takes.

use std::path::PathBuf;

use clap::Args;

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
