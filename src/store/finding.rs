//! One damaged entry.

use crate::model::invocation::Invocation;

/// A damaged entry, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its row: the first 64 bits of its key.
    pub row: i64,
    /// The name of its result, if that is whole.
    pub result: Option<i64>,
    /// Its command, if that is whole.
    pub command: Option<Invocation>,
    /// What is wrong with it.
    pub what: &'static str,
}
