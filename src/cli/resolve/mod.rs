//! From options, environment and configuration to what a command needs, resolved once.

mod cache;
pub(crate) mod configured;
mod identity;
mod options;
pub(crate) mod parse_error;
mod policy;
mod request;
mod select;
mod selection;
#[cfg_attr(not(feature = "shared"), path = "unshared.rs")]
pub(crate) mod shared;
mod usage;

#[cfg(feature = "browse")]
pub use cache::open_for;
pub use cache::{CommandError, open, usage_error, with_cache};
pub use identity::{Database, Identity, all_at_home};
pub use options::Environment;
pub use policy::{engine_job, fetch_policy, hook_variables, policy};
pub use request::{MISS_STATUS, Request, filter};
pub use select::{as_stored, only, selector, selectors, with_input};
pub use selection::{EXPECTED_ONE, Selection, SelectionRequest};
pub use usage::UsageError;
