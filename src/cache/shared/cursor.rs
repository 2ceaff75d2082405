//! What this host knows of the log of barriers, before a question and after its answer.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use crate::cache::{Engine, Sharing, Unusable};
use crate::store::fleet::{Known, LogAnswer, Queued};
use crate::store::shared::{Down, LogCursor, Tier, log_id};
use crate::store::{Backend, Fleet, Mark, Store, StoreError};

/// How long replaying may wait for other users of the database.
const PATIENCE: Duration = Duration::from_millis(500);

/// Keeps the cursor in the local store: read before a question, and updated after the answer.
pub(super) struct LocalCursor<'a, B: Backend> {
    engine: &'a Engine<B>,
    known: RefCell<Known>,
}

impl<B: Backend> fmt::Debug for LocalCursor<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalCursor").field("known", &self.known).finish_non_exhaustive()
    }
}

impl<'a, B: Backend> LocalCursor<'a, B> {
    /// Reads what is known; then tells the server the queued changes, because an ask must not overtake this host's own
    /// invalidations. If the server cannot be told, results are judged by these changes as by barriers.
    ///
    /// # Errors
    ///
    /// The database cannot be read: then the server must not be asked.
    pub(super) fn read(engine: &'a Engine<B>, tier: &Tier) -> Result<Self, Down> {
        let cursor = Self { engine, known: RefCell::default() };
        cursor.read_again(tier).map(|()| cursor)
    }

    /// Does the same once more, before another question.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(super) fn read_again(&self, tier: &Tier) -> Result<(), Down> {
        let unreadable =
            |error: StoreError| Down { word: "no-database", reason: error.to_string(), warns: false, failure: None };
        let stored = || match self.engine.backend.open().map_err(unreadable)? {
            Some(store) => store.known(log_id(&tier.names())).map_err(unreadable),
            None => Ok(Known::default()),
        };
        let mut known = stored()?;
        if !known.queued.is_empty() {
            let budget = tier.settings.connect_timeout + tier.settings.timeout;
            let _ = self.engine.tell_of(tier, &known.queued, budget);
            known = stored()?;
        }
        self.known.replace(known);
        Ok(())
    }

    /// What is fetched or copied now is stored with this mark.
    pub(super) fn mark(&self) -> Mark {
        self.known.borrow().mark
    }
}

impl<B: Backend> LogCursor for LocalCursor<'_, B> {
    fn known(&self) -> Known {
        self.known.borrow().clone()
    }

    fn catch_up(&self, answer: &LogAnswer<'_>) -> bool {
        let replay = || {
            let store = self.engine.backend.open_or_create()?;
            store.be_patient_for(PATIENCE);
            let mark = store.catch_up(answer)?;
            let position = store.known(answer.log)?.position;
            let mut known = self.known.borrow_mut();
            (known.mark, known.position) = (mark, position);
            Ok::<_, StoreError>(())
        };
        replay().is_ok()
    }
}

/// What this host knows of the shared tier, for display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// Its own invalidations and deletions that the server has not been told.
    pub queued: Vec<Queued>,
    /// How long ago the server was asked; `None` if it was not, or not since this machine was started.
    pub contact: Option<Duration>,
}

impl<B: Backend> Engine<B> {
    /// What this host knows of `tier`. The server is not asked.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn knowledge(&self, tier: &Tier) -> Result<Knowledge, Unusable> {
        let Some(store) = self.backend.open_readable()? else {
            return Ok(Knowledge { queued: Vec::new(), contact: None });
        };
        let Known { queued, .. } = store.known(log_id(&tier.names()))?;
        let contact = store.contact(tier.settings.server_id())?.and_then(|contact| contact.age());
        Ok(Knowledge { queued, contact })
    }

    /// Asks the server what others have invalidated or deleted, and replays it. Returns whether that was possible.
    pub(super) fn catch_up(&self, sharing: &Sharing) -> Result<bool, Down> {
        let tier = self.tier(sharing)?;
        let cursor = LocalCursor::read(self, &tier)?;
        tier.catch_up(&cursor)
    }
}
