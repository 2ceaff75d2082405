//! One damaged entry.

use super::{Position, ResultId};
use crate::model::invocation::Invocation;

/// A damaged entry, and what of it can still be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it is.
    pub position: Position,
    /// The first hexadecimal digits of its key.
    pub id: String,
    /// The name of its result, unless that is damaged.
    pub result: Option<ResultId>,
    /// Its command, unless that is damaged.
    pub command: Option<Invocation>,
    /// What is wrong with it.
    pub what: &'static str,
}
