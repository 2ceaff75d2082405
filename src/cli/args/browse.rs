//! The options of the full-screen browser.

use std::time::Duration;

use clap::Args;

use super::upkeep::{ColorArgs, SortColumn};
use super::value;
use crate::model::units;

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct BrowseArgs {
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

    #[command(flatten)]
    pub color: ColorArgs,

    /// Show only entries that contain these words
    #[arg(value_name = "FILTER", value_hint = clap::ValueHint::Other)]
    pub filter: Vec<String>,
}
