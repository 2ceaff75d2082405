//! `max_refreshes`: whether one more background fetch may start.

use super::{Engine, Unusable};
use crate::flight::slots::{self, Slot};
use crate::store::Backend;

/// Whether a background fetch may start.
#[derive(Debug)]
pub enum RefreshSlot {
    /// It may start, and holds the slot until it ends; there is no slot without a limit.
    Free(Option<Slot>),
    /// As many run as the limit allows.
    Full,
}

impl<B: Backend> Engine<B> {
    /// Takes a slot for a background fetch, without waiting. If the slots cannot be used, there is no limit, and a
    /// warning.
    pub fn take_refresh_slot(&self) -> RefreshSlot {
        let Some(limit) = self.max_refreshes else { return RefreshSlot::Free(None) };
        match self.flights_dir().map(|flights| slots::take(&flights, limit)) {
            Ok(Ok(Some(slot))) => RefreshSlot::Free(Some(slot)),
            Ok(Ok(None)) => RefreshSlot::Full,
            Ok(Err(error)) => {
                self.warn(&format!("max_refreshes cannot be enforced: {}", crate::sys::error::words(&error)));
                RefreshSlot::Free(None)
            }
            // The flight, which needs the directory as well, will report why there is none.
            Err(_) => RefreshSlot::Free(None),
        }
    }

    /// How many background fetches run, and how many may run; `None` without a limit.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: there is no place for a database.
    pub fn refreshes(&self) -> Result<Option<(u32, u32)>, Unusable> {
        let Some(limit) = self.max_refreshes else { return Ok(None) };
        Ok(Some((slots::taken(&self.backend.flights_dir()?, limit), limit)))
    }

    /// How many background fetches may run at a time.
    pub fn max_refreshes(&self) -> Option<u32> {
        self.max_refreshes
    }
}
