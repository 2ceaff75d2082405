//! Whether there is room for one more background fetch.

use super::{Engine, Unusable};
use crate::flight::slots::{self, Slot};
use crate::store::Backend;

/// The answer to a background fetch.
#[derive(Debug)]
pub enum Room {
    /// It may start, and goes on holding this.
    Free(Option<Slot>),
    /// As many go on as may.
    Full,
}

impl<B: Backend> Engine<B> {
    /// Takes the room for a background fetch, without waiting. Where the limit cannot be held, there is none, with a
    /// warning.
    pub fn room_for_refresh(&self) -> Room {
        let Some(limit) = self.max_refreshes else { return Room::Free(None) };
        match self.flights_dir().map(|flights| slots::take(&flights, limit)) {
            Ok(Ok(Some(slot))) => Room::Free(Some(slot)),
            Ok(Ok(None)) => Room::Full,
            Ok(Err(error)) => {
                self.warn(&format!("max_refreshes does not hold: {}", crate::sys::error::words(&error)));
                Room::Free(None)
            }
            // What needs the directory will say that it is missing.
            Err(_) => Room::Free(None),
        }
    }

    /// How many background fetches go on, and how many may; `None` without a limit.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: there is no place for a database.
    pub fn refreshes(&self) -> Result<Option<(u32, u32)>, Unusable> {
        let Some(limit) = self.max_refreshes else { return Ok(None) };
        Ok(Some((slots::taken(&self.backend.flights_dir()?, limit), limit)))
    }

    /// The limit on background fetches at a time.
    pub fn max_refreshes(&self) -> Option<u32> {
        self.max_refreshes
    }
}
