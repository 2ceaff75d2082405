//! Checking what is stored: what is found, who is told, and how far the check went.

use std::path::Path;

use super::{Locator, ResultId};
use crate::model::invocation::Invocation;

/// A damaged entry, and what of it can still be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it is.
    pub locator: Locator,
    /// The first hexadecimal digits of its key.
    pub id: String,
    /// The name of its result, unless that is damaged.
    pub result: Option<ResultId>,
    /// Its command, unless that is damaged.
    pub command: Option<Invocation>,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Receives what a verification finds, and how far the check is.
pub trait Inspector {
    /// `text` says what is wrong; `is_mended` says whether it has been repaired.
    fn problem(&mut self, text: &str, is_mended: bool);

    /// This file was set aside because of damage, and is still there.
    fn aside(&mut self, path: &Path);

    /// The entry is damaged; whether it has been removed.
    fn damaged(&mut self, finding: &Finding, is_removed: bool);

    /// The store checks its file as a whole now.
    fn checks_file(&mut self);

    /// So many of the entries have been checked.
    fn checked(&mut self, done: u64, all: u64);
}

/// How far a verification went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// To the end, with this many entries.
    Entries(u64),
    /// To the file: it is damaged or cannot be read, so its entries were not checked.
    FileOnly,
    /// To the rights: others could have written to it, so it was put out of the way.
    Replaced,
}
