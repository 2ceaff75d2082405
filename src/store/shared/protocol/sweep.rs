//! Finds all entries, and removes entries that no host may use.
//!
//! * *A sweeps after a deletion while B stores.* A reads an entry that its barrier means. Before A removes it, B stores
//!   a new result, which was judged by that barrier. A removes only the result that it has read, and only if that was
//!   judged before the barrier: an eviction and a late commit can bring the same name back.
//! * *The epoch changes while A sweeps.* Barrier 4 of the old log means nothing to entries of the new one: they stay.

use std::time::Instant;

use super::chunk;
use super::error::ProtocolError;
use super::mark::Marked;
use super::names::{Names, SharedId, SharedResult};
use super::reply::Reply;
use super::script::{Arguments, Script};
use crate::store::shared::wire::Wire;

pub(super) const SCRIPT: Script =
    Script { name: "unlink", text: include_str!("unlink.lua"), digest: "cc1a2405b7287e5574767cb4135fc367481468be" };

/// How many names the server looks at for one answer.
const STEP: usize = 1000;

/// Goes through the names of all entries. An entry that exists all the time comes once or twice.
#[derive(Debug, Default)]
pub struct Scan {
    /// Where to go on; none at the beginning.
    cursor: Option<Vec<u8>>,
}

impl Scan {
    /// The next few entries, which may be none; nothing at the end.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`]; the same step may be tried again.
    pub fn step(
        &mut self,
        names: &Names,
        wire: &mut dyn Wire,
        deadline: Instant,
    ) -> Result<Option<Vec<SharedId>>, ProtocolError> {
        let cursor = self.cursor.as_deref().unwrap_or(b"0");
        if self.cursor.is_some() && cursor == b"0" {
            return Ok(None);
        }
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(names.entries()).arg("COUNT").arg(STEP);
        let answers = wire.roundtrip(&[command], deadline)?;
        let reply = Reply::new("SCAN", answers.first());
        self.cursor = Some(reply.at(0)?.bytes()?.to_vec());
        let mut found = Vec::new();
        for name in reply.at(1)?.list()? {
            found.extend(names.id(name.bytes()?));
        }
        Ok(Some(found))
    }
}

/// Which entry is to be removed.
#[derive(Clone, Copy, Debug)]
pub struct Unlink {
    /// The entry.
    pub id: SharedId,
    /// Only while this is its result.
    pub result: SharedResult,
    /// Only if it was judged before this barrier, which means it. `None` for an entry whose seal does not open.
    pub below: Option<Marked>,
}

impl Unlink {
    /// Removes the entry and its chunks; false if another result is there, which stays.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`]; chunks without an entry expire.
    pub fn send(&self, names: &Names, wire: &mut dyn Wire, deadline: Instant) -> Result<bool, ProtocolError> {
        let arguments = Arguments::default()
            .with_text(self.result)
            .with_optional(self.below.map(|mark| mark.epoch))
            .with_optional(self.below.map(|mark| mark.n));
        let value = SCRIPT.run(wire, &[names.entry(self.id)], &arguments, deadline)?;
        match u32::try_from(Reply::new(SCRIPT.name, Some(&value)).int()?) {
            Ok(chunks) => chunk::unlink(names, wire, self.result, chunks, deadline).map(|()| true),
            Err(_) => Ok(false),
        }
    }
}
