//! The options of the counts.

use clap::Args;

use super::upkeep::ColorArgs;
use super::value;
use crate::config::parse;

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct StatsArgs {
    /// Print a JSON object
    #[arg(long, conflicts_with = "prometheus", help_heading = "Output")]
    pub json: bool,

    /// Print what all hosts have done with the server of [shared] on each of the last 30 days, instead of this host's
    /// counts
    ///
    /// For the first question of each call, the server counts whether it had a result (HITS), had none (MISSES), or
    /// another host was running the command (WAITS). For each run, it counts whether the result was stored (STORED) or
    /// the run has failed (FAILURES). Days are in UTC. Hosts that only read are not counted.
    #[cfg(feature = "shared")]
    #[arg(long, conflicts_with_all = ["prometheus", "limit", "reset"], help_heading = "Which counts")]
    pub shared: bool,

    /// Set all counts to 0, also those of each entry; the entries stay
    #[arg(long, conflicts_with_all = ["json", "prometheus", "limit"], help_heading = "Maintenance")]
    pub reset: bool,

    /// Print metrics in the text format of Prometheus, for node_exporter's textfile collector
    #[arg(long, help_heading = "Output")]
    pub prometheus: bool,

    /// List this many commands, beginning with those that have saved the most time [default: 10]
    #[arg(long, value_name = "N", help_heading = "Output")]
    #[arg(allow_hyphen_values = true, value_parser = value(parse::count))]
    pub limit: Option<u64>,

    #[command(flatten)]
    pub color: ColorArgs,
}
