//! The outcome of a flight.

use crate::codec::seal::Seal;
use crate::model::exit::ExitStatus;
use crate::model::time::Moment;
use crate::store::ResultId;

/// How a flight ended, for its waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// When the fetch began.
    pub began: Moment,
    /// How the command ended.
    pub status: ExitStatus,
    /// Where its output is.
    pub output: Output,
}

/// Where the output of a flight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// In the store, under this name.
    Stored(ResultId),
    /// In the flight's own file: a transcript with this seal.
    InFile(Seal),
    /// Nowhere: it was larger than this limit of the leader's, in bytes, or there was no room for it.
    TooLarge(u64),
}
