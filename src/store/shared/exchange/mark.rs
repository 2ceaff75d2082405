//! Tells the server of invalidations and deletions.

use std::time::{Duration, Instant};

use super::{Down, barrier_place, random};
use crate::model::time::Timestamp;
use crate::store::Selector;
use crate::store::fleet::Queued;
use crate::store::log::{BarrierKind, Epoch, Tag};
use crate::store::shared::protocol::{Mark, Marked};
use crate::store::shared::settings::Access;
use crate::store::shared::tier::Tier;

impl Queued {
    /// A new record; `None` if the system gives no random bytes.
    pub fn new(kind: BarrierKind, selector: Selector) -> Option<Self> {
        let [tag] = random().ok()?;
        Some(Self { tag: Tag(tag), kind, selector, at: Timestamp::now() })
    }
}

impl Tier {
    /// Tells the server of what is queued, in this order, within `patience` altogether. Passes each one that the server
    /// has to `told`. After that no host takes a result from the server that was fetched before and that the change
    /// selects.
    ///
    /// # Errors
    ///
    /// [`Down`]: the rest has to be sent again, and so has the first one that was not passed to `told`.
    pub fn tell(
        &self,
        queued: &[Queued],
        patience: Duration,
        told: &mut dyn FnMut(&Queued, Marked),
    ) -> Result<(), Down> {
        let no_randomness = || Down::quietly("no-randomness", "the system gives no random bytes");
        if self.settings.mode != Access::ReadWrite {
            return Err(Down::quietly("read-only", "mode in [shared] is \"read-only\""));
        }
        let (names, sealer) = (self.names(), self.sealer());
        let mut sealed = Vec::with_capacity(queued.len());
        for queued in queued {
            let place = barrier_place(names.prefix(), &queued.tag.0, queued.kind);
            sealed.push(sealer.seal(&place, &queued.selector.encode()).map_err(|_| no_randomness())?);
        }
        let Ok([epoch]) = random() else { return Err(no_randomness()) };
        self.with_connection(patience, |wire, deadline| {
            for (queued, selector) in queued.iter().zip(&sealed) {
                let Queued { tag, kind, .. } = *queued;
                let mark = Mark { tag, kind, selector, new_epoch: Epoch(epoch) };
                told(queued, mark.send(&names, wire, deadline)?);
                if Instant::now() >= deadline {
                    break;
                }
            }
            Ok(())
        })
    }
}
