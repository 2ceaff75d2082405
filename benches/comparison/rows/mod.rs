//! The rows, one module for each family. A family measures all its contestants in one session.

mod callers;
mod config;
mod fetch;
mod hit;
mod large_fetch;
mod large_hit;
mod loaded;
mod million;
mod passthrough;
mod shared;
mod stale;
mod throughput;

use crate::failure::Failure;
use crate::row::Row;
use crate::stage::Stage;

/// A family of rows: its name, what it measures, and how.
pub struct Family {
    pub name: &'static str,
    pub what: &'static str,
    /// Whether it is measured in every build; otherwise only in the fastest one that is available.
    pub in_every_build: bool,
    pub measure: fn(&Stage) -> Result<Vec<Row>, Failure>,
}

/// All of them, in the order of the table.
pub const FAMILIES: &[Family] = &[
    Family { name: "hit", what: "a fresh hit, small output", in_every_build: true, measure: hit::measure },
    Family {
        name: "config",
        what: "what a configuration file adds to a hit",
        in_every_build: false,
        measure: config::measure,
    },
    Family {
        name: "fetch",
        what: "what caching adds to a command that is not stored yet",
        in_every_build: false,
        measure: fetch::measure,
    },
    Family {
        name: "stale",
        what: "a stale hit that starts a refresh in the background",
        in_every_build: false,
        measure: stale::measure,
    },
    Family {
        name: "big-hit",
        what: "a hit with a large output: time and memory",
        in_every_build: false,
        measure: large_hit::measure,
    },
    Family {
        name: "big-fetch",
        what: "a fetch of a large output: time and memory",
        in_every_build: false,
        measure: large_fetch::measure,
    },
    Family {
        name: "passthrough",
        what: "an output too large to be stored",
        in_every_build: false,
        measure: passthrough::measure,
    },
    Family {
        name: "callers",
        what: "50 callers of one command at once",
        in_every_build: false,
        measure: callers::measure,
    },
    Family {
        name: "million",
        what: "a cache with a million entries",
        in_every_build: false,
        measure: million::measure,
    },
    Family {
        name: "loaded",
        what: "hits while others store large results",
        in_every_build: false,
        measure: loaded::measure,
    },
    Family {
        name: "throughput",
        what: "2,000 hits from two loops",
        in_every_build: false,
        measure: throughput::measure,
    },
    Family {
        name: "shared",
        what: "results that hosts share by a Redis or Valkey server",
        in_every_build: false,
        measure: shared::measure,
    },
];
