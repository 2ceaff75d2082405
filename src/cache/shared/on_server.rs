//! What the server has of the result of a call, for explanations. Nothing is changed there.

use std::ffi::OsString;
use std::ops::ControlFlow;

use super::{Sharing, exchange};
use crate::cache::{Call, Engine};
use crate::store::Backend;
use crate::store::shared::protocol::{ProtocolError, SharedId};
use crate::store::shared::{Holder, Row, ServerEntries, Tier, Vary};

/// The server, and what it has.
#[derive(Debug)]
pub struct OnServer {
    /// The server, without a password.
    pub server: String,
    /// What distinguishes hosts, with its value on this host.
    pub vary: Vec<(Vary, OsString)>,
    /// The name of the result there, and what it has, or why that is not known.
    pub found: Result<(SharedId, Found), String>,
}

/// What the server has.
#[derive(Debug)]
pub struct Found {
    /// What is stored.
    pub row: Option<Row>,
    /// The process that runs the command, if one does. It is `Some(None)` if its seal does not open.
    pub leader: Option<Option<Holder>>,
}

impl<B: Backend> Engine<B> {
    /// What the server has of the result of `call`; `None` if that is not shared.
    pub fn on_server(&self, call: &Call<'_>) -> Option<OnServer> {
        let sharing = call.sharing?;
        let Sharing { settings, vary, .. } = sharing;
        let server = settings.server().map_or_else(|_| String::new(), ToString::to_string);
        Some(OnServer { server, vary: Vary::values(vary), found: self.look_at_server(call, sharing) })
    }

    fn look_at_server(&self, call: &Call<'_>, sharing: &Sharing) -> Result<(SharedId, Found), String> {
        let before = self.observe_dependencies(call).map_err(|error| error.to_string())?;
        let tier = Tier::new(sharing.settings.clone(), Some(&sharing.database), &|name| std::env::var_os(name));
        let tier = tier.map_err(|error| error.to_string())?;
        let id = exchange(&tier, sharing, call.key, &before).id();
        look(&tier, id).map(|found| (id, found)).map_err(|error| error.to_string())
    }
}

fn look(tier: &Tier, id: SharedId) -> Result<Found, ProtocolError> {
    let attempt = tier.breaker.as_ref().map(|breaker| breaker.pass_by());
    let mut entries = ServerEntries::open(tier, tier.connection(attempt.as_ref()))?;
    let mut found = None;
    let _ = entries.some(&[id], &mut |_, row| {
        found = Some(row);
        ControlFlow::Break(())
    })?;
    Ok(Found { row: found, leader: entries.leader(id)? })
}
