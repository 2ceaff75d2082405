//! Copies a result of another host to the local database.

use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use crate::cache::{Call, Engine};
use crate::codec::seal::Sealing;
use crate::flight::{Flight, Lead as _, Output, TRANSCRIPT_AT};
use crate::model::time::Timestamp;
use crate::store::shared::{Copied, Exchange};
use crate::store::{Backend, Condition, Incoming, Mark, NewEntry, Origin, Store, Stored, Summary};

/// How long a piece that is copied may wait for the database.
const PATIENCE: Duration = Duration::from_millis(500);

impl<B: Backend> Engine<B> {
    /// Stores a result of another host as the entry of `call`, unless an invalidation or deletion since `since` selects
    /// it.
    ///
    /// If the stored result is not earlier, it stays. Then the copy goes to the file of `flight`, for its callers alone;
    /// without a `flight` that is an error.
    pub(super) fn copy(
        &self,
        call: &Call<'_>,
        exchange: &Exchange<'_>,
        copied: &Copied,
        since: Mark,
        before: &Condition,
        flight: Option<&Flight>,
    ) -> io::Result<Output> {
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
        let (recipe, origin) = (call.recipe(), Origin::Copied(copied.standing()));
        let new = NewEntry { condition: &condition, origin, ..NewEntry::new(summary, call.parts, &recipe) };
        let mut sealing = Sealing::default();
        let mut keep = |piece: &[u8]| match flight {
            Some(flight) => {
                flight.file().write_all_at(piece, TRANSCRIPT_AT + sealing.size())?;
                sealing.add(piece);
                Ok(())
            }
            None => Err(io::Error::other("the stored result is not earlier")),
        };
        let stored = if copied.is_in_pieces() {
            let store = self.backend.open_or_create().map_err(io::Error::other)?;
            let mut incoming = store.receive(PATIENCE, true).map_err(io::Error::other)?;
            // The database is not locked while the server is waited for.
            exchange.output(copied, &mut |piece| incoming.append(&store, piece, PATIENCE).map_err(io::Error::other))?;
            let stored = incoming.finish(&store, &new, &mut io::empty(), since);
            if matches!(stored, Ok(Stored::Overtaken)) {
                incoming.read_back(&store, &mut keep).map_err(io::Error::other)?;
                keep(incoming.rest())?;
            }
            stored
        } else {
            let mut transcript = Vec::new();
            exchange.output(copied, &mut |piece| transcript.write_all(piece))?;
            let store = self.backend.open_or_create().map_err(io::Error::other)?;
            store.be_patient_for(PATIENCE);
            let stored = store.store(&new, &mut &transcript[..], since);
            if matches!(stored, Ok(Stored::Overtaken)) {
                keep(&transcript)?;
            }
            stored
        };
        match stored {
            Ok(Stored::Fresh(result)) => Ok(Output::Stored(result)),
            Ok(Stored::Overtaken) => Ok(Output::InFile(sealing.seal())),
            Ok(_) => Err(io::Error::other("it was invalidated meanwhile")),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}
