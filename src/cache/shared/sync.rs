//! Looks up a shared call: an entry that is fresh here is served only if the last contact with the server is recent.
//!
//! Contact is read before the entry, or at the same moment: whatever was replayed in between has changed the entry that
//! is read. A contact that is too old is renewed by one question, and then everything is read again.

use crate::cache::{Call, Engine, Lookup, Sharing, Unusable};
use crate::model::status::Shared;
use crate::policy::Decision;
use crate::store::Backend;
use crate::store::fleet::SharedEntry;

impl<B: Backend> Engine<B> {
    /// What is stored for `call`, which is shared.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub(in crate::cache) fn look_up_shared(&self, call: &Call<'_>, sharing: &Sharing) -> Result<Lookup<B>, Unusable> {
        let SharedEntry { store, entry, contact } =
            self.backend.shared_entry(&call.key, sharing.settings.server_id())?;
        let found = self.judged(call, store, entry);
        let is_recent = || contact.is_some_and(|contact| contact.is_within(sharing.settings.sync, call.called_at));
        if found.decision(call) != Decision::Serve || is_recent() {
            return Ok(found);
        }
        // The database is not kept open while the server is waited for.
        drop(found);
        let shared = match self.catch_up(sharing) {
            Ok(true) => None,
            // The barriers could not be replayed here. The local entry decides, as if the server were away.
            Ok(false) => Some(Shared::Down("no-database")),
            Err(down) => Some(self.down(sharing, down)),
        };
        let (store, entry) = self.backend.entry(&call.key)?;
        Ok(Lookup { shared, ..self.judged(call, store, entry) })
    }
}
