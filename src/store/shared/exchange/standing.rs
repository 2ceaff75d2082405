//! The standing of a result among those of other hosts, as the local store keeps it.

use xxhash_rust::xxh3::xxh3_64;

use super::{Copied, Lease};
use crate::store::log::Epoch;
use crate::store::shared::protocol::{Fence, Names};
use crate::store::{LogId, Standing};

/// The number that the local store has for the log of these names.
pub fn log_id(names: &Names) -> LogId {
    LogId(xxh3_64(names.prefix().as_bytes()).cast_signed())
}

impl Lease {
    /// The standing of the result of this run.
    pub fn standing(&self) -> Standing {
        standing(self.log, self.judged.epoch, self.fence)
    }
}

impl Copied {
    /// The standing of this result.
    pub fn standing(&self) -> Standing {
        standing(self.log, self.epoch, self.entry.fence)
    }
}

fn standing(log: LogId, epoch: Epoch, fence: Fence) -> Standing {
    Standing { log, epoch: epoch.0, fence: fence.0 }
}
