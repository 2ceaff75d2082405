//! From options, environment and configuration to what a command needs, resolved once.

mod cache;
pub(crate) mod configured;
mod identity;
mod job_call;
mod options;
pub(crate) mod parse_error;
mod request;
mod select;
mod selection;
mod usage;

pub use cache::{CallError, open, usage_error, with_cache};
pub use identity::{Identity, all_at_home};
pub use job_call::JobCall;
pub use options::Environment;
pub use request::{Filter, MISS_STATUS, Request, engine_job, fetch_policy, filter, hook_variables, policy};
pub use select::{as_stored, only, selector, selectors, with_input};
pub use selection::{EXPECTED_ONE, Selection, SelectionRequest};
pub use usage::UsageError;
