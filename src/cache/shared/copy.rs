//! Copies a result of another host to the local database.

use std::io::{self, Write};
use std::time::Duration;

use crate::cache::{Call, Engine};
use crate::model::time::Timestamp;
use crate::store::shared::{Copied, Exchange};
use crate::store::{Backend, Condition, Incoming, Mark, NewEntry, Origin, ResultId, Store, Stored, Summary};

/// How long a piece that is copied may wait for the database.
const PATIENCE: Duration = Duration::from_millis(500);

impl<B: Backend> Engine<B> {
    /// Makes what another host has fetched the entry of `call`, unless an invalidation or deletion since `since` selects
    /// it.
    pub(super) fn copy(
        &self,
        call: &Call<'_>,
        exchange: &Exchange<'_>,
        copied: &Copied,
        since: Mark,
        before: &Condition,
    ) -> io::Result<ResultId> {
        let head = &copied.head;
        let age = i64::try_from(copied.age.as_millis()).unwrap_or(i64::MAX);
        let condition = Condition { lifetime: head.lifetime, ..before.clone() };
        let fetched_at = Timestamp::from_millis(Timestamp::now().as_millis().saturating_sub(age));
        let summary = Summary {
            took: head.took,
            exit: head.exit,
            is_failure: head.is_failure,
            size: head.size,
            ..Summary::new(call.key, fetched_at, call.policy.keep)
        };
        let new = NewEntry {
            summary,
            parts: call.parts,
            recipe: &call.recipe(),
            condition: &condition,
            is_by_hand: false,
            is_late: false,
            origin: Origin::Copied(copied.standing()),
        };
        let stored = if copied.is_in_pieces() {
            let store = self.backend.open_or_create().map_err(io::Error::other)?;
            let mut incoming = store.receive(PATIENCE, true).map_err(io::Error::other)?;
            // The database is not locked while the server is waited for.
            exchange.output(copied, &mut |piece| incoming.append(&store, piece, PATIENCE).map_err(io::Error::other))?;
            incoming.finish(&store, &new, &mut io::empty(), since)
        } else {
            let mut transcript = Vec::new();
            exchange.output(copied, &mut |piece| transcript.write_all(piece))?;
            let store = self.backend.open_or_create().map_err(io::Error::other)?;
            store.be_patient_for(PATIENCE);
            store.store(&new, &mut &transcript[..], since)
        };
        match stored {
            Ok(Stored::Fresh(result)) => Ok(result),
            Ok(_) => Err(io::Error::other("it was invalidated meanwhile")),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}
