//! Why the protocol got no answer that it can use.

use crate::store::shared::wire::WireError;

/// Why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// No answer came, or the server answered with an error.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// An answer to this command came that this version cannot read.
    #[error("the server's answer to {0} has an unknown form")]
    Malformed(&'static str),
}

impl ProtocolError {
    /// Why the server does not write, if it answered that.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Wire(error) => Refusal::of(error.code()?),
            Self::Malformed(_) => None,
        }
    }
}

/// Why a server that answers does not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has no memory left, and evicts nothing.
    OutOfMemory,
    /// It is a replica.
    Replica,
    /// It has too few replicas: it may be the cut-off side of a partition.
    TooFewReplicas,
    /// It cannot save to its disk.
    Disk,
    /// This user has no right to do it.
    Permission,
    /// Something else has the name of our key.
    ForeignKey,
}

impl Refusal {
    /// What the server's error code stands for.
    pub fn of(code: &str) -> Option<Self> {
        Some(match code {
            "OOM" => Self::OutOfMemory,
            "READONLY" => Self::Replica,
            "NOREPLICAS" => Self::TooFewReplicas,
            "MISCONF" => Self::Disk,
            "NOPERM" => Self::Permission,
            "WRONGTYPE" => Self::ForeignKey,
            _ => return None,
        })
    }

    /// The same in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::OutOfMemory => "it has no memory left",
            Self::Replica => "it is a replica",
            Self::TooFewReplicas => "it has too few replicas",
            Self::Disk => "it cannot save to its disk",
            Self::Permission => "this user may not",
            Self::ForeignKey => "something else has that name",
        }
    }
}
