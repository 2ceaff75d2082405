//! Invalidations and deletions that other hosts are told of.
//!
//! 1. The selected entries change here, and the same transaction records that the server has to be told.
//! 2. The server is told.
//! 3. The selected entries change here once more, and the record is removed: a copy may have come meanwhile.
//!
//! If the process ends after 1, or the server is away, the record stays. The next ask of this host tells the server
//! first, and judges what it gets by the record as long as that fails.

use std::time::Duration;

use crate::cache::refresh::Invalidated;
use crate::cache::{Engine, Unusable};
use crate::store::fleet::Queued;
use crate::store::log::BarrierKind;
use crate::store::shared::protocol::Marked;
use crate::store::shared::{Down, Tier, log_id};
use crate::store::{Backend, Fleet, Selector, Store, Upkeep};

/// How long the caller waits for the server.
const PATIENCE: Duration = Duration::from_secs(1);

/// What was changed here, and has to be changed elsewhere.
#[derive(Debug)]
pub struct Announced {
    queued: Queued,
    /// What was invalidated.
    pub invalidated: Invalidated,
    /// How many entries were deleted.
    pub deleted: u64,
}

impl<B: Backend<Store: Upkeep>> Engine<B> {
    /// Invalidates or deletes what is selected, and records that other hosts have to be told. `None` if the system
    /// gives no random bytes: then nothing has happened.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been changed.
    pub fn announce(&self, tier: &Tier, kind: BarrierKind, selector: &Selector) -> Result<Option<Announced>, Unusable> {
        let Some(queued) = Queued::new(kind, selector.clone()) else { return Ok(None) };
        // There may be nothing here that is selected, but what other hosts have must not be copied any more.
        let store = self.backend.create()?;
        if kind == BarrierKind::Delete {
            self.fold_into(&store);
        }
        let mark = Some(store.mark()?);
        let mut entries = Vec::new();
        let announced = store.announce(log_id(&tier.names()), &queued, &mut |selected| entries.push(selected));
        let deleted = match announced {
            // There is no room for a record either.
            Err(error) if error.is_full() && (kind, selector) == (BarrierKind::Delete, &Selector::All) => {
                self.start_over(store, &error)?
            }
            deleted => deleted?,
        };
        Ok(Some(Announced { queued, invalidated: Invalidated { entries, mark }, deleted }))
    }
}

impl<B: Backend> Engine<B> {
    /// Tells the server of `announced`, and of what it could not be told before. Returns the deletions, for
    /// [`Tier::sweep`].
    ///
    /// # Errors
    ///
    /// [`Down`]: the records stay.
    pub fn tell(&self, tier: &Tier, announced: &[Announced]) -> Result<Vec<(Queued, Marked)>, Down> {
        let own: Vec<Queued> = announced.iter().map(|announced| announced.queued.clone()).collect();
        let deletions = self.tell_of(tier, &own, PATIENCE)?;
        let earlier = || self.backend.open().ok()??.known(log_id(&tier.names())).ok();
        if let Some(known) = earlier()
            && !known.queued.is_empty()
        {
            let _ = self.tell_of(tier, &known.queued, PATIENCE);
        }
        Ok(deletions)
    }

    /// Tells the server of what is queued, and forgets the records.
    pub(in crate::cache) fn tell_of(
        &self,
        tier: &Tier,
        queued: &[Queued],
        patience: Duration,
    ) -> Result<Vec<(Queued, Marked)>, Down> {
        let mut told = Vec::new();
        let result = tier.tell(queued, patience, &mut |queued, marked| told.push((queued.clone(), marked)));
        // The server is not waited for while the database is locked, nor the other way round.
        if !told.is_empty()
            && let Ok(Some(store)) = self.backend.open()
        {
            for (queued, _) in &told {
                // A record that stays is sent again, which does no harm.
                let _ = store.announced(queued);
            }
        }
        if let Err(down) = &result {
            self.count_failure(down);
        }
        told.retain(|(queued, _)| queued.kind == BarrierKind::Delete);
        result.map(|()| told)
    }
}
