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

    /// What all hosts have done with the server of [shared], on each of the last 30 days, in place of what is counted here
    ///
    /// The server counts for each first question of a call whether it had a result (HITS), had none (MISSES), or another
    /// host was running the command (WAITS), and for each run that it was told of whether its result was stored or it has
    /// failed. Days are those of UTC. Hosts that only read are not counted.
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
