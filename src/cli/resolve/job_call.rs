//! A job as it was called.

use std::ffi::OsString;

use crate::config::{Job, Settings};

/// A job, its defaults, and the values of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobCall {
    pub job: Job,
    pub values: Vec<OsString>,
    pub defaults: Settings,
}
