//! Implements the trait of a store that shares with other hosts for the local store.

use super::{SqliteStore, fleet, sweep};
use crate::store::fleet::{Contact, Fleet, Known, LogAnswer, Queued, ServerId};
use crate::store::log::BarrierKind;
use crate::store::{LogId, Mark, Selected, StoreError};

impl Fleet for SqliteStore {
    fn known(&self, log: LogId) -> Result<Known, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| fleet::known(sql, log))?.unwrap_or_default()))
    }

    fn contact(&self, server: ServerId) -> Result<Option<Contact>, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| fleet::contact(sql, server))?.flatten()))
    }

    fn catch_up(&self, answer: &LogAnswer<'_>) -> Result<Mark, StoreError> {
        self.run(|| fleet::catch_up(&self.connection, answer))
    }

    fn announce(&self, log: LogId, queued: &Queued, found: &mut dyn FnMut(Selected)) -> Result<u64, StoreError> {
        self.run(|| {
            let deletes = queued.kind == BarrierKind::Delete;
            if deletes {
                self.connection.overwrite_what_is_removed()?;
            }
            let count = fleet::announce(&self.connection, log, queued, found)?;
            if deletes {
                sweep::wipe(self)?;
            }
            Ok(count)
        })
    }

    fn announced(&self, queued: &Queued) -> Result<(), StoreError> {
        self.run(|| {
            if queued.kind == BarrierKind::Delete {
                self.connection.overwrite_what_is_removed()?;
            }
            fleet::announced(&self.connection, queued)
        })
    }
}
