//! The subcommands: a file, or a folder, for each. `run` has `get` in it, and `change` has `invalidate` and `delete`.

#[cfg(feature = "browse")]
pub(crate) mod browse;
pub(crate) mod change;
pub(crate) mod clear;
pub(crate) mod config;
pub(crate) mod decorate;
pub(crate) mod explain;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod peek;
pub(crate) mod prune;
pub(crate) mod run;
pub(crate) mod set;
#[cfg(feature = "shared")]
pub(crate) mod shared;
pub(crate) mod shim;
pub(crate) mod show;
pub(crate) mod stats;
pub(crate) mod verify;
