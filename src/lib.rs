//! Memoise commands: run once, replay the stored output, refresh it in the background.
//!
//! This crate is the engine of the `cacheback` program. The way through it is one-directional:
//!
//! ```text
//! cache -> { key, policy, flight, fetch, store } -> { invocation, transcript, time }
//! ```
//!
//! [`Invocation`] says what to run, [`Key`] names its result, [`Policy`] and [`decide`] say whether a stored
//! [`store::Entry`] may be served, [`fetch`] runs the command, [`flight`] makes sure that only one process does, and
//! [`Cache`] puts them together.
//!
//! The engine prints no help, parses no options and never looks for a configuration file.

#![warn(missing_docs)]
#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("cacheback runs on Linux only: it relies on signalfd, close_range and open file descriptions in /proc");

pub mod cache;
pub mod dependencies;
pub mod difference;
pub mod digest;
pub mod directory;
pub mod exit;
pub mod fetch;
pub mod flight;
pub mod function;
pub mod glob;
pub mod group;
pub mod home;
pub mod input;
pub mod invocation;
pub mod key;
pub mod policy;
pub mod reason;
pub mod seal;
pub mod status;
pub mod store;
pub mod system;
pub mod tally;
pub mod time;
pub mod transcript;
pub mod units;
pub mod wire;

pub use cache::Cache;
pub use exit::ExitStatus;
pub use invocation::Invocation;
pub use key::Key;
pub use policy::{Decision, Policy, decide};
