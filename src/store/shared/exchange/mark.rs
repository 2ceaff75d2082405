//! Tells the other hosts of an invalidation or a deletion.

use std::time::{Duration, Instant};

use super::{Down, barrier_place, random};
use crate::store::Selector;
use crate::store::shared::protocol::{BarrierKind, Epoch, Mark, Tag};
use crate::store::shared::tier::Tier;

/// Whoever invalidates waits for this.
const PATIENCE: Duration = Duration::from_secs(1);

impl Tier {
    /// Has no host take a result that `selector` means and that was fetched before now.
    ///
    /// # Errors
    ///
    /// [`Down`]: others, and this host, may still get it from the server.
    pub fn mark(&self, selector: &Selector, kind: BarrierKind) -> Result<(), Down> {
        let names = self.names();
        let Ok([tag, epoch]) = random() else {
            return Err(Down::quietly("no-randomness", "the system gives no random bytes"));
        };
        let Ok(sealed) = self.sealer().seal(&barrier_place(names.prefix(), &tag, kind), &selector.encode()) else {
            return Err(Down::quietly("no-randomness", "the system gives no random bytes"));
        };
        let mark = Mark { tag: Tag(tag), kind, selector: &sealed, only: None, new_epoch: Epoch(epoch) };
        self.with_connection(PATIENCE, |wire, _| {
            let deadline = Instant::now() + PATIENCE;
            mark.send(&names, wire, deadline).map(drop)
        })
    }
}
