//! From options, environment and configuration to what a command needs, resolved once.

pub(crate) mod cache;
pub(crate) mod configured;
pub(crate) mod identity;
pub(crate) mod job_call;
pub(crate) mod options;
pub(crate) mod parse_error;
pub(crate) mod request;
pub(crate) mod select;
pub(crate) mod selection;
pub(crate) mod usage;
